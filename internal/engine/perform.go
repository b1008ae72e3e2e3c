package engine

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
)

// perform does an effect of a run in the background and tells the run what came
// of it.
func (e *Engine) perform(run string, effect pipeline.Effect) {
	e.doing.Go(func() {
		switch effect := effect.(type) {
		case pipeline.StartStage:
			e.runStage(effect)
		case pipeline.StopStage:
			e.stopStage(effect)
		case pipeline.Package:
			e.pack(effect)
		case pipeline.StartRollout:
			e.startRollout(effect)
		case pipeline.StopRollout:
			e.stopRollout(effect)
		case pipeline.Finish:
			e.finish(effect)
		default:
			e.Log.ErrorContext(e.ctx, "unknown effect", "run", run, "effect", fmt.Sprintf("%T", effect))
		}
	})
}

func stageKey(run, stage string, attempt int) string {
	return fmt.Sprintf("%s/%s/%d", run, stage, attempt)
}

func (e *Engine) runStage(effect pipeline.StartStage) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	key := stageKey(effect.Run, effect.Stage, effect.Attempt)
	e.stopMu.Lock()
	e.stopping[key] = cancel
	e.stopMu.Unlock()
	defer func() {
		e.stopMu.Lock()
		delete(e.stopping, key)
		e.stopMu.Unlock()
	}()
	_, state, err := record.Load[pipeline.State](e.ctx, e.Keeper, KindRun, effect.Run)
	if err != nil {
		e.Log.ErrorContext(e.ctx, "load run", "run", effect.Run, "err", err)
		return
	}
	if stage := state.Stage(effect.Stage); stage == nil || !stage.Phase.Active() || stage.Attempt != effect.Attempt {
		e.forget(effect.Run, effect.Key())
		return
	}
	if err := e.Stages.Reap(ctx, effect.Run, effect.Stage); err != nil {
		e.Log.WarnContext(ctx, "reap stage", "run", effect.Run, "stage", effect.Stage, "err", err)
	}
	finished := e.Stages.RunStage(ctx, StageJob{Run: state, Stage: effect.Stage, Attempt: effect.Attempt, Started: func() {
		e.tellOrLog(effect.Run, pipeline.StageStarted{Stage: effect.Stage, Attempt: effect.Attempt, At: e.now()})
	}})
	if e.ctx.Err() != nil {
		return // a shutdown is not a result: the effect stays and is done again
	}
	finished.Stage, finished.Attempt, finished.At = effect.Stage, effect.Attempt, e.now()
	e.tellOrLog(effect.Run, finished, effect.Key())
}

func (e *Engine) stopStage(effect pipeline.StopStage) {
	e.stopMu.Lock()
	cancel := e.stopping[stageKey(effect.Run, effect.Stage, effect.Attempt)]
	e.stopMu.Unlock()
	if cancel != nil {
		cancel()
	}
	if err := e.Stages.Reap(e.ctx, effect.Run, effect.Stage); err != nil {
		e.Log.WarnContext(e.ctx, "stop stage", "run", effect.Run, "stage", effect.Stage, "err", err)
	}
	e.forget(effect.Run, effect.Key())
}

// forget marks an effect as over.
func (e *Engine) forget(run, key string) {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	_, err := e.Keeper.Keep(e.ctx, davit.Change{Done: []string{key}})
	if err != nil && e.ctx.Err() == nil { // the next process does it once more
		e.Log.ErrorContext(e.ctx, "forget effect", "run", run, "effect", key, "err", err)
	}
}

// pack makes the release. The same content gives the same digest, so packing
// again after a crash gives the same release.
func (e *Engine) pack(effect pipeline.Package) {
	ctx, cancel := context.WithTimeout(e.ctx, time.Hour)
	defer cancel()
	_, state, err := record.Load[pipeline.State](ctx, e.Keeper, KindRun, effect.Run)
	if err != nil {
		e.Log.ErrorContext(ctx, "load run", "run", effect.Run, "err", err)
		return
	}
	digest, size, err := e.Packer.Pack(ctx, state)
	if e.ctx.Err() != nil {
		return
	}
	if err != nil {
		e.tellOrLog(effect.Run, pipeline.Packaged{Err: err.Error(), At: e.now()}, effect.Key())
		return
	}
	err = e.persist(e.ctx, "keep release", effect.Run, func() error { return e.keepRelease(state, digest, size, effect.Key()) })
	if err != nil && e.ctx.Err() == nil {
		e.Log.ErrorContext(ctx, "keep release", "run", effect.Run, "err", err)
	}
}

