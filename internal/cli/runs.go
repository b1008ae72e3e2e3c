package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) runsCommand() *cobra.Command {
	var f pageFlags
	var service, phase string
	cmd := command(groupWatch, "runs [RUN]", "Lists runs, or shows one with its stages, tests and deployments.", "",
		"  davit runs --service shop\n  davit runs --phase active\n  davit runs shop-run-12")
	cmd.Flags().StringVar(&service, "service", "", "only this service")
	f.add(cmd, 20)
	cmd.Flags().StringVar(&phase, "phase", "", "only these phases, separated by commas; active: all that go on")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return show(cmd.Context(), a, "get-run", api.Params{"run": args[0]}, a.showRun)
		}
		return listing[api.Run]{
			route: "list-runs",
			empty: "No runs. A push makes one: davit ship, or git push davit.",
			head:  []string{"run", "phase", "commit", "by", "took", "subject"},
			row: func(r api.Run) []string {
				return []string{r.ID, r.Phase, short(r.Commit), orDash(r.Actor), seconds(r.Seconds), cut(r.Subject, 50)}
			},
		}.print(cmd.Context(), a, f, api.Params{"service": service, "phase": phase})
	}
	return cmd
}

func (a *line) showRun(r api.Run) {
	a.say("%s  %s  %s of %s", a.paint(bold, r.ID), a.paint(phaseColour(r.Phase), r.Phase), short(r.Commit), plain(r.Branch))
	a.say("%s, by %s, pushed by %s %s, %s", plain(r.Subject), plain(r.Author), r.Actor, moment(r.Created), seconds(r.Seconds))
	if r.Why != "" {
		a.say("%s", headline(r.Why))
		a.details("  ", r.Why)
	}
	if r.Release != "" {
		a.say("Release %s, %s", r.Release, digest(r.Artifact))
	}
	if len(r.Stages) > 0 {
		a.section("Stages")
		rows := [][]string{{"stage", "phase", "attempt", "took", "tests", "reason"}}
		for _, s := range r.Stages {
			rows = append(rows, []string{s.Name, s.Phase, strconv.Itoa(s.Attempt), seconds(s.Seconds), testCounts(s.Tests), cut(s.Reason, 80)})
		}
		a.table(rows)
	}
	for _, s := range r.Stages {
		if s.Tests == nil {
			continue
		}
		for _, f := range s.Tests.Failures {
			a.say("  %s %s", a.paint(red, "failed"), plain(f.Name))
			indent(a.Stdout, "    ", f.Message)
		}
		for _, name := range s.Tests.Flakes {
			a.say("  %s %s", a.paint(yellow, "flaky"), plain(name))
		}
	}
	if len(r.Deployments) > 0 {
		a.section("Deployments")
		rows := [][]string{{"environment", "phase", "rollout", "reason"}}
		for _, d := range r.Deployments {
			rows = append(rows, []string{d.Environment, d.Phase, orDash(d.Rollout), d.Reason})
		}
		a.table(rows)
	}
}

func testCounts(t *api.Tests) string {
	if t == nil {
		return "-"
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%d passed", t.Passed)
	for _, c := range []struct {
		n    int
		what string
	}{{t.Failed, "failed"}, {t.Flaky, "flaky"}, {t.Skipped, "skipped"}} {
		if c.n > 0 {
			fmt.Fprintf(&s, ", %d %s", c.n, c.what)
		}
	}
	return s.String()
}
