package engine

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

// opening is a wish for a rollout.
type opening struct {
	run, environment, release, actor string
	intent                           rollout.Intent
	reason                           string
	done                             string       // effect that is over with it
	blame                            rollout.Side // is quarantined in the same breath
}

// open puts a rollout into its lane and returns its id. Asked twice for the
// same run and environment it returns the one that is there.
func (e *Engine) open(ctx context.Context, o opening) (string, error) {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	if o.run != "" {
		if id, err := e.rolloutOf(ctx, o.run, o.environment); err != nil || id != "" {
			if err == nil {
				err = e.tellLocked(o.run, pipeline.RolloutStarted{Environment: o.environment, Rollout: id, At: e.now()}, davit.Change{Done: []string{o.done}})
			}
			if err == nil {
				err = e.moveOn(ctx, id)
			}
			return id, err
		}
	}
	_, release, err := record.Load[Release](ctx, e.Keeper, KindRelease, o.release)
	if err != nil {
		return "", err
	}
	env, ok := release.environment(o.environment)
	if !ok {
		return "", &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("release %s has no environment %q", release.ID, o.environment), Hint: "its davit.yaml names: " + names(release.Spec.Environments)}
	}
	if q, err := e.quarantined(ctx, side(release, o.environment)); err != nil || q != "" && o.intent == rollout.Rollback {
		return "", refusedBy(err, release.ID, q)
	} else if q != "" && o.run == "" {
		return "", refusedBy(nil, release.ID, q)
	}
	if o.run == "" {
		if err := e.already(ctx, o, release.Service); err != nil {
			return "", err
		}
	}
	state, err := e.draft(o, release, env)
	if err != nil {
		return "", err
	}
	err = e.admit(ctx, o, &state)
	return state.ID, err
}

// already refuses a person's wish that is granted, or about to be.
func (e *Engine) already(ctx context.Context, o opening, service string) error {
	lane, err := LoadLane(ctx, e.Keeper, service, o.environment)
	if err != nil {
		return err
	}
	for _, id := range append([]string{lane.Active}, lane.Waiting...) {
		if id == "" {
			continue
		}
		s, err := LoadRollout(ctx, e.Keeper, id)
		if err != nil {
			return err
		}
		if s.New.Release == o.release && s.Phase != rollout.RollingBack && s.Phase != rollout.Stranded {
			return &davit.Error{
				Kind: davit.Conflict, Text: fmt.Sprintf("%s is on its way into %s already: rollout %s is %s", o.release, o.environment, id, s.Phase),
				Hint: "follow it with: davit rollouts " + id,
			}
		}
	}
	if lane.Active == "" && lane.Stable.Release == o.release {
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("%s is what runs in %s", o.release, o.environment)}
	}
	return nil
}

func refusedBy(err error, release, reason string) error {
	if err != nil {
		return err
	}
	return &davit.Error{Kind: davit.Denied, Text: fmt.Sprintf("%s is quarantined: %s", release, reason), Hint: "davit lift " + release + " --reason …, if it was not to blame"}
}

func names(envs []spec.Environment) string {
	var s strings.Builder
	for i, env := range envs {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(env.Name)
	}
	return s.String()
}

// draft compiles the plan of a rollout. A rollback goes straight to full: what
// it brings back has been judged before.
func (e *Engine) draft(o opening, release Release, env spec.Environment) (rollout.State, error) {
	plan, err := strategy.Compile(env)
	if err != nil {
		return rollout.State{}, fmt.Errorf("plan %s for %s: %w", release.ID, env.Name, err)
	}
	if o.intent == "" {
		o.intent = rollout.Deploy
	}
	if o.intent == rollout.Rollback {
		plan.Strategy = "rollback"
		plan.Steps = []davit.Step{{
			Name: "back", Capacity: env.Instances, Weight: davit.Full, Judge: davit.JudgeNone, Deadline: 10 * time.Minute,
			StopOld: plan.Steps[0].StopOld, // a recreated service never has two versions running
		}}
	}
	return rollout.State{
		Service: release.Service, Environment: env.Name, Run: o.run, Actor: o.actor, Intent: o.intent,
		New: side(release, env.Name), Plan: plan, Instances: env.Instances, NoData: env.Judge.NoData,
		GateWithin: gatesWithin(env.Gates), StartWithin: env.Run.StartWithin, Phase: rollout.Queued, Created: e.now(), Since: e.now(),
	}, nil
}

