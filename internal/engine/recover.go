package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

const (
	tickAtMost = time.Minute
	// firstWordWithin is how long after the start the judge has to read what was
	// measured, before an overdue step goes without its word.
	firstWordWithin = 10 * time.Second

	gateDeadline = 24 * time.Hour // as rollout has it
)

// recover takes up what an earlier process left. It assumes nothing about how
// far that process came: it looks at what is kept and asks for all of it again.
func (e *Engine) recover(ctx context.Context) error {
	if err := e.recoverLanes(ctx); err != nil {
		return fmt.Errorf("recover rollouts: %w", err)
	}
	if err := e.recoverRuns(ctx); err != nil {
		return fmt.Errorf("recover runs: %w", err)
	}
	if err := e.missedPushes(ctx); err != nil {
		return err
	}
	return e.allTurns(ctx)
}

// recoverLanes puts every lane's stable version and route in place again and
// goes on with the rollout under way.
func (e *Engine) recoverLanes(ctx context.Context) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	var lanes []rollout.Lane
	err := record.All(ctx, e.Keeper, davit.Query{Kind: KindLane}, func(rec davit.Record) error {
		var l rollout.Lane
		if err := record.Decode(rec, &l); err != nil {
			return err
		}
		lanes = append(lanes, l)
		return nil
	})
	if err != nil {
		return err
	}
	known := map[string]davit.Route{}
	if routes, err := e.Router.Routes(ctx); err == nil {
		for _, r := range routes {
			known[r.Service+"/"+r.Environment] = r
		}
	} else {
		e.Log.WarnContext(ctx, "list routes", "err", err)
	}
	for _, l := range lanes {
		if err := e.recoverLane(ctx, l, known[l.Service+"/"+l.Environment]); err != nil {
			e.Log.ErrorContext(ctx, "recover lane", "service", l.Service, "environment", l.Environment, "err", err)
		}
	}
	return nil
}

func (e *Engine) recoverLane(ctx context.Context, l rollout.Lane, route davit.Route) error {
	epoch, err := LaneEpoch(ctx, e.Keeper, l)
	if err != nil {
		return err
	}
	if l.Stable.Release != "" {
		// A rollout under way goes on all the same: it may be the way out.
		if err := e.ensureStable(ctx, l, epoch); err != nil {
			e.Log.ErrorContext(ctx, "ensure stable release", "service", l.Service, "environment", l.Environment, "err", err)
		}
	}
	if err := e.supersedeOlder(l); err != nil {
		return err
	}
	if l.Active == "" {
		if l.Stable.Release != "" {
			e.doing.Go(func() { e.routeStable(l, epoch, route) })
		}
		return e.laneTurn(l.Service, l.Environment)
	}
	_, state, err := record.Load[rollout.State](ctx, e.Keeper, KindRollout, l.Active)
	if err != nil {
		return err
	}
	if state.Phase == rollout.Queued {
		return e.laneTurn(l.Service, l.Environment)
	}
	e.reconcile(state)
	e.tellRun(state)
	return nil
}

// supersedeOlder tells every rollout of a lane of the newest one that waits
// there: the process before may have ended between admitting and telling.
func (e *Engine) supersedeOlder(l rollout.Lane) error {
	if len(l.Waiting) == 0 {
		return nil
	}
	newest := len(l.Waiting) - 1
	for _, older := range append([]string{l.Active}, l.Waiting[:newest]...) {
		if older == "" {
			continue
		}
		if err := e.feedLocked(older, rollout.Supersede{By: l.Waiting[newest], At: e.now()}); err != nil {
			return err
		}
	}
	return nil
}

// LaneEpoch returns the epoch in which a lane's stable version may be acted
// upon: that of the rollout under way, or of the last one that is over. The
// lane's own epoch may be that of a rollout which still waits, and what has
// been done in it would fence off those before.
func LaneEpoch(ctx context.Context, k Keeper, l rollout.Lane) (uint64, error) {
	if l.Active == "" && len(l.Waiting) == 0 {
		return l.Epoch, nil
	}
	next := l.Active
	if next == "" {
		next = l.Waiting[0]
	}
	s, err := LoadRollout(ctx, k, next)
	if err != nil {
		return 0, err
	}
	if s.Phase == rollout.Queued {
		return s.Epoch - 1, nil
	}
	return s.Epoch, nil
}

// ensureStable wants the stable version's instances, unless the rollout under
// way has stopped them on purpose.
func (e *Engine) ensureStable(ctx context.Context, l rollout.Lane, epoch uint64) error {
	if l.Active != "" {
		_, s, err := record.Load[rollout.State](ctx, e.Keeper, KindRollout, l.Active)
		if err != nil {
			return err
		}
		if len(s.Plan.Steps) > 0 && s.Plan.Steps[0].StopOld && s.Gated {
			return nil // a recreate has stopped, or is about to stop, the old version
		}
	}
	_, release, err := record.Load[Release](ctx, e.Keeper, KindRelease, l.Stable.Release)
	if err != nil {
		return err
	}
	env, ok := release.environment(l.Environment)
	if !ok {
		return nil
	}
	target, err := e.target(env.Target)
	if err != nil {
		return err
	}
	return target.Ensure(ctx, workload(release, env), env.Instances, epoch)
}

// routeStable gives a router that has forgotten a lane its stable version, and
// one that knows other addresses of its instances the present ones.
func (e *Engine) routeStable(l rollout.Lane, epoch uint64, known davit.Route) {
	wait := retryAtFirst
	for e.ctx.Err() == nil {
		err := e.putStable(e.ctx, l, epoch, known)
		if err == nil {
			return
		}
		e.Log.WarnContext(e.ctx, "route stable", "service", l.Service, "environment", l.Environment, "err", err)
		if davit.KindOf(err) == davit.Conflict { // a rollout has begun, and routes
			return
		}
		select {
		case <-e.ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, retryAtMost)
	}
}

