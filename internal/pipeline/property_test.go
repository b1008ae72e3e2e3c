package pipeline_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
	"pgregory.net/rapid"
)

// drawRun draws a run of up to five stages and three environments.
func drawRun(t *rapid.T) pipeline.State {
	service := spec.Service{Name: "shop", Branch: "main", FailFast: rapid.Bool().Draw(t, "failfast")}
	for i := range rapid.IntRange(0, 5).Draw(t, "stages") {
		stage := spec.Stage{Name: fmt.Sprintf("s%d", i), Attempts: rapid.IntRange(1, 3).Draw(t, "attempts")}
		stage.Backoff = time.Duration(rapid.IntRange(0, 20).Draw(t, "backoff")) * time.Second
		stage.Timeout = time.Duration(rapid.IntRange(0, 2).Draw(t, "timeout")) * time.Minute
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "need") == 0 {
				stage.Needs = append(stage.Needs, fmt.Sprintf("s%d", j))
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "when") == 0 {
			stage.When.Paths = []string{"never/**"}
		}
		service.Stages = append(service.Stages, stage)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "environments") {
		service.Environments = append(service.Environments, spec.Environment{Name: fmt.Sprintf("e%d", i)})
	}
	branch := rapid.SampledFrom([]string{"main", "main", "main", "topic"}).Draw(t, "branch")
	s, _ := pipeline.New(pipeline.Origin{ID: "r", Service: "shop", Branch: branch, Spec: service, Created: time.Unix(0, 0)}, []string{"a.go"})
	return s
}

// drawInput draws anything that may reach a run: sensible, late, twice, wrong.
func drawInput(t *rapid.T, s pipeline.State, now time.Time) pipeline.Input {
	stage, env, attempt := "none", "none", 0
	if n := len(s.Stages); n > 0 {
		g := s.Stages[rapid.IntRange(0, n-1).Draw(t, "stage")]
		stage, attempt = g.Name, max(0, g.Attempt-rapid.IntRange(0, 4).Draw(t, "late")/4)
	}
	if n := len(s.Deployments); n > 0 {
		env = s.Deployments[rapid.IntRange(0, n-1).Draw(t, "environment")].Environment
	}
	outcome := rapid.SampledFrom([]pipeline.StageOutcome{"passed", "passed", "passed", "failed", "timed-out", "lost", "?"}).Draw(t, "outcome")
	rollout := rapid.SampledFrom([]pipeline.RolloutOutcome{"done", "done", "done", "rolled-back", "cancelled", "superseded", "stranded", "refused", "?"}).Draw(t, "rollout")
	switch rapid.IntRange(0, 24).Draw(t, "input") {
	case 0, 1, 2:
		return pipeline.Start{At: now}
	case 3, 4, 5, 6:
		return pipeline.StageStarted{Stage: stage, Attempt: attempt, At: now}
	case 7, 8, 9, 10, 11, 12:
		return pipeline.StageFinished{Stage: stage, Attempt: attempt, Outcome: outcome, At: now}
	case 13:
		return pipeline.Lost{Stage: stage, At: now}
	case 14, 15:
		return pipeline.Packaged{Release: "r-1", Digest: "sha256:1", At: now}
	case 16:
		return pipeline.RolloutStarted{Environment: env, Rollout: "ro-" + env, At: now}
	case 17, 18, 19:
		return pipeline.RolloutFinished{Environment: env, Rollout: "ro-" + env, Outcome: rollout, At: now}
	case 20:
		return pipeline.RolloutHeld{Environment: env, Reason: "waits", At: now}
	case 21:
		if rapid.IntRange(0, 2).Draw(t, "rare") == 0 {
			return pipeline.Cancel{Actor: "ann", At: now}
		}
	case 22:
		if rapid.IntRange(0, 2).Draw(t, "rare") == 0 {
			return pipeline.Supersede{By: "r2", At: now}
		}
	}
	return pipeline.Tick{At: now}
}

// TestSafety holds what must be true whatever arrives in whatever order.
func TestSafety(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawRun(t)
		now := time.Unix(0, 0)
		seen := map[string]bool{}
		for range rapid.IntRange(1, 80).Draw(t, "inputs") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second)
			in := drawInput(t, s, now)
			before := throughJSON(t, s)
			next, effects, events := pipeline.Step(s, in)
			if !reflect.DeepEqual(before, throughJSON(t, s)) {
				t.Fatalf("%T changed the state it was given", in)
			}
			holdStep(t, s, next, effects, events, seen, now)
			if f, ok := in.(pipeline.StageFinished); ok && s.Stage(f.Stage) != nil && s.Stage(f.Stage).Attempt != f.Attempt && len(effects)+len(events) > 0 {
				t.Fatalf("the answer of attempt %d, under way is %d, did something", f.Attempt, s.Stage(f.Stage).Attempt)
			}
			again, more, told := pipeline.Step(next, in)
			if _, tick := in.(pipeline.Tick); !tick && !repeats(in) && (len(more)+len(told) > 0 || again.Phase != next.Phase) {
				t.Fatalf("%+v arrived twice and did something: %v %v", in, more, told)
			}
			s = next
		}
	})
}

