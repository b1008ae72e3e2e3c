package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

const (
	retryAtFirst = 100 * time.Millisecond
	retryAtMost  = 5 * time.Second
)

// reconcile makes the work under way match what state s wants: work for what
// is newly wanted starts, work for what is not wanted any more is cut off. The
// caller holds deciding.
func (e *Engine) reconcile(s rollout.State) {
	jobs := e.jobs[s.ID]
	wanted := map[string]rollout.Effect{}
	for _, effect := range rollout.Wanted(s) {
		wanted[effect.Key()] = effect
	}
	for key, cancel := range jobs {
		if wanted[key] == nil {
			cancel()
			delete(jobs, key)
		}
	}
	for key, effect := range wanted {
		if jobs[key] != nil || e.ctx.Err() != nil {
			continue
		}
		if jobs == nil {
			jobs = map[string]context.CancelFunc{}
			e.jobs[s.ID] = jobs
		}
		ctx, cancel := context.WithCancel(e.ctx)
		jobs[key] = cancel
		e.doing.Go(func() {
			defer cancel()
			e.work(ctx, s, effect)
		})
	}
	if len(jobs) == 0 {
		delete(e.jobs, s.ID)
	}
}

// work does an effect until it is not wanted any more: what came of it is an
// input, and the state that follows from the input says what is wanted next.
func (e *Engine) work(ctx context.Context, s rollout.State, effect rollout.Effect) {
	if watch, ok := effect.(rollout.Watch); ok {
		e.watch(ctx, s, watch)
		return
	}
	wait := retryAtFirst
	for ctx.Err() == nil {
		in, err := e.do(ctx, s, effect)
		if in != nil && ctx.Err() == nil {
			err = e.feed(s.ID, in)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			e.Log.WarnContext(ctx, "rollout effect", "rollout", s.ID, "effect", effect.Key(), "err", err)
			if davit.KindOf(err) == davit.Conflict && errors.Is(err, errFenced) {
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryAtMost)
	}
}

var errFenced = errors.New("a newer epoch has taken over")

// do does an effect once and returns what came of it.
func (e *Engine) do(ctx context.Context, s rollout.State, effect rollout.Effect) (rollout.Input, error) {
	switch effect := effect.(type) {
	case rollout.AskGates:
		return e.askGates(ctx, s)
	case rollout.Place:
		return e.place(ctx, s, effect)
	case rollout.Route:
		return e.route(ctx, s, effect)
	case rollout.Smoke:
		return e.smoke(ctx, s, effect)
	case rollout.Retire:
		return e.retire(ctx, s, effect)
	}
	return nil, fmt.Errorf("unknown effect %T", effect)
}

func (e *Engine) askGates(ctx context.Context, s rollout.State) (rollout.Input, error) {
	findings, err := e.gates(ctx, s)
	if err != nil {
		return nil, err
	}
	_, given, err := e.overrides(ctx, s)
	if err != nil {
		return nil, err
	}
	return rollout.Gated{Findings: overridden(findings, given, e.now()), At: e.now()}, nil
}

func (e *Engine) place(ctx context.Context, s rollout.State, p rollout.Place) (rollout.Input, error) {
	_, release, err := record.Load[Release](ctx, e.Keeper, KindRelease, p.Release)
	if err != nil {
		return nil, err
	}
	env, ok := release.environment(s.Environment)
	if !ok {
		return rollout.PlaceFailed{Release: p.Release, Reason: "its davit.yaml has no environment " + s.Environment, At: e.now()}, nil
	}
	target, err := e.target(env.Target)
	if err != nil {
		return rollout.PlaceFailed{Release: p.Release, Reason: err.Error(), At: e.now()}, nil //nolint:nilerr // the failure is what is told
	}
	if err := target.Ensure(ctx, workload(release, env), p.Count, s.Epoch); err != nil {
		if final(err) {
			return rollout.PlaceFailed{Release: p.Release, Reason: err.Error(), At: e.now()}, nil
		}
		return nil, err
	}
	ready, err := target.Await(ctx, p.Release, s.Environment, p.Count)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return rollout.PlaceFailed{Release: p.Release, Reason: advised(err), At: e.now()}, nil
	}
	return rollout.Placed{Release: p.Release, Ready: len(ready), At: e.now()}, nil
}

// advised is the text of an error with its hint after the first line: what
// follows may be long, and is cut first.
func advised(err error) string {
	text := err.Error()
	e, ok := errors.AsType[*davit.Error](err)
	if !ok || e.Hint == "" {
		return text
	}
	first, rest, more := strings.Cut(text, "\n")
	text = first + "\nhint: " + e.Hint
	if more {
		text += "\n" + rest
	}
	return text
}

// final reports whether trying again cannot help.
func final(err error) bool {
	switch davit.KindOf(err) {
	case davit.Invalid, davit.NotFound, davit.TooLarge, davit.Denied:
		return true
	case davit.Conflict, davit.Unauthorized, davit.Forbidden, davit.Unavailable, davit.Internal:
	}
	return false
}

func (e *Engine) target(name string) (Target, error) {
	t, ok := e.Targets[name]
	if !ok {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("there is no target %q", name)}
	}
	return t, nil
}

func (e *Engine) route(ctx context.Context, s rollout.State, r rollout.Route) (rollout.Input, error) {
	route, err := e.compose(ctx, s, r)
	if err != nil {
		return nil, err
	}
	if err := e.Router.Put(ctx, route); err != nil {
		return nil, fmt.Errorf("set weight %s: %w", r.Weight, err)
	}
	return rollout.Routed{Revision: r.Revision, At: e.now()}, nil
}

func (e *Engine) smoke(ctx context.Context, s rollout.State, sm rollout.Smoke) (rollout.Input, error) {
	_, env, err := releaseIn(ctx, e.Keeper, sm.Release, s.Environment)
	if err != nil {
		return nil, err
	}
	f := e.Checks.Smoke(ctx, env, sm.Release)
	f.Release, f.Artifact, f.Config, f.Epoch, f.Step, f.At = sm.Release, s.New.Artifact, s.New.Config, s.Epoch, s.Step, e.now()
	return rollout.Smoked{Finding: f, At: e.now()}, nil
}

func (e *Engine) retire(ctx context.Context, s rollout.State, r rollout.Retire) (rollout.Input, error) {
	_, env, err := releaseIn(ctx, e.Keeper, r.Release, s.Environment)
	if err != nil {
		return nil, err
	}
	note, err := e.Router.Drain(ctx, s.Service, s.Environment, r.Release, env.Drain)
	if err != nil {
		return nil, fmt.Errorf("drain %s: %w", r.Release, err)
	}
	target, err := e.target(env.Target)
	if err != nil {
		return nil, err
	}
	if err := target.Stop(ctx, r.Release, s.Environment, s.Epoch); err != nil {
		return nil, fmt.Errorf("stop %s: %w", r.Release, err)
	}
	return rollout.Retired{Release: r.Release, Note: note, At: e.now()}, nil
}
