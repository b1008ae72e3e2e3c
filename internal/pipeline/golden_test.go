package pipeline_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
)

// TestScripts runs the scripts of testdata. When one fails, run
// go test ./internal/pipeline -rewrite and read the diff before keeping it.
//
//	new [branch=B] [envs=(E,…)] [nofailfast] [changed=(F,…)]   and below it a stage a line:
//	                    NAME [needs=A,B] [attempts=N] [backoff=D] [timeout=D] [paths=G] [branches=G]
//	start | tick | wait D | lost STAGE
//	started STAGE [attempt=N]
//	finished STAGE OUTCOME [attempt=N] [tests=PASSED/FAILED] [failures=(T,…)]   and the reason below it
//	packaged [RELEASE]                     without a release, the error below it
//	rollout ENV started|held|moving|done|rolled-back|… [id=R] [by=X]            and the reason below it
//	cancel | supersede BY | carry RUN
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := &world{t: t, now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string { return w.run(t, d) })
	})
}

type world struct {
	t   *testing.T
	now time.Time
	s   pipeline.State
}

func (w *world) run(t *testing.T, d *datadriven.TestData) string {
	arg := func(i int) string {
		if i < len(d.CmdArgs) && len(d.CmdArgs[i].Vals) == 0 {
			return d.CmdArgs[i].Key
		}
		return ""
	}
	stage := w.s.Stage(arg(0))
	attempt := 0
	if stage != nil {
		attempt = stage.Attempt
	}
	d.MaybeScanArgs(t, "attempt", &attempt)
	switch d.Cmd {
	case "new":
		return w.new(t, d)
	case "wait":
		by, err := time.ParseDuration(arg(0))
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(by)
		return ""
	case "start":
		return w.step(pipeline.Start{At: w.now})
	case "tick":
		return w.step(pipeline.Tick{At: w.now})
	case "lost":
		return w.step(pipeline.Lost{Stage: arg(0), At: w.now})
	case "started":
		return w.step(pipeline.StageStarted{Stage: arg(0), Attempt: attempt, At: w.now})
	case "finished":
		in := pipeline.StageFinished{Stage: arg(0), Attempt: attempt, Outcome: pipeline.StageOutcome(arg(1)), Reason: d.Input, At: w.now}
		in.Facts.Tests = tests(t, d)
		return w.step(in)
	case "packaged":
		if arg(0) == "" {
			return w.step(pipeline.Packaged{Err: d.Input, At: w.now})
		}
		return w.step(pipeline.Packaged{Release: arg(0), Digest: davit.DigestOf([]byte(arg(0))), At: w.now})
	case "rollout":
		return w.step(w.rollout(d, arg(0), arg(1)))
	case "cancel":
		return w.step(pipeline.Cancel{Actor: "ann", Reason: d.Input, At: w.now})
	case "supersede":
		return w.step(pipeline.Supersede{By: arg(0), At: w.now})
	case "carry":
		return w.step(pipeline.Carry{Commits: []pipeline.Carried{{Run: arg(0), Commit: "c0ffee", Author: "Bob", Subject: "Pay"}}, At: w.now})
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return ""
}

func tests(t *testing.T, d *datadriven.TestData) (sum pipeline.Tests) {
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "tests":
			if _, err := fmt.Sscanf(a.Vals[0], "%d/%d", &sum.Passed, &sum.Failed); err != nil {
				t.Fatal(err)
			}
		case "failures":
			for _, name := range a.Vals {
				sum.Failures = append(sum.Failures, pipeline.Failure{Name: name})
			}
		}
	}
	return sum
}

func (w *world) rollout(d *datadriven.TestData, env, what string) pipeline.Input {
	id, by := "r-"+env, ""
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "id":
			id = a.Vals[0]
		case "by":
			by = a.Vals[0]
		}
	}
	switch what {
	case "started":
		return pipeline.RolloutStarted{Environment: env, Rollout: id, At: w.now}
	case "held":
		return pipeline.RolloutHeld{Environment: env, Rollout: id, Reason: d.Input, At: w.now}
	case "moving":
		return pipeline.RolloutHeld{Environment: env, Rollout: id, At: w.now}
	}
	return pipeline.RolloutFinished{Environment: env, Rollout: id, Outcome: pipeline.RolloutOutcome(what), Reason: d.Input, By: by, At: w.now}
}

