package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) flagsListCommand() *cobra.Command {
	var project, env, kind, owner string
	var waiting bool
	var limit int
	var after string
	cmd := command("", "list", "Lists flags: what they do in each environment, how often they were asked for, and which should go.", "",
		"  davit flags list\n  davit flags list --project shop --env production --kind experiment")
	cmd.Flags().StringVar(&project, "project", "", "only of this project (default: all)")
	cmd.Flags().StringVar(&env, "env", "", "show only this environment")
	cmd.Flags().StringVar(&kind, "kind", "", "only of this kind: release, experiment, operational, kill-switch or permission")
	cmd.Flags().StringVar(&owner, "owner", "", "only of this owner")
	cmd.Flags().BoolVar(&waiting, "waiting", false, "only those with a change that waits for a second person")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many, at most 500")
	cmd.Flags().StringVar(&after, "after", "", "cursor: continue behind the page before")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		params := api.Params{"project": project, "environment": env, "kind": kind, "owner": owner, "after": after}
		more, err := (&listFlags{limit: limit}).params()
		if err != nil {
			return err
		}
		params["limit"] = more["limit"]
		if waiting {
			params["waiting"] = "true"
		}
		page, err := api.Get[api.Page[api.Flag]](cmd.Context(), c, "list-flags", params)
		if err != nil {
			return err
		}
		return a.answer(page, func() { a.printFlags(page) })
	}
	return cmd
}

func (a *line) printFlags(page api.Page[api.Flag]) {
	if len(page.Items) == 0 {
		a.say("No flags. Make one with: davit flags create KEY")
		return
	}
	rows := [][]string{{"flag", "project", "kind", "owner", "does", "asked", "life"}}
	for _, f := range page.Items {
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
		rows = append(rows, []string{f.Key, f.Project, f.Kind, f.Owner, cut(strings.Join(does, "; "), 90), number(asked), life})
	}
	a.table(rows)
	a.more(page.Next)
}
