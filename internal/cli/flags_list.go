package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsListCommand() *cobra.Command {
	var project, env, kind, owner string
	var waiting bool
	var f pageFlags
	cmd := command("", "list", "Lists flags: what they do in each environment, how often they were asked for, and which should go.", "",
		"  davit flags list\n  davit flags list --project shop --env production --kind experiment")
	cmd.Flags().StringVar(&project, "project", "", "only of this project (default: all)")
	cmd.Flags().StringVar(&env, "env", "", "show only this environment")
	cmd.Flags().StringVar(&kind, "kind", "", "only of this kind: release, experiment, operational, kill-switch or permission")
	cmd.Flags().StringVar(&owner, "owner", "", "only of this owner")
	cmd.Flags().BoolVar(&waiting, "waiting", false, "only those with a change that waits for a second person")
	f.add(cmd, 50)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		params := api.Params{"project": project, "environment": env, "kind": kind, "owner": owner}
		if waiting {
			params["waiting"] = "true"
		}
		return listing[api.Flag]{
			route: "list-flags",
			empty: "No flags. Make one with: davit flags create KEY",
			head:  []string{"flag", "project", "kind", "owner", "does", "asked", "life"},
			row:   flagRow,
		}.print(cmd.Context(), a, f, params)
	}
	return cmd
}

func flagRow(f api.Flag) []string {
	does, asked := []string{}, uint64(0)
	for _, e := range f.Environments {
		does = append(does, e.Name+": "+e.Does)
		asked += e.Asked
	}
	if len(does) == 0 {
		does = append(does, "off everywhere")
	}
	life := f.Phase
	switch {
	case f.Overdue:
		life = "overdue"
	case len(f.Stale) > 0:
		life += ", stale"
	}
	if len(f.Drift) > 0 {
		life += ", drifted"
	}
	return []string{f.Key, f.Project, f.Kind, f.Owner, cut(strings.Join(does, "; "), 90), number(asked), life}
}