// gatesWithin is how long a rollout waits for its gates: a day longer than the
// longest that one of them may take by its own parameters.
func gatesWithin(gates []spec.Gate) time.Duration {
	longest := time.Duration(0)
	for _, g := range gates {
		for _, param := range []string{"within", "for", "timeout"} {
			text, _ := g.Params[param].(string)
			if d, err := spec.ParseDuration(text); err == nil {
				longest = max(longest, d)
			}
		}
	}
	return longest + gateDeadline
}

func side(r Release, environment string) rollout.Side {
	return rollout.Side{Release: r.ID, Commit: r.Commit, Artifact: r.Artifact, Config: r.Configs[environment]}
}

// admit keeps a drafted rollout in its lane, supersedes those that wait there,
// and starts it if the lane is free. The rollout gets its id and epoch here.
func (e *Engine) admit(ctx context.Context, o opening, state *rollout.State) error {
	fresh, empty := laneFresh(state.Service, state.Environment)
	laneRec, lane, err := record.LoadOr(ctx, e.Keeper, fresh, empty)
	if err != nil {
		return err
	}
	lane, state.ID, state.Epoch = lane.Admit()
	if laneRec, err = record.With(laneRec, lane); err != nil {
		return err
	}
	rec, err := rolloutRecord(davit.Record{}, *state)
	if err != nil {
		return err
	}
	change := davit.Change{Records: []davit.Record{laneRec, rec}, Events: []davit.Event{{
		At: e.now(), Kind: "rollout.queued", Actor: o.actor, Service: state.Service, Environment: state.Environment, Run: state.Run,
		Release: state.New.Release, Rollout: state.ID, Commit: state.New.Commit, Digest: state.New.Artifact,
		Text: fmt.Sprintf("%s is to replace %s in %s%s", state.New.Release, or(lane.Stable.Release, "nothing"), state.Environment, because(o.reason)),
		// The first state: from here on the journal alone tells the rest.
		Data: map[string]string{"intent": string(state.Intent), "strategy": state.Plan.Strategy, "state": string(rec.Body)},
	}}}
	if o.blame.Release != "" {
		err := e.condemn(ctx, &change, o.blame, state.New, Quarantine{
			Service: state.Service, Reason: o.reason, Actor: o.actor, Rollout: state.ID, At: e.now(),
		})
		if err != nil {
			return err
		}
	}
	if o.run != "" {
		change.Done = []string{o.done}
		err = e.tellLocked(o.run, pipeline.RolloutStarted{Environment: o.environment, Rollout: state.ID, At: e.now()}, change)
	} else {
		_, err = e.Keeper.Keep(ctx, change)
	}
	if err != nil {
		return fmt.Errorf("keep rollout %s: %w", state.ID, err)
	}
	// It is admitted, whatever becomes of what follows.
	if err := e.moveOn(ctx, state.ID); err != nil && e.ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "take up rollout", "rollout", state.ID, "err", err)
		e.afterwards("take up rollout", state.ID, func() error { return e.moveOn(e.ctx, state.ID) })
	}
	return nil
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// rolloutOf finds the rollout that a run has in an environment.
func (e *Engine) rolloutOf(ctx context.Context, run, environment string) (string, error) {
	_, state, err := record.Load[pipeline.State](ctx, e.Keeper, KindRun, run)
	if err != nil {
		return "", err
	}
	if d := state.Deployment(environment); d != nil && d.Rollout != "" {
		return d.Rollout, nil
	}
	return "", nil
}

