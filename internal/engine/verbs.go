package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

// Promote brings a release into an environment by a person's wish.
func (e *Engine) Promote(ctx context.Context, actor, release, environment string) (string, error) {
	return e.open(ctx, opening{release: release, environment: environment, actor: actor, reason: "promoted by " + actor})
}

// Rollback takes an environment back. While a rollout is under way, and no
// release or the one it replaces is named, that rollout is aborted: its old
// version is still warm. Otherwise the release named, or the last good one,
// replaces the present one, and the present one is quarantined.
func (e *Engine) Rollback(ctx context.Context, actor, service, environment, to, reason string) (string, error) {
	if reason == "" {
		reason = "rolled back by " + actor
	}
	_, lane, err := record.Load[rollout.Lane](ctx, e.Keeper, KindLane, service+"/"+environment)
	if err != nil {
		return "", err
	}
	if lane.Active != "" {
		active, err := LoadRollout(ctx, e.Keeper, lane.Active)
		switch {
		case err != nil:
			return "", err
		case active.Intent == rollout.Rollback && !active.Phase.Final() && (to == "" || to == active.New.Release):
			// Two people had the same thought: the second must not undo the first.
			return "", &davit.Error{
				Kind: davit.Conflict, Text: fmt.Sprintf("%s goes back to %s already: rollout %s", environment, active.New.Release, active.ID),
				Hint: "to go back further, name the release: davit rollback --to RELEASE",
			}
		case active.Settled: // its old version is being stopped, and it is itself what has to be replaced
		case to == "", active.Intent != rollout.Rollback && to == or(active.Old.Release, lane.Stable.Release): // still warm
			err := e.Abort(ctx, actor, active.ID, reason)
			if now, lost := LoadRollout(ctx, e.Keeper, active.ID); err != nil && lost == nil && (now.Settled || now.Phase.Final()) && !active.Phase.Final() {
				// It settled in this instant: something else is to be replaced now.
				return e.Rollback(ctx, actor, service, environment, to, reason)
			}
			return active.ID, err
		}
	}
	if to == "" {
		back := lane.LastGood(func(s rollout.Side) bool {
			q, err := e.quarantined(ctx, s)
			return err != nil || q != ""
		})
		if back.Release == "" {
			return "", &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("%s has no earlier good release in %s", service, environment), Hint: "name one: davit rollback --to RELEASE"}
		}
		to = back.Release
	}
	if to == lane.Stable.Release {
		return "", &davit.Error{Kind: davit.Conflict, Text: to + " is what runs in " + environment}
	}
	return e.open(ctx, opening{release: to, environment: environment, actor: actor, intent: rollout.Rollback, reason: reason, blame: lane.Stable})
}

// Hold keeps a rollout where it is, at the latest until the time given.
func (e *Engine) Hold(_ context.Context, actor, id, reason string, until time.Time) error {
	return e.wish(id, rollout.Halt{Actor: actor, Reason: reason, Until: until, At: e.now()})
}

// Resume ends a hold.
func (e *Engine) Resume(_ context.Context, actor, id string) error {
	return e.wish(id, rollout.Resume{Actor: actor, At: e.now()})
}

// Advance goes on to the next step by a person's wish.
func (e *Engine) Advance(_ context.Context, actor, id string, force bool, reason string) error {
	return e.wish(id, rollout.Advance{Actor: actor, Force: force, Reason: reason, At: e.now()})
}

// Abort takes a rollout back.
func (e *Engine) Abort(_ context.Context, actor, id, reason string) error {
	return e.wish(id, rollout.Abort{Actor: actor, Reason: reason, At: e.now()})
}

// stop cancels a rollout, or aborts it where it may carry traffic.
func (e *Engine) stop(_ context.Context, id, actor, reason string) error {
	err := e.wish(id, rollout.Cancel{Actor: actor, Reason: reason, At: e.now()})
	if davit.KindOf(err) == davit.Conflict {
		return e.wish(id, rollout.Abort{Actor: actor, Reason: reason, At: e.now()})
	}
	return err
}

