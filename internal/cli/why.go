package cli

import (
	"github.com/spf13/cobra"

	"github.com/davit-cd/davit/internal/api"
)

func (a *line) whyCommand() *cobra.Command {
	cmd := command(groupWatch, "why COMMIT|DIGEST", "Tells everything known about a commit or an artifact.",
		"Tests, gates, rollouts, verdicts with their evidence, who, when, and where it\nruns now. A run, a release or a rollout will do as well.",
		"  davit why 3f2c9a1\n  davit why shop-17\n  davit why HEAD")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		subject := args[0]
		if commit, err := a.git(cmd.Context(), "rev-parse", "--verify", "--quiet", subject+"^{commit}"); err == nil && commit != "" {
			subject = commit // "HEAD", "v1.2", a branch of the repository at hand
		}
		v, err := api.Get[api.Why](cmd.Context(), c, "get-why", api.Params{"subject": subject})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.showWhy(v) })
	}
	return cmd
}

func (a *line) showWhy(v api.Why) {
	a.say("%s", a.paint(bold, v.Subject))
	a.say("%s", plain(v.Summary))
	for _, r := range v.Runs {
		a.section("Run " + r.ID)
		a.showRun(r)
	}
	for _, r := range v.Releases {
		a.section("Release " + r.ID)
		a.showRelease(r)
	}
	for _, r := range v.Rollouts {
		a.section("Rollout " + r.ID)
		a.showRollout(r)
		a.findings("Findings", r.Findings)
	}
	for _, q := range v.Quarantined {
		a.section("Quarantine")
		a.say("%s since %s, by %s: %s", digest(q.Digest), moment(q.At), q.Actor, headline(q.Reason))
	}
	a.section("What happened")
	for _, e := range v.Events {
		a.showEvent(e)
	}
}