// feed gives an input to a rollout.
func (e *Engine) feed(id string, in rollout.Input) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	return e.feedLocked(id, in)
}

func (e *Engine) feedLocked(id string, in rollout.Input) error {
	ctx := e.ctx
	rec, state, err := record.Load[rollout.State](ctx, e.Keeper, KindRollout, id)
	if err != nil {
		return err
	}
	before := state
	state, events := rollout.Step(state, in)
	next, err := rolloutRecord(rec, state)
	if err != nil {
		return err
	}
	if bytes.Equal(next.Body, rec.Body) && len(events) == 0 {
		return nil
	}
	change := davit.Change{Records: []davit.Record{next}, Events: events}
	if err := e.consequences(ctx, before, state, &change); err != nil {
		return err
	}
	if _, err := e.Keeper.Keep(ctx, change); err != nil {
		return fmt.Errorf("keep rollout %s: %w", id, err)
	}
	e.reconcile(state)
	e.tellRun(state)
	e.nudge()
	if state.Phase.Final() {
		e.forgetTrial(id)
		e.turnLane(state.Service, state.Environment)
	}
	return nil
}

// turnLane is laneTurn where the rollout before is kept as over: the next one
// must not be forgotten if its turn cannot be kept at once.
func (e *Engine) turnLane(service, environment string) {
	err := e.laneTurn(service, environment)
	if err == nil || e.ctx.Err() != nil {
		return
	}
	lane := service + "/" + environment
	e.Log.ErrorContext(e.ctx, "turn of a lane", "lane", lane, "err", err)
	e.afterwards("turn of a lane", lane, func() error { return e.laneTurn(service, environment) })
}

// moveOn takes up the lane of a rollout that was admitted while what follows
// from that could not be kept.
func (e *Engine) moveOn(ctx context.Context, id string) error {
	s, err := LoadRollout(ctx, e.Keeper, id)
	if err != nil || s.Phase != rollout.Queued {
		return err
	}
	lane, err := LoadLane(ctx, e.Keeper, s.Service, s.Environment)
	if err != nil {
		return err
	}
	if err := e.supersedeOlder(lane); err != nil {
		return err
	}
	return e.laneTurn(s.Service, s.Environment)
}

// consequences adds to a change what follows from a rollout's new state: the
// lane's stable version, the quarantine of a digest, the release's record.
func (e *Engine) consequences(ctx context.Context, before, s rollout.State, change *davit.Change) error {
	laneRec, lane, err := record.Load[rollout.Lane](ctx, e.Keeper, KindLane, s.Service+"/"+s.Environment)
	if err != nil {
		return err
	}
	changed := false
	if stable := rollout.Stable(s); before.Phase != rollout.Queued && stable != lane.Stable {
		changed = true
		if s.Phase == rollout.RollingBack {
			lane = lane.Unsettle(lane.Stable, stable)
		} else {
			lane = lane.Settle(stable)
		}
	}
	if s.Phase.Final() {
		changed = true
		lane = lane.Leave(s.ID)
	}
	if changed {
		if laneRec, err = record.With(laneRec, lane); err != nil {
			return err
		}
		change.Records = append(change.Records, laneRec)
	}
	if s.Phase == rollout.Promoting && before.Phase != rollout.Promoting {
		if err := e.reached(ctx, s, change); err != nil {
			return err
		}
	}
	if s.Phase == rollout.RollingBack && before.Phase != rollout.RollingBack && s.Quarantine {
		return e.condemn(ctx, change, s.New, s.Old, Quarantine{
			Service: s.Service, Reason: s.Reason, Actor: decider(change.Events), Rollout: s.ID, At: e.now(),
		})
	}
	return nil
}

// decider is who sent a rollout back.
func decider(events []davit.Event) string {
	for _, ev := range events {
		if ev.Kind == "rollout.rolling-back" {
			return ev.Actor
		}
	}
	return "davit"
}

