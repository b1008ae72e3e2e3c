package engine

import (
	"context"
	"fmt"
	"maps"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// workload says how a release runs in an environment.
func workload(r Release, env spec.Environment) davit.Workload {
	run := env.Run
	w := davit.Workload{
		Service: r.Service, Environment: env.Name, Release: r.ID, Artifact: r.Artifact, Config: r.Configs[env.Name],
		Command: run.Argv(), Static: run.Static, Env: maps.Clone(run.Env), Secrets: run.Secrets, Protocol: run.Protocol,
		Ready: run.Ready, Live: run.Live, StartWithin: run.StartWithin, StopWithin: run.StopWithin, Memory: run.Memory, CPU: run.CPU,
	}
	if w.Env == nil {
		w.Env = map[string]string{}
	}
	w.Env["DAVIT_COMMIT"] = r.Commit
	return w
}

// compose makes the router's route for what a rollout wants, with the
// instances that are ready now.
func (e *Engine) compose(ctx context.Context, s rollout.State, want rollout.Route) (davit.Route, error) {
	_, env, err := releaseIn(ctx, e.Keeper, s.New.Release, s.Environment)
	if err != nil {
		return davit.Route{}, err
	}
	route := davit.Route{
		Service: s.Service, Environment: s.Environment, Epoch: s.Epoch, Revision: want.Revision, Hosts: env.Hosts,
		Salt: s.Service + "/" + s.Environment + "/", Sticky: env.Sticky, Match: want.Match, Mirror: want.Mirror, Hold: want.Hold,
	}
	if want.Old != "" {
		old, err := e.version(ctx, want.Old, s.Environment)
		if err != nil {
			return route, err
		}
		if !want.Hold { // requests wait: none goes to what is being stopped
			old.Weight = davit.Full - want.Weight
		}
		route.Versions = append(route.Versions, old)
	}
	if want.New != "" {
		v, err := e.version(ctx, want.New, s.Environment)
		if err != nil {
			return route, err
		}
		if len(v.Backends) == 0 && (want.Weight > 0 || len(want.Match) > 0) {
			return route, &davit.Error{Kind: davit.Unavailable, Text: "no instance of " + want.New + " is ready"}
		}
		v.New, v.Weight, v.Mirror = want.Old != "" || want.Weight < davit.Full, want.Weight, want.Mirror > 0
		route.Versions = append(route.Versions, v)
	}
	return route, nil
}

// version lists a release's ready instances as the router needs them.
func (e *Engine) version(ctx context.Context, id, environment string) (davit.RouteVersion, error) {
	release, env, err := releaseIn(ctx, e.Keeper, id, environment)
	if err != nil {
		return davit.RouteVersion{}, err
	}
	target, err := e.target(env.Target)
	if err != nil {
		return davit.RouteVersion{}, err
	}
	v := davit.RouteVersion{Release: id, Protocol: env.Run.Protocol}
	for _, i := range target.Instances(release.Service, environment) {
		if i.Release == id && (i.State == davit.Ready || i.State == davit.NotReady || i.State == davit.BackOff) {
			v.Backends = append(v.Backends, davit.Backend{Instance: i.ID, Address: i.Address})
		}
	}
	return v, nil
}

// gates asks everything that may keep a rollout from beginning.
func (e *Engine) gates(ctx context.Context, s rollout.State) ([]davit.Finding, error) {
	release, env, err := releaseIn(ctx, e.Keeper, s.New.Release, s.Environment)
	if err != nil {
		return nil, err
	}
	reason, err := e.quarantined(ctx, s.New)
	if err != nil {
		return nil, err
	}
	_, given, err := record.LoadOr(ctx, e.Keeper, davit.Record{Kind: KindApproval, ID: s.ID}, Approvals{})
	if err != nil {
		return nil, err
	}
	pusher := s.Actor
	if s.Run != "" { // the rollout is Davit's doing, the commit is not
		run, err := LoadRun(ctx, e.Keeper, s.Run)
		if err != nil {
			return nil, fmt.Errorf("who pushed %s: %w", release.ID, err)
		}
		pusher = run.Pusher
	}
	facts := Facts{
		Service: s.Service, Environment: s.Environment, Release: release.Release, Rollout: s.ID, Pusher: pusher,
		Approvals: given.Given, After: env.After, Reached: release.Reached, Quarantined: reason,
		Since: s.Since, Deadline: s.Deadline, Now: e.now(),
	}
	asked := []spec.Gate{{Name: "quarantine"}}
	if s.Intent == rollout.Deploy {
		asked = append(asked, env.Gates...)
	}
	var all []davit.Finding
	for _, g := range asked {
		f := e.Checks.Gate(ctx, g, facts)
		f.Gate, f.Release, f.Artifact, f.Config, f.Epoch, f.Step, f.At = g.Name, release.ID, s.New.Artifact, s.New.Config, s.Epoch, -1, e.now()
		all = append(all, f)
	}
	return all, nil
}
