package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// theRollout finds the rollout that is meant: by its id, or by its service if
// just one is under way.
func (a *line) theRollout(ctx context.Context, c *api.Client, arg, env string) (string, error) {
	if isRollout(arg) {
		return arg, nil
	}
	page, err := api.Get[api.Page[api.Rollout]](ctx, c, "list-rollouts", api.Params{"service": arg, "environment": env, "phase": "active"})
	if err != nil {
		return "", err
	}
	if len(page.Items) > 1 { // what waits in line behind another is not what is meant
		page.Items = slices.DeleteFunc(page.Items, func(r api.Rollout) bool { return r.Phase == "queued" })
	}
	switch len(page.Items) {
	case 0:
		return "", &davit.Error{Kind: davit.NotFound, Text: "no rollout of " + arg + " is under way", Hint: "davit rollouts --service " + arg + " lists those that were"}
	case 1:
		return page.Items[0].ID, nil
	}
	ids := []string{}
	for _, r := range page.Items {
		ids = append(ids, r.ID)
	}
	return "", &davit.Error{Kind: davit.Invalid, Text: "more than one rollout of " + arg + " is under way: " + strings.Join(ids, ", "), Hint: "name one"}
}

// steering is a command that steers the rollout it is given.
func (a *line) steering(cmd *cobra.Command, id string, body func() (any, error)) *cobra.Command {
	var env string
	cmd.Flags().StringVar(&env, "env", "", "with a service: only this environment")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		b, err := body()
		if err != nil {
			return err
		}
		rollout, err := a.theRollout(cmd.Context(), c, args[0], env)
		if err != nil {
			return err
		}
		done, err := api.Do[api.Done](cmd.Context(), c, id, api.Params{"rollout": rollout}, b)
		if err != nil {
			return err
		}
		return a.answer(done, func() { a.say("%s", done.Text) })
	}
	return cmd
}

func (a *line) holdCommand() *cobra.Command {
	cmd := command(groupSteer, "hold ROLLOUT|SERVICE", "Keeps a rollout at its step.",
		"It stays held for an hour, or as long as --for says, and then goes on by itself.\nA rollout that turns bad while it is held goes back all the same.",
		"  davit hold shop --reason \"looking at the logs\"\n  davit hold shop-production-r12 --for 15m --reason \"waiting for support\"")
	reason := cmd.Flags().String("reason", "", "why (needed)")
	long := cmd.Flags().Duration("for", time.Hour, "how long")
	return a.steering(cmd, "hold-rollout", func() (any, error) {
		if *reason == "" {
			return nil, misused("holding needs a --reason")
		}
		if *long <= 0 {
			return nil, misused("--for %s: want a time to come", *long)
		}
		return api.Hold{Reason: *reason, Seconds: long.Seconds()}, nil
	})
}

func (a *line) resumeCommand() *cobra.Command {
	cmd := command(groupSteer, "resume ROLLOUT|SERVICE", "Lets a held rollout go on.", "", "  davit resume shop")
	return a.steering(cmd, "resume-rollout", func() (any, error) { return nil, nil })
}

func (a *line) approveCommand() *cobra.Command {
	cmd := command(groupSteer, "approve ROLLOUT|SERVICE", "Gives the approval a rollout waits for.", "",
		"  davit approve shop --reason \"seen on staging\"")
	reason := cmd.Flags().String("reason", "", "why")
	return a.steering(cmd, "approve-rollout", func() (any, error) { return api.Reason{Reason: *reason}, nil })
}

func (a *line) overrideCommand() *cobra.Command {
	cmd := command(groupSteer, "override ROLLOUT GATE", "Lets a rollout's release past a gate, for a while.",
		"It stands for an hour, or as long as --for says, for this very release, artifact\nand configuration in this environment. A gate says who may override it; the judge,\nhealth checks, smoke tests and a quarantine are never overridden. If the gate has\nrefused the rollout already, davit promote starts another one.",
		"  davit override shop-production-r12 soak --reason \"security fix\"\n  davit override shop-production-r12 command --for 15m --reason \"the calendar is down\"")
	reason := cmd.Flags().String("reason", "", "why (needed)")
	long := cmd.Flags().Duration("for", time.Hour, "how long it stands")
	cmd.Args = cobra.ExactArgs(2)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case *reason == "":
			return misused("overriding a gate needs a --reason")
		case *long <= 0:
			return misused("--for %s: want a time to come", *long)
		case !isRollout(args[0]):
			return misused("%q is no rollout (shop-production-r12)", args[0])
		}
		c, err := a.client()
		if err != nil {
			return err
		}
		body := api.Override{Gate: args[1], Reason: *reason, Seconds: long.Seconds()}
		done, err := api.Do[api.Done](cmd.Context(), c, "override-gate", api.Params{"rollout": args[0]}, body)
		if err != nil {
			return err
		}
		return a.answer(done, func() { a.say("%s", done.Text) })
	}
	return cmd
}

func (a *line) abortCommand() *cobra.Command {
	cmd := command(groupSteer, "abort ROLLOUT|SERVICE", "Takes a rollout back: no more traffic on the new version.",
		"It dominates everything else; only a new rollout can bring the version again.",
		"  davit abort shop --reason \"checkout is broken\"")
	reason := cmd.Flags().String("reason", "", "why")
	return a.steering(cmd, "abort-rollout", func() (any, error) { return api.Reason{Reason: *reason}, nil })
}

func (a *line) rerunCommand() *cobra.Command {
	cmd := command(groupSteer, "rerun RUN", "Starts a new run of the same commit.", "", "  davit rerun shop-run-12")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Started](cmd.Context(), c, "rerun", api.Params{"run": args[0]}, nil)
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s started; davit logs %s --follow shows it", v.Run, v.Run) })
	}
	return cmd
}

