package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) releasesCommand() *cobra.Command {
	var f pageFlags
	var service string
	cmd := command(groupWatch, "releases [RELEASE]", "Lists releases, or shows one with its evidence and where it serves.", "",
		"  davit releases --service shop\n  davit releases shop-17")
	cmd.Flags().StringVar(&service, "service", "", "only this service")
	f.add(cmd, 20)
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return show(cmd.Context(), a, "get-release", api.Params{"release": args[0]}, a.showRelease)
		}
		return listing[api.Release]{
			route: "list-releases",
			empty: "No releases yet. A run whose stages pass makes one.",
			head:  []string{"release", "commit", "artifact", "serves", "made", "subject"},
			row: func(r api.Release) []string {
				serves := strings.Join(r.Serving, ", ")
				if r.Quarantined {
					serves = strings.TrimSpace(serves + " quarantined")
				}
				return []string{r.ID, short(r.Commit), digest(r.Artifact), orDash(serves), moment(r.Created), cut(r.Subject, 50)}
			},
		}.print(cmd.Context(), a, f, api.Params{"service": service})
	}
	return cmd
}

func (a *line) showRelease(r api.Release) {
	a.say("%s  commit %s, made by %s %s", a.paint(bold, r.ID), r.Commit, r.Run, moment(r.Created))
	a.say("%s, by %s", plain(r.Subject), plain(r.Author))
	a.say("Artifact %s, %d bytes", r.Artifact, r.Bytes)
	for _, env := range slices.Sorted(maps.Keys(r.Configs)) {
		a.say("Config of %s: %s", env, r.Configs[env])
	}
	if r.Quarantined {
		a.say("%s", a.paint(red, "Quarantined: it does not come back until davit lift."))
	}
	a.say("Serves: %s", orDash(strings.Join(r.Serving, ", ")))
	a.findings("Evidence", r.Evidence)
}

// findings prints what gates said.
func (a *line) findings(title string, list []api.Finding) {
	if len(list) == 0 {
		return
	}
	a.section(title)
	rows := [][]string{{"gate", "answer", "reason", "evidence"}}
	for _, f := range list {
		evidence := []string{}
		for _, k := range slices.Sorted(maps.Keys(f.Evidence)) {
			evidence = append(evidence, fmt.Sprintf("%s=%s", k, f.Evidence[k]))
		}
		rows = append(rows, []string{f.Gate, f.Answer, f.Reason, cut(strings.Join(evidence, " "), 100)})
	}
	a.table(rows)
}
