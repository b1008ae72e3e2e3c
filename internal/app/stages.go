package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/source"
	"github.com/davit-cd/davit/internal/spec"
)

// stages lets the engine run stages.
type stages struct {
	runner  *runner.Runner
	source  *source.Repositories
	log     *slog.Logger
	secrets func(ctx context.Context, service, environment string, names []string) (map[string]string, error)
}

// RunStage runs one attempt and says what came of it.
func (s stages) RunStage(ctx context.Context, job engine.StageJob) pipeline.StageFinished {
	stage, ok := stageOf(job.Run.Spec, job.Stage)
	if !ok {
		return pipeline.StageFinished{Outcome: pipeline.OutcomeFailed, Reason: "its davit.yaml has no stage " + job.Stage}
	}
	secrets, err := s.secrets(ctx, job.Run.Service, "", secretNames(stage.Secrets))
	if err != nil {
		return pipeline.StageFinished{Outcome: pipeline.OutcomeFailed, Reason: err.Error()}
	}
	outcome, err := s.runner.Run(ctx, runner.Job{
		Run: job.Run.ID, Attempt: job.Attempt, Service: job.Run.Service, Repo: job.Run.Repo, Branch: job.Run.Branch, Commit: job.Run.Commit,
		Path: job.Run.Spec.Path, Stage: stage, Inputs: inputs(job.Run, stage.Needs), Secrets: secrets,
		Checkout: func(ctx context.Context, dir string) error {
			return s.source.Checkout(ctx, job.Run.Repo, job.Run.Commit, dir)
		},
		Started: func(time.Time) { job.Started() },
	})
	if err != nil { // not the stage's fault; the reason says so without naming folders of this machine
		s.log.WarnContext(ctx, "stage", "run", job.Run.ID, "stage", job.Stage, "err", err)
	}
	return pipeline.StageFinished{Outcome: outcome.Outcome, Reason: outcome.Reason, Facts: outcome.Facts}
}

// Reap ends what an earlier server left running of a stage.
func (s stages) Reap(ctx context.Context, run, stage string) error {
	return s.runner.Reap(ctx, run, stage)
}

// Tidy removes a run's working folders.
func (s stages) Tidy(_ context.Context, run string) error { return s.runner.Tidy(run) }

func stageOf(service spec.Service, name string) (spec.Stage, bool) {
	for _, s := range service.Stages {
		if s.Name == name {
			return s, true
		}
	}
	return spec.Stage{}, false
}

func secretNames(refs []davit.SecretRef) []string {
	var names []string
	for _, r := range refs {
		names = append(names, r.Name)
	}
	return names
}

// inputs are the outputs of the stages named and of those they need, in the
// order of the file: what comes later wins.
func inputs(run pipeline.State, needs []string) []davit.Digest {
	wanted := map[string]bool{}
	var want func(names []string)
	want = func(names []string) {
		for _, n := range names {
			if wanted[n] {
				continue
			}
			wanted[n] = true
			if s, ok := stageOf(run.Spec, n); ok {
				want(s.Needs)
			}
		}
	}
	want(needs)
	var digests []davit.Digest
	for _, s := range run.Stages {
		if wanted[s.Name] && s.Facts.Outputs != "" {
			digests = append(digests, s.Facts.Outputs)
		}
	}
	return digests
}