// wish feeds a person's input, or says why it cannot be granted.
func (e *Engine) wish(id string, in rollout.Input) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	_, state, err := record.Load[rollout.State](e.ctx, e.Keeper, KindRollout, id)
	if err != nil {
		return err
	}
	if err := rollout.Refuse(state, in); err != nil {
		return err
	}
	return e.feedLocked(id, in)
}

// Approve adds a person's yes to a rollout that waits for approval.
func (e *Engine) Approve(ctx context.Context, actor string, role davit.Role, id, reason string) error {
	state, err := e.approve(ctx, Approval{Actor: actor, Role: role, Reason: reason, At: e.now()}, id)
	if err != nil {
		return err
	}
	in, err := e.askGates(ctx, state)
	if err != nil {
		return err
	}
	return e.feed(id, in)
}

func (e *Engine) approve(ctx context.Context, yes Approval, id string) (rollout.State, error) {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	_, state, err := record.Load[rollout.State](ctx, e.Keeper, KindRollout, id)
	if err != nil {
		return state, err
	}
	if state.Phase != rollout.Queued && (state.Phase != rollout.Preparing || state.Gated) {
		return state, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("rollout %s is %s: it waits for no approval", id, state.Phase)}
	}
	fresh := davit.Record{Kind: KindApproval, ID: id, Service: state.Service, Environment: state.Environment}
	rec, approvals, err := record.LoadOr(ctx, e.Keeper, fresh, Approvals{})
	if err != nil {
		return state, err
	}
	for _, a := range approvals.Given {
		if a.Actor == yes.Actor {
			return state, &davit.Error{Kind: davit.Conflict, Text: yes.Actor + " has approved it already"}
		}
	}
	approvals.Given = append(approvals.Given, yes)
	if rec, err = record.With(rec, approvals); err != nil {
		return state, err
	}
	_, err = e.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{{
		At: e.now(), Kind: "rollout.approved", Actor: yes.Actor, Service: state.Service, Environment: state.Environment, Run: state.Run,
		Release: state.New.Release, Rollout: id, Commit: state.New.Commit, Digest: state.New.Artifact,
		Text: fmt.Sprintf("%s approved %s for %s%s", yes.Actor, state.New.Release, state.Environment, because(yes.Reason)),
	}}})
	return state, err
}

// Rerun makes a new run of the same commit.
func (e *Engine) Rerun(ctx context.Context, actor, id string) (string, error) {
	_, old, err := record.Load[pipeline.State](ctx, e.Keeper, KindRun, id)
	if err != nil {
		return "", err
	}
	if !old.Phase.Final() {
		return "", &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("run %s is still %s", id, old.Phase), Hint: "cancel it first: davit cancel " + id}
	}
	e.deciding.Lock()
	defer e.deciding.Unlock()
	rec, service, err := record.Load[Service](ctx, e.Keeper, KindService, old.Service)
	if err != nil {
		return "", err
	}
	service.Runs++
	origin := old.Origin
	origin.ID, origin.Created, origin.Pusher = fmt.Sprintf("%s-run-%d", old.Service, service.Runs), e.now(), actor
	state, events := pipeline.New(origin, nil)
	run, err := runRecord(davit.Record{}, state)
	if err != nil {
		return "", err
	}
	if rec, err = record.With(rec, service); err != nil {
		return "", err
	}
	if _, err := e.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec, run}, Events: events}); err != nil {
		return "", fmt.Errorf("keep run %s: %w", state.ID, err)
	}
	e.turnLocked(old.Service)
	return state.ID, nil
}

// Cancel stops a run and what it has under way.
func (e *Engine) Cancel(ctx context.Context, actor, id, reason string) error {
	_, state, err := record.Load[pipeline.State](ctx, e.Keeper, KindRun, id)
	if err != nil {
		return err
	}
	if state.Phase.Final() {
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("run %s is over: %s", id, state.Phase)}
	}
	return e.tell(id, pipeline.Cancel{Actor: actor, Reason: reason, At: e.now()})
}
