package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// lastEvent returns the number of the newest event.
func lastEvent(ctx context.Context, c *api.Client) (int64, error) {
	page, err := api.Get[api.Page[api.Event]](ctx, c, "list-timeline", api.Params{"limit": "1"})
	if err != nil || len(page.Items) == 0 {
		return 0, err
	}
	return page.Items[0].Seq, nil
}

// over reports whether a rollout has come to its good end as far as its
// users are concerned, or cannot go anywhere by itself.
func over(r api.Rollout) bool { return r.Final || r.Phase == "settling" || r.Phase == "stranded" }

// followRollout prints what happens to a rollout after event seq until it is
// over.
func (a *line) followRollout(ctx context.Context, c *api.Client, id string, seq int64) (api.Rollout, error) {
	get := func() (api.Rollout, error) {
		return api.Get[api.Rollout](ctx, c, "get-rollout", api.Params{"rollout": id})
	}
	if r, err := get(); err != nil || over(r) {
		return r, err
	}
	l := a.goLive(ctx, func(context.Context) string {
		r, err := get()
		if err != nil {
			return err.Error()
		}
		return rolloutNow(r)
	})
	defer l.end()
	for e, err := range c.Follow(ctx, api.Params{"rollout": id}, seq, patience()) {
		if err != nil {
			return api.Rollout{}, err
		}
		l.above(func() { a.progress(e) })
		var r api.Rollout
		if err := insist(ctx, func() (err error) { r, err = get(); return err }); err != nil || over(r) {
			return r, err
		}
	}
	return api.Rollout{}, context.Cause(ctx)
}

// progress prints one event on the way, beside the answer.
func (a *line) progress(e api.Event) {
	if a.json {
		return
	}
	a.say("%s  %s", a.paint(grey, e.At.Local().Format("15:04:05")), a.paintEvent(e))
}

// paintEvent colours what went well and what did not.
func (a *line) paintEvent(e api.Event) string {
	text := headline(e.Text)
	_, what, _ := strings.Cut(e.Kind, ".")
	switch what {
	case "succeeded", "done", "passed", "promoted", "packaged":
		return a.paint(green, text)
	case "failed", "rolled-back", "rolling-back", "timed-out", "stranded", "crashed":
		return a.paint(red, text)
	case "held", "waiting":
		return a.paint(yellow, text)
	}
	return text
}

// ended is a run that is over, with the rollout it ended at.
type ended struct {
	run  api.Run
	last *api.Rollout // nil: it came to none
	over bool
}

// followRuns prints what happens to runs after event seq until all are over: a
// run has ended, or its last environment is promoted and only settles.
func (a *line) followRuns(ctx context.Context, c *api.Client, ids []string, seq int64) ([]ended, error) {
	states := make([]ended, len(ids))
	look := func(i int) (err error) {
		states[i], err = runState(ctx, c, ids[i])
		return err
	}
	open := func() bool { return slices.ContainsFunc(states, func(e ended) bool { return !e.over }) }
	for i := range ids {
		if err := look(i); err != nil {
			return nil, err
		}
	}
	if !open() {
		return states, nil
	}
	l := a.goLive(ctx, func(ctx context.Context) string { return runsNow(ctx, c, ids) })
	defer l.end()
	for e, err := range c.Follow(ctx, nil, seq, patience()) {
		if err != nil {
			return states, err
		}
		for i := range states {
			if !concerns(e, states[i].run) {
				continue
			}
			l.above(func() { a.progress(e) })
			if err := insist(ctx, func() error { return look(i) }); err != nil {
				return states, err
			}
		}
		if !open() {
			return states, nil
		}
	}
	return states, context.Cause(ctx)
}

// concerns reports whether an event belongs to a run or one of its rollouts.
func concerns(e api.Event, run api.Run) bool {
	if e.Run != "" {
		return e.Run == run.ID
	}
	for _, d := range run.Deployments {
		if d.Rollout != "" && d.Rollout == e.Rollout {
			return true
		}
	}
	return e.Release != "" && e.Release == run.Release
}

// runState reads a run and the rollout it is at.
func runState(ctx context.Context, c *api.Client, id string) (ended, error) {
	run, err := api.Get[api.Run](ctx, c, "get-run", api.Params{"run": id})
	e := ended{run: run, over: run.Final}
	if err != nil {
		return e, err
	}
	for i, d := range run.Deployments {
		if d.Rollout == "" {
			continue
		}
		r, err := api.Get[api.Rollout](ctx, c, "get-rollout", api.Params{"rollout": d.Rollout})
		if err != nil {
			return e, err
		}
		e.last = &r
		if i == len(run.Deployments)-1 && over(r) {
			e.over = true
		}
	}
	return e, nil
}

// runExit is the exit code of a run that is over.
func runExit(e ended) int {
	if e.run.Phase == "succeeded" {
		return api.ExitDone
	}
	for _, d := range e.run.Deployments {
		switch d.Outcome {
		case "refused":
			return api.ExitRefused
		case "rolled-back":
			return api.ExitRolledBack
		}
	}
	if e.last != nil && (!e.run.Final || e.run.Phase == "failed") {
		return rolloutExit(*e.last)
	}
	return api.ExitFailed
}

// runVerdict says in a sentence how a run ended.
func runVerdict(e ended) string {
	if !e.run.Final && e.last != nil {
		return rolloutVerdict(*e.last)
	}
	if e.run.Why != "" {
		return e.run.Why
	}
	return e.run.ID + " is " + e.run.Phase + "."
}

// insist tries again while the server is away for a moment.
func insist(ctx context.Context, f func() error) error {
	bear := patience()
	for {
		err := f()
		if davit.KindOf(err) != davit.Unavailable || err == nil {
			return err
		}
		if gaveUp := bear(err); gaveUp != nil {
			return gaveUp
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

// rolloutNow says in a line what a rollout does right now.
func rolloutNow(r api.Rollout) string {
	text := fmt.Sprintf("… %s %s, %g %% of the traffic, %s", r.Environment, r.Phase, r.Percent, seconds(time.Since(r.Since).Seconds()))
	if r.Waiting != nil {
		text += ", waits for " + headline(r.Waiting.For)
	}
	return text
}

// runsNow says in a line what runs do right now.
func runsNow(ctx context.Context, c *api.Client, ids []string) string {
	parts := []string{}
	for _, id := range ids {
		e, err := runState(ctx, c, id)
		switch {
		case err != nil:
			return err.Error()
		case e.over:
		case e.last != nil && !over(*e.last):
			parts = append(parts, rolloutNow(*e.last))
		default:
			var text strings.Builder
			text.WriteString("… " + id + " " + e.run.Phase)
			for _, s := range e.run.Stages {
				if s.Phase == "running" || s.Phase == "starting" {
					text.WriteString(", " + s.Name + " " + seconds(s.Seconds))
				}
			}
			parts = append(parts, text.String())
		}
	}
	return strings.Join(parts, "   ")
}