func (e *Engine) putStable(ctx context.Context, l rollout.Lane, epoch uint64, known davit.Route) error {
	_, env, err := releaseIn(ctx, e.Keeper, l.Stable.Release, l.Environment)
	if err != nil {
		return err
	}
	target, err := e.target(env.Target)
	if err != nil {
		return err
	}
	if _, err := target.Await(ctx, l.Stable.Release, l.Environment, env.Instances); err != nil {
		return err
	}
	want := rollout.Route{New: l.Stable.Release, Weight: davit.Full}
	if len(known.Versions) > 0 && known.Epoch >= epoch {
		epoch, want.Revision = known.Epoch, known.Revision+1
	}
	s := rollout.State{Service: l.Service, Environment: l.Environment, Epoch: epoch, New: l.Stable}
	route, err := e.compose(ctx, s, want)
	if err != nil || sameBackends(route, known) {
		return err
	}
	return e.Router.Put(ctx, route)
}

// sameBackends reports whether two routes lead to the same instances.
func sameBackends(a, b davit.Route) bool {
	return slices.EqualFunc(a.Versions, b.Versions, func(a, b davit.RouteVersion) bool {
		return a.Release == b.Release && a.Weight == b.Weight && slices.Equal(a.Backends, b.Backends)
	})
}

// recoverRuns does again what was asked for and is not over, and tells runs of
// rollouts that ended while nobody could be told.
func (e *Engine) recoverRuns(ctx context.Context) error {
	effects, err := e.Keeper.Effects(ctx)
	if err != nil {
		return err
	}
	for _, kept := range effects {
		effect, err := pipeline.Recall(kept)
		if err != nil {
			return err
		}
		run := kept.Subject[len("run/"):]
		stage, ok := effect.(pipeline.StartStage)
		if !ok {
			e.perform(run, effect)
			continue
		}
		if err := e.tell(run, pipeline.Lost{Stage: stage.Stage, At: e.now()}, kept.Key); err != nil {
			return fmt.Errorf("take up stage %s of %s: %w", stage.Stage, run, err)
		}
	}
	return e.tellDeploying(ctx)
}

func (e *Engine) tellDeploying(ctx context.Context) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	var ended []rollout.State
	err := record.All(ctx, e.Keeper, davit.Query{Kind: KindRun, Phases: []string{string(pipeline.Deploying)}}, func(rec davit.Record) error {
		var run pipeline.State
		if err := record.Decode(rec, &run); err != nil {
			return err
		}
		for _, d := range run.Deployments {
			if d.Rollout == "" {
				continue
			}
			_, s, err := record.Load[rollout.State](ctx, e.Keeper, KindRollout, d.Rollout)
			if err != nil {
				return err
			}
			ended = append(ended, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range ended {
		e.tellRun(s)
	}
	return nil
}

func (e *Engine) allTurns(ctx context.Context) error {
	return record.All(ctx, e.Keeper, davit.Query{Kind: KindRun, Phases: []string{string(pipeline.Queued)}}, func(rec davit.Record) error {
		e.turn(rec.Service)
		return nil
	})
}

// tickDue ticks everything whose time has come and returns how long nothing
// more is due.
func (e *Engine) tickDue(ctx context.Context) time.Duration {
	e.readClock(ctx)
	at := e.now()
	var due []davit.Record
	err := record.All(ctx, e.Keeper, davit.Query{Due: at.Add(tickAtMost)}, func(rec davit.Record) error {
		due = append(due, rec)
		return nil
	})
	if err != nil {
		if ctx.Err() == nil {
			e.Log.ErrorContext(ctx, "list what is due", "err", err)
		}
		return retryAtMost
	}
	wait := tickAtMost
	for _, rec := range due {
		if left := rec.Wake.Sub(at); left > 0 {
			wait = min(wait, left)
			continue
		}
		wait = min(wait, time.Second) // look again, in case the tick changes nothing yet
		if err := e.tick(rec, at); err != nil && ctx.Err() == nil {
			e.Log.ErrorContext(ctx, "tick", "kind", rec.Kind, "id", rec.ID, "err", err)
		}
	}
	return max(wait, 10*time.Millisecond)
}

func (e *Engine) tick(rec davit.Record, at time.Time) error {
	switch rec.Kind {
	case KindRun:
		return e.tell(rec.ID, pipeline.Tick{At: at})
	case KindRollout:
		return e.tickRollout(rec.ID, at)
	}
	return nil
}

// tickRollout lets the judge's newest word be heard before a step takes its
// default way out: it says why, and after a restart it may be a PASS on what
// was measured while no server was there to ask.
func (e *Engine) tickRollout(id string, at time.Time) error {
	s, err := LoadRollout(e.ctx, e.Keeper, id)
	if err != nil {
		return err
	}
	if s.Phase == rollout.Baking && !at.Before(s.Deadline) {
		f, heard := e.Verdict(id)
		switch {
		case heard && at.Sub(f.At) < staleAfter:
			if err := e.feed(id, rollout.Judged{Verdict: davit.Verdict(f.Evidence["verdict"]), Finding: f, At: at}); err != nil {
				return err
			}
		case at.Sub(e.began) < firstWordWithin:
			return nil // the next look is in a second
		}
	}
	return e.feed(id, rollout.Tick{At: at})
}
