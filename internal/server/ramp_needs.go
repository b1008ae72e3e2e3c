package server

import (
	"context"

	"github.com/davit-cd/davit/internal/api"
)

// Ramps give variants of flags to more and more users. actor is the name of the
// credential.
type Ramps interface {
	ListRamps(ctx context.Context, project string) ([]api.Ramp, error)
	Ramp(ctx context.Context, project, environment, flag string) (api.Ramp, error)
	// RampPicture draws a ramp, from the unix second after on if its step is still step.
	RampPicture(ctx context.Context, project, environment, flag string, after, step int64) (api.RampPicture, error)
	StartRamp(ctx context.Context, actor, project, environment, flag string, r api.StartRamp) (api.Ramp, error)
	SteerRamp(ctx context.Context, actor, project, environment, flag, wish string, s api.SteerRamp) (api.Ramp, error)
}

// Experiments are A/B tests on flags.
type Experiments interface {
	ListExperiments(ctx context.Context, project string) ([]api.Experiment, error)
	Experiment(ctx context.Context, project, name string) (api.Experiment, error)
	CreateExperiment(ctx context.Context, actor, project string, e api.CreateExperiment) (api.Experiment, error)
	MoveExperiment(ctx context.Context, actor, project, name, wish string, m api.MoveExperiment) (api.Experiment, error)
	Minutes(ctx context.Context, project, name string, since int64) ([]api.Minute, error)
}

// Events take in what users did and saw.
type Events interface {
	Track(ctx context.Context, project, environment string, events []api.Tracked) (api.Accepted, error)
	FlagSets() []string
}