// repeats reports inputs that mean something new each time: the server can go
// away again, and a finished attempt may be the next one's number.
func repeats(in pipeline.Input) bool {
	switch in := in.(type) {
	case pipeline.Lost, pipeline.RolloutHeld:
		return true
	case pipeline.StageFinished:
		return in.Outcome == pipeline.OutcomeLost
	}
	return false
}

func holdStep(t *rapid.T, s, next pipeline.State, effects []pipeline.Effect, events []davit.Event, seen map[string]bool, now time.Time) {
	if s.Phase.Final() && (len(effects)+len(events) > 0 || !reflect.DeepEqual(throughJSON(t, s), throughJSON(t, next))) {
		t.Fatalf("a run that was %s moved: %v", s.Phase, effects)
	}
	if s.Phase != next.Phase && len(events) == 0 {
		t.Fatalf("%s became %s without an event", s.Phase, next.Phase)
	}
	for _, g := range s.Stages {
		if after := next.Stage(g.Name); g.Phase.Final() && after.Phase != g.Phase {
			t.Fatalf("stage %s was %s and is %s", g.Name, g.Phase, after.Phase)
		}
	}
	for _, e := range effects {
		if seen[e.Key()] {
			t.Fatalf("effect %s twice", e.Key())
		}
		seen[e.Key()] = true
		holdEffect(t, s, next, e, now)
		kept, err := pipeline.Keep("r", e, now)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := pipeline.Recall(kept); err != nil || back != e {
			t.Fatalf("kept %v, recalled %v, %v", e, back, err)
		}
	}
	for _, e := range events {
		if e.Kind == "" || e.Text == "" || e.Actor == "" || e.Run != "r" || !e.At.Equal(now) {
			t.Fatalf("event %+v", e)
		}
	}
	if next.Phase.Final() {
		holdEnd(t, next)
	}
}

func holdEffect(t *rapid.T, s, next pipeline.State, e pipeline.Effect, now time.Time) {
	stopped := s.Phase.Final() || s.Cancelled != nil || next.Cancelled != nil
	switch e := e.(type) {
	case pipeline.StartStage:
		stage := next.Stage(e.Stage)
		i := slices.IndexFunc(next.Spec.Stages, func(g spec.Stage) bool { return g.Name == e.Stage })
		for _, need := range next.Spec.Stages[i].Needs {
			if !next.Stage(need).Phase.Good() {
				t.Fatalf("stage %s starts before %s has passed", e.Stage, need)
			}
		}
		if stopped || next.Phase != pipeline.Running || e.Attempt > next.Spec.Stages[i].Attempts {
			t.Fatalf("%+v in %s", e, next.Phase)
		}
		before := s.Stage(e.Stage)
		if e.Attempt > 1 && before.Attempt != e.Attempt && next.Spec.Stages[i].Backoff > 0 && (before.NotBefore.IsZero() || now.Before(before.NotBefore)) {
			t.Fatalf("attempt %d before its time", e.Attempt)
		}
		if stage.Deadline.IsZero() {
			t.Fatalf("stage %s without a deadline", e.Stage)
		}
	case pipeline.Package:
		for _, g := range next.Stages {
			if !g.Phase.Good() {
				t.Fatalf("packed although %s is %s", g.Name, g.Phase)
			}
		}
		if stopped || next.Branch != next.Spec.Branch {
			t.Fatal("packed a run that was stopped, or of a branch that is not deployed")
		}
	case pipeline.StartRollout:
		if stopped || next.Release == "" || e.Release != next.Release {
			t.Fatalf("%+v although stopped or without a release", e)
		}
		for _, d := range next.Deployments {
			if d.Environment == e.Environment {
				break
			}
			if d.Phase != pipeline.DeploymentDone {
				t.Fatalf("%s entered although %s is %s", e.Environment, d.Environment, d.Phase)
			}
		}
	}
}

