package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) rolloutsCommand() *cobra.Command {
	var f pageFlags
	var service, phase, env string
	cmd := command(groupWatch, "rollouts [ROLLOUT]", "Lists rollouts, or shows one: its plan, its step, what the gates and the judge said, what it waits for.", "",
		"  davit rollouts --service shop --env production\n  davit rollouts shop-production-r12")
	cmd.Flags().StringVar(&service, "service", "", "only this service")
	f.add(cmd, 20)
	cmd.Flags().StringVar(&phase, "phase", "", "only these phases, separated by commas; active: all that go on")
	cmd.Flags().StringVar(&env, "env", "", "only this environment")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return show(cmd.Context(), a, "get-rollout", api.Params{"rollout": args[0]}, func(r api.Rollout) {
				a.showRollout(r)
				a.findings("Findings", r.Findings)
			})
		}
		return listing[api.Rollout]{
			route: "list-rollouts",
			empty: "No rollouts.",
			head:  []string{"rollout", "phase", "release", "from", "traffic", "took", "reason"},
			row: func(r api.Rollout) []string {
				return []string{r.ID, r.Phase, r.Release, orDash(r.From), fmt.Sprintf("%g %%", r.Percent), seconds(r.Seconds), cut(r.Reason, 80)}
			},
		}.print(cmd.Context(), a, f, api.Params{"service": service, "phase": phase, "environment": env})
	}
	return cmd
}

func (a *line) showRollout(r api.Rollout) {
	from := "nothing"
	if r.From != "" {
		from = r.From
	}
	a.say("%s  %s  %s replaces %s in %s, %s", a.paint(bold, r.ID), a.paint(phaseColour(r.Phase), r.Phase), r.Release, from, r.Environment, r.Strategy)
	steps := []string{}
	for i, s := range r.Steps {
		switch {
		case r.Phase == "done" || i < r.Step:
			steps = append(steps, a.paint(green, "✓ "+plain(s.Name)))
		case i == r.Step && !r.Final:
			steps = append(steps, a.paint(bold, "▸ "+plain(s.Name)))
		default:
			steps = append(steps, a.paint(grey, "· "+plain(s.Name)))
		}
	}
	a.say("  %s   now %g %% of traffic", strings.Join(steps, "  "), r.Percent)
	if r.Reason != "" {
		by := ""
		if r.DecidedBy != "" {
			by = " (decided by " + r.DecidedBy + ")"
		}
		a.say("  %s%s", headline(r.Reason), by)
		a.details("    ", r.Reason)
	}
	if r.Verdict != nil && !r.Final {
		a.say("  the judge, now: %s", headline(r.Verdict.Reason))
	}
	if r.Waiting != nil {
		until := ""
		if !r.Waiting.Until.IsZero() {
			until = ", until " + moment(r.Waiting.Until)
			if r.Waiting.Then != "" {
				until += " (then " + r.Waiting.Then + ")"
			}
		}
		a.say("  waits for %s, since %s%s; %s", headline(r.Waiting.For), moment(r.Waiting.Since), until, r.Waiting.Who)
	}
}
