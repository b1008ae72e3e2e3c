package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) statusCommand() *cobra.Command {
	cmd := command(groupWatch, "status [SERVICE]", "Shows what runs where, what is under way and what needs a person.",
		"With a service: its environments side by side, and what became of its commits.",
		"  davit status\n  davit status shop")
	cmd.Args = cobra.MaximumNArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return show(cmd.Context(), a, "get-service", api.Params{"service": args[0]}, a.showService)
		}
		return show(cmd.Context(), a, "get-status", nil, a.showStatus)
	}
	return cmd
}

func (a *line) showStatus(v api.Status) {
	for _, p := range v.Problems {
		a.say("%s %s: %s", a.paint(red, "!"), p.About, plain(p.Text))
		if p.Do != "" {
			a.say("  %s", p.Do)
		}
	}
	if len(v.Services) == 0 {
		a.say("No services yet. In a repository: davit init, then davit ship.")
		return
	}
	rows := [][]string{{"service", "environment", "release", "commit", "health", "instances", "now"}}
	for _, s := range v.Services {
		rows = append(rows, environmentRows(s)...)
	}
	a.table(rows)
	if v.More {
		a.say("(more services than shown; davit status SERVICE shows one)")
	}
	a.underWay(v.Runs)
}

func environmentRows(s api.Service) [][]string {
	rows := [][]string{}
	for i, e := range s.Environments {
		name := s.Name
		if i > 0 {
			name = ""
		}
		now := ""
		if e.Active != nil {
			now = fmt.Sprintf("%s %s at %g %%", e.Active.Release, e.Active.Phase, e.Active.Percent)
		} else if s.LastRun != nil && i == 0 {
			now = "last run " + s.LastRun.Phase
		}
		rows = append(rows, []string{name, e.Name, orDash(e.Release), orDash(short(e.Commit)), e.Health, fmt.Sprintf("%d/%d", e.Ready, e.Wanted), now})
	}
	return rows
}

func (a *line) underWay(runs []api.Run) {
	if len(runs) == 0 {
		return
	}
	a.section("Under way")
	for _, r := range runs {
		a.say("  %s  %s  %s  %s", r.ID, a.paint(phaseColour(r.Phase), r.Phase), short(r.Commit), plain(cut(r.Subject, 60)))
	}
}

func (a *line) showService(v api.ServiceDetail) {
	a.say("%s: branch %s of %s, queue %s%s", a.paint(bold, v.Name), v.Branch, v.Repo, v.Queue, ownedBy(v.Owner))
	rows := [][]string{{"environment", "release", "commit", "health", "instances", "strategy", "address"}}
	for _, e := range v.Environments {
		at := e.URL
		if at == "" {
			at = strings.Join(e.Hosts, ", ")
		}
		rows = append(rows, []string{e.Name, orDash(e.Release), orDash(short(e.Commit)), e.Health, fmt.Sprintf("%d/%d", e.Ready, e.Wanted), e.Strategy, at})
	}
	a.table(rows)
	for _, e := range v.Environments {
		if e.Active != nil {
			a.section("Rollout in " + e.Name)
			a.showRollout(*e.Active)
		}
	}
	if len(v.Commits) == 0 {
		return
	}
	a.section("Commits")
	rows = [][]string{{"commit", "run", "outcome", "took", "subject"}}
	for _, c := range v.Commits {
		total := 0.0
		for _, s := range c.Spent {
			total += s
		}
		rows = append(rows, []string{short(c.Commit), c.Run, c.Outcome, seconds(total), cut(c.Subject, 50)})
	}
	a.table(rows)
}
