package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

func (a *line) timelineCommand() *cobra.Command {
	var f pageFlags
	var service string
	var env, run, rollout, actor, kind string
	var since time.Duration
	var follow bool
	cmd := command(groupWatch, "timeline [SERVICE]", "Shows what happened: pushes, stages, rollouts, verdicts, people's commands.",
		"Newest first; with --follow it stays and prints what comes.",
		"  davit timeline shop --since 2h\n  davit timeline --follow\n  davit timeline --rollout shop-production-r12")
	cmd.Args = cobra.MaximumNArgs(1)
	f.add(cmd, 20)
	flags := cmd.Flags()
	flags.StringVar(&service, "service", "", "only this service")
	flags.StringVar(&env, "env", "", "only this environment")
	flags.StringVar(&run, "run", "", "only this run")
	flags.StringVar(&rollout, "rollout", "", "only this rollout")
	flags.StringVar(&actor, "actor", "", "only what this credential did")
	flags.StringVar(&kind, "kind", "", "only these kinds of events, separated by commas")
	flags.DurationVar(&since, "since", 0, "only the last so long, such as 2h")
	flags.BoolVarP(&follow, "follow", "f", false, "stay and print what comes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			if service != "" && service != args[0] {
				return misused("%s and %s are two services: name one", service, args[0])
			}
			service = args[0]
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		params, err := f.params()
		if err != nil {
			return err
		}
		params["service"], params["environment"], params["run"], params["rollout"], params["actor"], params["kind"] = service, env, run, rollout, actor, kind
		if follow {
			delete(params, "limit")
			delete(params, "after")
			return a.followTimeline(cmd, c, params)
		}
		if since > 0 {
			params["since"] = time.Now().Add(-since).UTC().Format(time.RFC3339)
		}
		page, err := api.Get[api.Page[api.Event]](cmd.Context(), c, "list-timeline", params)
		if err != nil {
			return err
		}
		return a.answer(page, func() {
			for _, e := range page.Items {
				a.showEvent(e)
			}
			if len(page.Items) == 0 {
				a.say("Nothing happened that fits.")
			}
			a.more(page.Next)
		})
	}
	return cmd
}

func (a *line) followTimeline(cmd *cobra.Command, c *api.Client, params api.Params) error {
	for e, err := range c.Follow(cmd.Context(), params, -1, patience()) {
		if err != nil {
			return err
		}
		if err := a.answerLine(e, func() { a.showEvent(e) }); err != nil {
			return err
		}
	}
	return nil // interrupting is how one ends it
}

// showEvent prints one event on one line.
func (a *line) showEvent(e api.Event) {
	about := e.Service
	if e.Environment != "" {
		about += " " + e.Environment
	}
	if about != "" {
		about += "  "
	}
	a.say("%s  %s%s", a.paint(grey, moment(e.At)), about, headline(e.Text))
}

// patience bears with a server that restarts, for half a minute in a row, and
// gives up at once when there was never one.
func patience() func(error) error {
	began := time.Time{}
	return func(err error) error {
		if err == nil { // there was a connection
			began = time.Time{}
			return nil
		}
		if began.IsZero() {
			began = time.Now()
		}
		if time.Since(began) > 30*time.Second {
			return errors.Join(err)
		}
		if davit.KindOf(err) != davit.Unavailable {
			return err
		}
		return nil
	}
}
