package engine

import (
	"context"
	"fmt"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"

	"github.com/davit-cd/davit/internal/record"
)

// LoadRun reads a run.
func LoadRun(ctx context.Context, k Keeper, id string) (pipeline.State, error) {
	_, s, err := record.Load[pipeline.State](ctx, k, KindRun, id)
	return s, err
}

// LoadRollout reads a rollout.
func LoadRollout(ctx context.Context, k Keeper, id string) (rollout.State, error) {
	_, s, err := record.Load[rollout.State](ctx, k, KindRollout, id)
	return s, err
}

// LoadRelease reads a release.
func LoadRelease(ctx context.Context, k Keeper, id string) (Release, error) {
	_, r, err := record.Load[Release](ctx, k, KindRelease, id)
	return r, err
}

// releaseIn reads a release with what its own davit.yaml says of an environment.
func releaseIn(ctx context.Context, k Keeper, id, environment string) (Release, spec.Environment, error) {
	release, err := LoadRelease(ctx, k, id)
	if err != nil {
		return Release{}, spec.Environment{}, err
	}
	env, ok := release.environment(environment)
	if !ok {
		return release, env, fmt.Errorf("release %s has no environment %s", id, environment)
	}
	return release, env, nil
}

// LoadLane reads a lane; an empty one before the first rollout.
func LoadLane(ctx context.Context, k Keeper, service, environment string) (rollout.Lane, error) {
	fresh, empty := laneFresh(service, environment)
	_, lane, err := record.LoadOr(ctx, k, fresh, empty)
	return lane, err
}
