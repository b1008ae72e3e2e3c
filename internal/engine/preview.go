package engine

import (
	"context"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// Preview asks an environment's gates what they would say now of a release that
// does not exist yet.
func (e *Engine) Preview(ctx context.Context, service spec.Service, env spec.Environment, commit Commit) ([]davit.Finding, error) {
	facts := Facts{
		Service: service.Name, Environment: env.Name, Now: e.now(), Since: e.now(), Deadline: e.now().Add(gateDeadline), After: env.After,
		Release: davit.Release{ID: service.Name + "-next", Service: service.Name, Commit: commit.Hash, Author: commit.Author, Subject: commit.Subject},
	}
	all := []davit.Finding{{
		Gate: "quarantine", Answer: davit.Waiting, Reason: "is asked once the artifact is packed", At: facts.Now, Step: -1,
	}}
	for _, g := range env.Gates {
		f := e.Checks.Gate(ctx, g, facts)
		f.Gate, f.At, f.Step = g.Name, facts.Now, -1
		all = append(all, f)
	}
	return all, nil
}

// Lane returns a service's lane in an environment; an empty one before the
// first rollout.
func (e *Engine) Lane(ctx context.Context, service, environment string) (rollout.Lane, error) {
	return LoadLane(ctx, e.Keeper, service, environment)
}

// ServiceOf reads a service.
func (e *Engine) ServiceOf(ctx context.Context, name string) (Service, error) {
	_, s, err := record.Load[Service](ctx, e.Keeper, KindService, name)
	return s, err
}

// ConfigAt reads the davit.yaml of a commit.
func (e *Engine) ConfigAt(ctx context.Context, repo, commit string) (spec.File, error) {
	return e.config(ctx, repo, commit)
}
