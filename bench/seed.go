package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/artifact"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/strategy"
)

// past is what a server is to find when it starts, as if it had all happened.
type past struct {
	services int
	running  int // the newest so many services serve a release; the others were never deployed
	runs     int // of each service that serves, the last one deployed
	events   int // of the journal, in all
	config   func(name string) string
}

// seeder writes a past into a data folder through the store and the registry.
type seeder struct {
	past
	store    *store.Store
	artifact davit.Digest
	now      time.Time
	change   davit.Change
	written  int // events
}

// seed makes the data folder.
func seed(ctx context.Context, b *bench, data string, p past) (err error) {
	files := b.folder("artifact")
	if err := os.MkdirAll(files, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "version"), []byte("1\n"), 0o600); err != nil {
		return err
	}
	registry, err := artifact.Open(filepath.Join(data, "registry"), artifact.Options{})
	if err != nil {
		return err
	}
	digest, _, err := registry.PackFolder(ctx, artifact.PackOptions{Repository: "seed", Folder: files})
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(data, "state.db")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	w := &seeder{past: p, store: st, artifact: digest, now: time.Now().UTC().Add(-24 * time.Hour).Truncate(time.Second)}
	for i := range p.services {
		if err := w.service(ctx, i); err != nil {
			return err
		}
	}
	for w.written < p.events {
		w.event("run.stage-passed", fmt.Sprintf("s%05d", w.written%p.services), "test passed in 12 s: 240 passed, 3 skipped.")
		if err := w.flush(ctx, 500); err != nil {
			return err
		}
	}
	return w.flush(ctx, 1)
}

// flush writes what has gathered if it is enough.
func (w *seeder) flush(ctx context.Context, enough int) error {
	if len(w.change.Events) < enough && len(w.change.Records) < enough {
		return nil
	}
	_, err := w.store.Keep(ctx, w.change)
	w.change = davit.Change{}
	return err
}

func (w *seeder) event(kind, service, text string) {
	w.written++
	w.now = w.now.Add(10 * time.Millisecond)
	w.change.Events = append(w.change.Events, davit.Event{
		At: w.now, Kind: kind, Actor: "davit", Service: service, Run: service + "-run-1", Commit: commitOf(service, 1), Text: text,
		Data: map[string]string{"stage": "test", "attempt": "1", "seconds": "12.0"},
	})
}

func commitOf(service string, run int) string {
	return string(davit.DigestOf(fmt.Appendf(nil, "%s/%d", service, run)))[len("sha256:"):][:40]
}

func (w *seeder) put(kind, id, service, environment, phase string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.now = w.now.Add(time.Millisecond)
	w.change.Records = append(w.change.Records, davit.Record{Kind: kind, ID: id, Service: service, Environment: environment, Phase: phase, Created: w.now, Body: b})
	return nil
}

// service writes one service with its runs, releases, rollouts and lanes.
func (w *seeder) service(ctx context.Context, i int) error {
	name := fmt.Sprintf("s%05d", i)
	file, err := spec.Parse(engine.ConfigFile, []byte(w.config(name)), app.Known())
	if err != nil {
		return err
	}
	sp, runs := file.Services[0], 1
	serves := i >= w.services-w.running
	if serves {
		runs = max(w.runs, 1)
	}
	for n := 1; n <= runs; n++ {
		if err := w.run(sp, n, serves); err != nil {
			return err
		}
	}
	kept := engine.Service{Name: name, Repo: name, Commit: commitOf(name, runs), Spec: sp, Runs: runs}
	if serves {
		kept.Release = runs
	}
	if err := w.put(engine.KindService, name, name, "", "active", kept); err != nil {
		return err
	}
	for _, env := range sp.Environments {
		if !serves {
			break
		}
		lane := rollout.Lane{Service: name, Environment: env.Name, Epoch: uint64(runs)}
		for n := 1; n <= runs; n++ {
			lane = lane.Settle(w.side(sp, env.Name, n))
		}
		if err := w.put(engine.KindLane, name+"/"+env.Name, name, env.Name, "", lane); err != nil {
			return err
		}
	}
	return w.flush(ctx, 500)
}

func (w *seeder) side(sp spec.Service, env string, n int) rollout.Side {
	return rollout.Side{Release: fmt.Sprintf("%s-%d", sp.Name, n), Commit: commitOf(sp.Name, n), Artifact: w.artifact, Config: sp.ConfigDigest(env)}
}

// run writes a run and, if the service serves, the release and the rollouts
// that came of it.
func (w *seeder) run(sp spec.Service, n int, serves bool) error {
	s, events := pipeline.New(pipeline.Origin{
		ID: fmt.Sprintf("%s-run-%d", sp.Name, n), Service: sp.Name, Repo: sp.Name, Branch: "main", Commit: commitOf(sp.Name, n),
		Author: "Ana", Subject: "Mend the till", Pusher: "ana", Created: w.now, Spec: sp,
	}, []string{"till.go"})
	s.Phase, s.StoppedBy, s.Why = pipeline.Failed, "test", "A test failed."
	for i := range s.Stages {
		s.Stages[i].Phase, s.Stages[i].Attempt, s.Stages[i].Started, s.Stages[i].Finished = pipeline.StagePassed, 1, w.now, w.now.Add(12*time.Second)
	}
	if serves {
		s.Phase, s.StoppedBy, s.Why = pipeline.Succeeded, "", "It serves in every environment."
		s.Release, s.Artifact = fmt.Sprintf("%s-%d", sp.Name, n), w.artifact
		if err := w.release(sp, &s, n); err != nil {
			return err
		}
	}
	s.Entered = append(s.Entered, pipeline.Entry{Phase: s.Phase, At: w.now.Add(30 * time.Second)})
	w.change.Events = append(w.change.Events, events...)
	w.written += len(events)
	return w.put(engine.KindRun, s.ID, sp.Name, "", string(s.Phase), s)
}

func (w *seeder) release(sp spec.Service, run *pipeline.State, n int) error {
	r := engine.Release{Spec: sp, Reached: map[string]time.Time{}, Release: davit.Release{
		ID: run.Release, Service: sp.Name, Number: n, Run: run.ID, Repo: sp.Name, Commit: run.Commit, Subject: run.Subject, Author: run.Author,
		Artifact: w.artifact, Configs: map[string]davit.Digest{}, Size: 512, Created: w.now,
	}}
	for i, env := range sp.Environments {
		plan, err := strategy.Compile(env)
		if err != nil {
			return err
		}
		r.Configs[env.Name], r.Reached[env.Name] = sp.ConfigDigest(env.Name), w.now
		o := rollout.State{
			ID: fmt.Sprintf("%s-%s-r%d", sp.Name, env.Name, n), Service: sp.Name, Environment: env.Name, Run: run.ID, Actor: "davit", Intent: rollout.Deploy,
			Epoch: uint64(n), New: w.side(sp, env.Name, n), Plan: plan, Instances: env.Instances, Phase: rollout.Done, Step: len(plan.Steps) - 1, Weight: davit.Full,
			Created: w.now, Since: w.now, Ended: w.now.Add(20 * time.Second), Gated: true, Settled: true, Drained: true,
		}
		if n > 1 {
			o.Old = w.side(sp, env.Name, n-1)
		}
		run.Deployments[i] = pipeline.Deployment{Environment: env.Name, Phase: pipeline.DeploymentDone, Rollout: o.ID}
		if err := w.put(engine.KindRollout, o.ID, sp.Name, env.Name, string(o.Phase), o); err != nil {
			return err
		}
	}
	return w.put(engine.KindRelease, r.ID, sp.Name, "", "packed", r)
}