func (w *world) new(t *testing.T, d *datadriven.TestData) string {
	service := spec.Service{Name: "shop", Path: ".", Branch: "main", FailFast: true}
	branch, changed := "main", []string(nil)
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "branch":
			branch = a.Vals[0]
		case "changed":
			changed = a.Vals
		case "nofailfast":
			service.FailFast = false
		case "envs":
			for i, name := range a.Vals {
				env := spec.Environment{Name: name}
				if i > 0 {
					env.After = []string{a.Vals[i-1]}
				}
				service.Environments = append(service.Environments, env)
			}
		}
	}
	for line := range strings.Lines(d.Input) {
		f := strings.Fields(line)
		stage := spec.Stage{Name: f[0], Attempts: 1}
		for _, a := range f[1:] {
			key, value, _ := strings.Cut(a, "=")
			var err error
			switch key {
			case "needs":
				stage.Needs = strings.Split(value, ",")
			case "attempts":
				_, err = fmt.Sscan(value, &stage.Attempts)
			case "backoff":
				stage.Backoff, err = time.ParseDuration(value)
			case "timeout":
				stage.Timeout, err = time.ParseDuration(value)
			case "paths":
				stage.When.Paths = strings.Split(value, ",")
			case "branches":
				stage.When.Branches = strings.Split(value, ",")
			default:
				t.Fatalf("unknown %s", a)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		service.Stages = append(service.Stages, stage)
	}
	s, events := pipeline.New(pipeline.Origin{
		ID: "shop-run-12", Service: "shop", Repo: "shop", Branch: branch, Commit: "1234567890abcdef", Author: "Ann", Subject: "Sell boats", Pusher: "ann", Created: w.now, Spec: service,
	}, changed)
	w.s = s
	return show(pipeline.State{}, s, nil, events)
}

// step takes the state through in, and through JSON before: the store keeps it.
func (w *world) step(in pipeline.Input) string {
	w.t.Helper()
	before := w.s
	kept := throughJSON(w.t, before)
	s, effects, events := pipeline.Step(kept, in)
	if again, _, _ := pipeline.Step(before, in); !reflect.DeepEqual(throughJSON(w.t, again), throughJSON(w.t, s)) {
		w.t.Fatalf("%T: JSON loses something", in)
	}
	if !reflect.DeepEqual(kept, throughJSON(w.t, before)) {
		w.t.Fatalf("%T changed the state it was given", in)
	}
	w.s = s
	return show(before, s, effects, events)
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

func throughJSON(t fataler, s pipeline.State) pipeline.State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out pipeline.State
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func show(before, s pipeline.State, effects []pipeline.Effect, events []davit.Event) string {
	if len(effects)+len(events) == 0 && reflect.DeepEqual(before, s) {
		return "nothing changes\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", s.Phase)
	for _, g := range s.Stages {
		fmt.Fprintf(&b, " %s=%s", g.Name, g.Phase)
	}
	for _, d := range s.Deployments {
		fmt.Fprintf(&b, " %s=%s", d.Environment, d.Phase)
	}
	if !s.Wake.IsZero() {
		fmt.Fprintf(&b, " wake=%s", s.Wake.Format("15:04:05"))
	}
	if s.StoppedBy != "" {
		fmt.Fprintf(&b, " stopped-by=%q", s.StoppedBy)
	}
	b.WriteString("\n")
	for _, e := range effects {
		fmt.Fprintf(&b, "  -> %s\n", e.Key())
	}
	for _, e := range events {
		fmt.Fprintf(&b, "  %s [%s]: %s\n", e.Kind, e.Actor, e.Text)
	}
	return b.String()
}