func (a *line) cancelCommand() *cobra.Command {
	cmd := command(groupSteer, "cancel RUN", "Stops a run.", "A rollout of it that is under way is taken back first.",
		"  davit cancel shop-run-12 --reason \"wrong branch\"")
	reason := cmd.Flags().String("reason", "", "why")
	cmd.Args = cobra.ExactArgs(1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		v, err := api.Do[api.Done](cmd.Context(), c, "cancel-run", api.Params{"run": args[0]}, api.Reason{Reason: *reason})
		if err != nil {
			return err
		}
		return a.answer(v, func() { a.say("%s", v.Text) })
	}
	return cmd
}

func (a *line) promoteCommand() *cobra.Command {
	var env, reason string
	var force, detach bool
	cmd := command(groupSteer, "promote RELEASE --env ENVIRONMENT | ROLLOUT", "Starts a rollout of a release, or sends a rollout on to its next step.",
		"With a release it starts a rollout in the environment and follows it to its end.\nWith a rollout it goes on to the next step; --force goes on without the judge's\nPASS, needs a --reason and the role admin.",
		"  davit promote shop-17 --env production\n  davit promote shop-production-r12\n  davit promote shop-production-r12 --force --reason \"known flake of the probe\"",
		api.ExitRefused, api.ExitRolledBack)
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&env, "env", "", "environment the release goes to")
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	cmd.Flags().BoolVar(&force, "force", false, "go on without the judge's PASS")
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		if isRollout(args[0]) {
			if force && reason == "" {
				return misused("--force needs a --reason")
			}
			v, err := api.Do[api.Done](cmd.Context(), c, "advance-rollout", api.Params{"rollout": args[0]}, api.Advance{Force: force, Reason: reason})
			if err != nil {
				return err
			}
			return a.answer(v, func() { a.say("%s", v.Text) })
		}
		if !isRelease(args[0]) {
			return misused("%q is neither a release (shop-17) nor a rollout (shop-production-r12)", args[0])
		}
		if env == "" {
			return misused("say where %s goes: --env ENVIRONMENT", args[0])
		}
		return a.roll(cmd.Context(), c, rolling{route: "promote", body: api.Promote{Release: args[0], Environment: env}, detach: detach})
	}
	return cmd
}

func (a *line) rollbackCommand() *cobra.Command {
	var env, to, reason string
	var detach bool
	cmd := command(groupSteer, "rollback SERVICE", "Goes back to the last good release, within seconds.",
		"A rollout that is under way is aborted by it. --to names another release than the\nlast good one. It follows the way back to its end.",
		"  davit rollback shop\n  davit rollback shop --env production --to shop-15 --reason \"orders are lost\"",
		api.ExitRefused, api.ExitRolledBack)
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().StringVar(&env, "env", "production", "environment")
	cmd.Flags().StringVar(&to, "to", "", "release to go back to (default: the last good one)")
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait for the end")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := a.client()
		if err != nil {
			return err
		}
		return a.roll(cmd.Context(), c, rolling{
			route: "roll-back", params: api.Params{"service": args[0], "environment": env}, body: api.Rollback{To: to, Reason: reason}, detach: detach, back: true,
		})
	}
	return cmd
}

// rolling is a request that starts a rollout, or takes one back.
type rolling struct {
	route  string
	params api.Params
	body   any
	detach bool
	back   bool // that a new version is taken back is what was asked for
}

// roll starts a rollout and follows it.
func (a *line) roll(ctx context.Context, c *api.Client, o rolling) error {
	seq, err := lastEvent(ctx, c)
	if err != nil {
		return err
	}
	v, err := api.Do[api.Started](ctx, c, o.route, o.params, o.body)
	if err != nil {
		return err
	}
	if o.detach {
		return a.answer(v, func() { a.say("%s started; davit rollouts %s shows it", v.Rollout, v.Rollout) })
	}
	r, err := a.followRollout(ctx, c, v.Rollout, seq)
	if err != nil {
		return err
	}
	if err := a.answer(r, func() { indent(a.Stdout, "", rolloutVerdict(r)) }); err != nil {
		return err
	}
	if o.back && r.Intent != "rollback" && r.Phase == "rolled-back" {
		return nil // the rollout that was under way is gone, and with it what was bad
	}
	if code := rolloutExit(r); code != 0 {
		return exit{code: code}
	}
	return nil
}

// rolloutVerdict says in a sentence how a rollout ended.
func rolloutVerdict(r api.Rollout) string {
	switch r.Phase {
	case "done":
		return fmt.Sprintf("%s serves all of %s %s.", r.Release, r.Service, r.Environment)
	case "settling":
		if r.From == "" {
			return fmt.Sprintf("%s serves all of %s %s; it is watched while it settles.", r.Release, r.Service, r.Environment)
		}
		return fmt.Sprintf("%s serves all of %s %s; %s stays warm while it settles.", r.Release, r.Service, r.Environment, r.From)
	case "rolled-back":
		return fmt.Sprintf("%s was taken back in %s: %s", r.Release, r.Environment, r.Reason)
	}
	return fmt.Sprintf("%s is %s: %s", r.ID, r.Phase, r.Reason)
}

func rolloutExit(r api.Rollout) int {
	switch r.Phase {
	case "done", "settling":
		return api.ExitDone
	case "rolled-back", "rolling-back":
		return api.ExitRolledBack
	case "cancelled":
		for _, f := range r.Findings {
			if f.Answer == "fail" {
				return api.ExitRefused
			}
		}
	}
	return api.ExitFailed
}