func (e *Engine) reached(ctx context.Context, s rollout.State, change *davit.Change) error {
	rec, release, err := record.Load[Release](ctx, e.Keeper, KindRelease, s.New.Release)
	if err != nil {
		return err
	}
	if release.Reached == nil {
		release.Reached = map[string]time.Time{}
	}
	if _, there := release.Reached[s.Environment]; there {
		return nil
	}
	release.Reached[s.Environment] = e.now()
	if rec, err = record.With(rec, release); err != nil {
		return err
	}
	change.Records = append(change.Records, rec)
	return nil
}

// laneTurn begins the rollout whose turn it is.
func (e *Engine) laneTurn(service, environment string) error {
	rec, lane, err := record.Load[rollout.Lane](e.ctx, e.Keeper, KindLane, service+"/"+environment)
	if err != nil {
		return err
	}
	next, id := lane.Turn()
	if id != "" {
		if rec, err = record.With(rec, next); err != nil {
			return err
		}
		if _, err = e.Keeper.Keep(e.ctx, davit.Change{Records: []davit.Record{rec}}); err != nil {
			return fmt.Errorf("keep lane %s: %w", rec.ID, err)
		}
		lane = next
	}
	if lane.Active == "" {
		return nil
	}
	return e.feedLocked(lane.Active, rollout.Begin{Old: lane.Stable, At: e.now()})
}

// tellRun tells a run how its rollout stands. It is told at promotion: settling
// is not its business, a late way back is (and comes as a second word).
func (e *Engine) tellRun(s rollout.State) {
	if s.Run == "" || e.reported[s.ID] == s.Phase {
		return
	}
	in := runInput(s, e.now())
	if in == nil {
		return
	}
	e.reported[s.ID] = s.Phase
	if s.Phase.Final() {
		delete(e.reported, s.ID)
	}
	if err := e.tellLocked(s.Run, in, davit.Change{}); err != nil && e.ctx.Err() == nil {
		e.Log.ErrorContext(e.ctx, "tell run", "run", s.Run, "rollout", s.ID, "err", err)
		if passing(err) {
			e.afterwards("tell run", s.Run, func() error { return e.tellLocked(s.Run, in, davit.Change{}) })
		}
	}
}

// runInput is what a run hears of its rollout's state; nil: nothing.
func runInput(s rollout.State, at time.Time) pipeline.Input {
	finished := func(outcome pipeline.RolloutOutcome) pipeline.Input {
		return pipeline.RolloutFinished{Environment: s.Environment, Rollout: s.ID, Outcome: outcome, Reason: s.Reason, By: s.DecidedBy, At: at}
	}
	switch s.Phase {
	case rollout.Settling, rollout.Done:
		return finished(pipeline.RolloutDone)
	case rollout.RolledBack:
		return finished(pipeline.RolloutRolledBack)
	case rollout.Superseded:
		in := finished(pipeline.RolloutSuperseded).(pipeline.RolloutFinished)
		in.By = s.SupersededBy
		return in
	case rollout.Stranded:
		return finished(pipeline.RolloutStranded)
	case rollout.Cancelled:
		if len(s.DecidedBy) > 5 && s.DecidedBy[:5] == "gate " {
			return finished(pipeline.RolloutRefused)
		}
		return finished(pipeline.RolloutCancelled)
	case rollout.Held:
		return pipeline.RolloutHeld{Environment: s.Environment, Rollout: s.ID, Reason: held(s), At: at}
	case rollout.Preparing:
		if s.Hold != nil {
			return pipeline.RolloutHeld{Environment: s.Environment, Rollout: s.ID, Reason: s.Hold.Reason, At: at}
		}
		return nil
	case rollout.Baking, rollout.Shifting:
		return pipeline.RolloutHeld{Environment: s.Environment, Rollout: s.ID, At: at}
	case rollout.Queued, rollout.Verifying, rollout.Promoting, rollout.RollingBack:
	}
	return nil
}

func held(s rollout.State) string {
	if s.Hold == nil {
		return "held"
	}
	return s.Hold.Reason
}