func holdEnd(t *rapid.T, s pipeline.State) {
	if s.Why == "" || !s.Wake.IsZero() || s.Finished().IsZero() {
		t.Fatalf("%s: why %q, wake %v", s.Phase, s.Why, s.Wake)
	}
	if s.Phase == pipeline.Failed != (s.StoppedBy != "") || s.Phase == pipeline.Cancelled && s.Cancelled == nil && !slices.ContainsFunc(s.Deployments, func(d pipeline.Deployment) bool { return d.Outcome == pipeline.RolloutCancelled }) {
		t.Fatalf("%s: stopped by %q, %+v", s.Phase, s.StoppedBy, s.Cancelled)
	}
	for _, g := range s.Stages {
		if !g.Phase.Final() {
			t.Fatalf("the run is %s, its stage %s %s", s.Phase, g.Name, g.Phase)
		}
		if s.Phase == pipeline.Succeeded && !g.Phase.Good() {
			t.Fatalf("succeeded although %s is %s", g.Name, g.Phase)
		}
	}
	for _, d := range s.Deployments {
		if d.Phase == pipeline.DeploymentDone != (d.Outcome == pipeline.RolloutDone) {
			t.Fatalf("%s is %s after %s", d.Environment, d.Phase, d.Outcome)
		}
		if d.Phase == pipeline.DeploymentWaiting || d.Phase == pipeline.RollingOut || d.Phase == pipeline.DeploymentHeld {
			t.Fatalf("the run is %s, %s %s", s.Phase, d.Environment, d.Phase)
		}
	}
}

// TestEveryRunEnds plays an engine that does what it is asked for, in any order,
// with any outcome, and sometimes does not answer at all: then a Tick at Wake must
// bring the run on.
func TestEveryRunEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		s, todo, _ := pipeline.Step(drawRun(t), pipeline.Start{At: now})
		for range 1000 {
			if s.Phase.Final() {
				return
			}
			now = now.Add(time.Second)
			var in pipeline.Input
			if len(todo) > 0 {
				i := rapid.IntRange(0, len(todo)-1).Draw(t, "which")
				in = answer(t, todo[i], now)
				todo = slices.Delete(todo, i, i+1)
			} else {
				if s.Wake.IsZero() {
					t.Fatalf("nothing to do and nothing to wait for in %s", s.Phase)
				}
				if s.Wake.After(now) {
					now = s.Wake
				}
				in = pipeline.Tick{At: now}
			}
			if in == nil {
				continue
			}
			var more []pipeline.Effect
			s, more, _ = pipeline.Step(s, in)
			todo = append(todo, more...)
		}
		t.Fatalf("the run does not end: %+v", s)
	})
}

// answer returns what the world says to an effect; nil when it says nothing.
func answer(t *rapid.T, e pipeline.Effect, now time.Time) pipeline.Input {
	switch e := e.(type) {
	case pipeline.StartStage:
		outcome := rapid.SampledFrom([]pipeline.StageOutcome{"passed", "passed", "failed", "timed-out", "lost", ""}).Draw(t, "outcome")
		if outcome == "" {
			return rapid.SampledFrom([]pipeline.Input{nil, pipeline.StageStarted{Stage: e.Stage, Attempt: e.Attempt, At: now}}).Draw(t, "started")
		}
		return pipeline.StageFinished{Stage: e.Stage, Attempt: e.Attempt, Outcome: outcome, At: now}
	case pipeline.Package:
		return rapid.SampledFrom([]pipeline.Input{nil, pipeline.Packaged{Err: "full", At: now}, pipeline.Packaged{Release: "r-1", Digest: "sha256:1", At: now}}).Draw(t, "packaged")
	case pipeline.StartRollout:
		outcome := rapid.SampledFrom([]pipeline.RolloutOutcome{"done", "done", "rolled-back", "superseded", "refused"}).Draw(t, "rollout")
		return pipeline.RolloutFinished{Environment: e.Environment, Rollout: "ro", Outcome: outcome, At: now} // a rollout always ends: its own machine sees to it
	}
	return nil
}

// TestAStageThatTakesTheServerDown ends: losses are no failures, but not for ever.
func TestAStageThatTakesTheServerDown(t *testing.T) {
	now := time.Unix(0, 0)
	s, _ := pipeline.New(pipeline.Origin{ID: "r", Branch: "main", Created: now, Spec: spec.Service{Branch: "main", Stages: []spec.Stage{{Name: "a", Attempts: 1}}}}, nil)
	s, _, _ = pipeline.Step(s, pipeline.Start{At: now})
	for lost := 1; !s.Phase.Final(); lost++ {
		if s, _, _ = pipeline.Step(s, pipeline.Lost{Stage: "a", At: now}); lost < 30 && s.Phase.Final() || lost > 1000 {
			t.Fatalf("%s after %d losses", s.Phase, lost)
		}
	}
	if s.Phase != pipeline.Failed || s.StoppedBy != "a" {
		t.Errorf("%s, stopped by %q: %s", s.Phase, s.StoppedBy, s.Why)
	}
}