func (e *Engine) keepRelease(run pipeline.State, digest davit.Digest, size int64, key string) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	serviceRec, service, err := record.Load[Service](e.ctx, e.Keeper, KindService, run.Service)
	if err != nil {
		return err
	}
	service.Release++
	release := Release{Spec: run.Spec, Release: davit.Release{
		ID: fmt.Sprintf("%s-%d", run.Service, service.Release), Service: run.Service, Number: service.Release,
		Run: run.ID, Repo: run.Repo, Commit: run.Commit, Subject: run.Subject, Author: run.Author,
		Artifact: digest, Configs: map[string]davit.Digest{}, Size: size, Created: e.now(), Evidence: evidence(run, digest),
	}}
	for _, env := range run.Spec.Environments {
		release.Configs[env.Name] = run.Spec.ConfigDigest(env.Name)
	}
	if serviceRec, err = record.With(serviceRec, service); err != nil {
		return err
	}
	rec, err := record.With(davit.Record{Kind: KindRelease, ID: release.ID, Service: run.Service, Phase: "packed"}, release)
	if err != nil {
		return err
	}
	if err := e.Packer.Tag(e.ctx, run.Service, release.ID, digest); err != nil {
		return fmt.Errorf("tag %s: %w", release.ID, err)
	}
	return e.tellLocked(run.ID, pipeline.Packaged{Release: release.ID, Digest: digest, At: e.now()}, davit.Change{
		Records: []davit.Record{serviceRec, rec}, Done: []string{key},
		Events: []davit.Event{{
			At: e.now(), Kind: "release.created", Actor: "davit", Service: run.Service, Run: run.ID, Release: release.ID, Commit: run.Commit, Digest: digest,
			Text: fmt.Sprintf("%s is packed: %s, %d bytes", release.ID, digest.Short(), size),
		}},
	})
}

// evidence sums up what the stages said, for whoever asks why a release exists.
func evidence(run pipeline.State, digest davit.Digest) []davit.Finding {
	var all []davit.Finding
	for _, s := range run.Stages {
		f := davit.Finding{
			Gate: "stage " + s.Name, Answer: davit.Passed, Reason: s.Reason, Artifact: digest, Step: -1, At: s.Finished,
			Evidence: map[string]string{"phase": string(s.Phase), "attempt": fmt.Sprint(s.Attempt)},
		}
		if t := s.Facts.Tests; t.Total() > 0 {
			maps.Copy(f.Evidence, map[string]string{
				"passed": fmt.Sprint(t.Passed), "failed": fmt.Sprint(t.Failed), "skipped": fmt.Sprint(t.Skipped), "flaky": fmt.Sprint(t.Flaky),
			})
		}
		all = append(all, f)
	}
	return all
}

func (e *Engine) startRollout(effect pipeline.StartRollout) {
	var id string
	err := e.persist(e.ctx, "start rollout", effect.Run, func() (err error) {
		id, err = e.open(e.ctx, opening{run: effect.Run, environment: effect.Environment, release: effect.Release, actor: "davit", done: effect.Key()})
		return err
	})
	if e.ctx.Err() != nil {
		return
	}
	if err != nil {
		e.tellOrLog(effect.Run, pipeline.RolloutFinished{
			Environment: effect.Environment, Rollout: id, Outcome: pipeline.RolloutRefused, Reason: err.Error(), By: "davit", At: e.now(),
		}, effect.Key())
	}
}

func (e *Engine) stopRollout(effect pipeline.StopRollout) {
	id := effect.Rollout
	if id == "" {
		id, _ = e.rolloutOf(e.ctx, effect.Run, effect.Environment)
	}
	if id != "" {
		if err := e.stop(e.ctx, id, effect.Actor, effect.Reason); err != nil && e.ctx.Err() == nil {
			e.Log.WarnContext(e.ctx, "stop rollout", "rollout", id, "err", err)
		}
	}
	e.forget(effect.Run, effect.Key())
}

func (e *Engine) finish(effect pipeline.Finish) {
	if err := e.Stages.Tidy(e.ctx, effect.Run); err != nil {
		e.Log.WarnContext(e.ctx, "tidy run", "run", effect.Run, "err", err)
	}
	e.forget(effect.Run, effect.Key())
}
