package ramp_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/ramp"
	"pgregory.net/rapid"
)

// TestSafety holds what must be true whatever arrives in whatever order, and
// however often the server starts again in between.
func TestSafety(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(s, next ramp.State, in ramp.Input, events []davit.Event) {
			again, told := ramp.Step(s, in)
			if !reflect.DeepEqual(again, next) || len(told) != len(events) {
				t.Fatal("the same input in the same state gives another answer")
			}
			holdShare(t, s, next, in)
			holdWanted(t, next)
			if len(events) == 0 && !reflect.DeepEqual(s, next) {
				t.Fatalf("%T changes the state without an event: %+v\n%+v", in, s, next)
			}
			if next.Deadline.IsZero() != next.Phase.Final() {
				t.Fatalf("%s has deadline %s", next.Phase, next.Deadline)
			}
			if next.Phase == ramp.Paused && next.Hold == nil {
				t.Fatal("paused by nobody")
			}
			if a, ok := in.(ramp.Abort); ok && a.Reason != "" && next.Phase.Final() == s.Phase.Final() && !next.Phase.Final() && next.Phase != ramp.Lowering {
				t.Fatalf("an abort leaves it %s", next.Phase)
			}
		})
	})
}

// holdShare holds when a share may change and how.
func holdShare(t *rapid.T, s, next ramp.State, in ramp.Input) {
	steps := map[davit.Weight]bool{0: true}
	for _, st := range s.Plan.Steps {
		steps[st.Share] = true
	}
	switch {
	case !steps[next.Share]:
		t.Fatalf("share %s is none of the plan", next.Share)
	case next.Share != s.Share && next.Revision == s.Revision, next.Revision < s.Revision, next.Confirmed > next.Revision:
		t.Fatalf("share %s revision %d after %s revision %d", next.Share, next.Revision, s.Share, s.Revision)
	case next.Locked && next.Phase.Final() && next.Phase != ramp.Failed && next.Phase != ramp.Aborted:
		t.Fatalf("%s is locked", next.Phase)
	case next.Share < s.Share && next.Phase != ramp.Lowering:
		t.Fatalf("the share falls although it is %s", next.Phase)
	}
	if next.Share <= s.Share {
		return
	}
	if s.Phase == ramp.Lowering || s.Phase.Final() {
		t.Fatalf("the share is raised although it is %s", s.Phase)
	}
	if s.Confirmed < s.Revision {
		t.Fatal("the share is raised although the last one is not confirmed")
	}
	switch in := in.(type) {
	case ramp.Advance:
		if !in.Force && (s.Hold == nil || s.Hold.Kind != ramp.HoldPlan || len(s.Waiting) > 0) {
			t.Fatal("a person is believed without force")
		}
	case ramp.Looked:
		holdLooked(t, s, in)
	default:
		t.Fatalf("the share is raised by %T", in)
	}
}

func holdLooked(t *rapid.T, s ramp.State, in ramp.Looked) {
	if slices.ContainsFunc(in.Gates, func(f davit.Finding) bool { return f.Answer != davit.Passed }) {
		t.Fatal("the share is raised although a gate waits")
	}
	if in.Finding.Epoch != s.Epoch || in.Verdict == davit.Fail {
		t.Fatal("the share is raised by a word of another epoch, or a FAIL")
	}
	if s.Phase == ramp.Pending {
		return
	}
	step := s.Plan.Steps[s.Step]
	if step.Judge == davit.JudgePass && step.Share < davit.Full && in.Verdict != davit.Pass {
		t.Fatalf("the share is raised without a PASS: %s", in.Verdict)
	}
	if in.Samples[0] < step.Samples || in.At.Sub(s.StepSince) < step.Hold || in.Finding.Step != s.Step || step.Approve {
		t.Fatal("the share is raised too early")
	}
	if s.Phase == ramp.Paused && s.Hold.Kind != ramp.HoldData {
		t.Fatalf("the share is raised past a hold by %s", s.Hold.Kind)
	}
}

func holdWanted(t *rapid.T, s ramp.State) {
	exposes := 0
	for _, e := range ramp.Wanted(s) {
		if x, ok := e.(ramp.Expose); ok {
			exposes++
			if x.Share != s.Share || x.Revision != s.Revision || x.Off != s.Off {
				t.Fatalf("wanted %+v in %+v", x, s)
			}
		}
	}
	if want := s.Confirmed < s.Revision && !s.Phase.Final(); (exposes == 1) != want {
		t.Fatalf("%d publications wanted in %s", exposes, s.Phase)
	}
	if s.Phase.Final() && s.Phase != ramp.Cancelled && s.Confirmed < s.Revision {
		t.Fatalf("%s although revision %d is not confirmed", s.Phase, s.Revision)
	}
}

// TestCrash holds that a server that is killed at any instruction, and starts
// again from what it kept, publishes no share that it had not kept before.
func TestCrash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, now := drawRamp(t), start              // s is what the store has
		world, told := davit.Weight(0), uint64(0) // what users see, and of which revision
		for range rapid.IntRange(1, 60).Draw(t, "inputs") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Minute, 2 * time.Hour}).Draw(t, "wait"))
			in := drawInput(t, s, now)
			if x, ok := in.(ramp.Exposed); ok && x.Revision > told {
				continue // nobody confirms what was not published
			}
			next, events := ramp.Step(s, in)
			if len(events) == 0 || rapid.IntRange(0, 3).Draw(t, "killed before the write") == 0 {
				next = s
			}
			before := world
			s = throughJSON(t, next)
			if rapid.IntRange(0, 3).Draw(t, "killed before the effect") == 0 {
				continue
			}
			for _, e := range ramp.Wanted(s) {
				if x, ok := e.(ramp.Expose); ok {
					world, told = x.Share, x.Revision
				}
			}
			if world > before && (world != s.Share || s.Phase == ramp.Lowering && before > s.Share || s.Phase.Final()) {
				t.Fatalf("%s after %s is published in %s, whose share is %s", world, before, s.Phase, s.Share)
			}
			if s.Phase == ramp.Failed || s.Phase == ramp.Aborted {
				if world != s.Share {
					t.Fatalf("it is %s with share %s, but users see %s", s.Phase, s.Share, world)
				}
			}
		}
	})
}

// TestReplay holds that the state is the fold of the journal.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var journal []davit.Event
		first, last := walk(t, func(_, _ ramp.State, _ ramp.Input, events []davit.Event) {
			journal = append(journal, davit.Event{Kind: "ramp.raised", Data: map[string]string{"ramp": "another", "input": "not ours"}})
			journal = append(journal, events...)
		})
		got, err := ramp.Replay(first, journal)
		if err != nil {
			t.Fatal(err)
		}
		if want := throughJSON(t, last); !reflect.DeepEqual(throughJSON(t, got), want) {
			t.Fatalf("replayed\n%+v\nwant\n%+v", got, want)
		}
	})
}

// TestTicksEnd holds that no ramp waits for ever in silence: it ends, or tells
// people again and again.
func TestTicksEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, s := walk(t, nil)
		for told := 0; told < 3; {
			wake := s.Wake()
			if s.Phase.Final() {
				return
			}
			if !wake.After(s.Since) {
				wake = s.Since.Add(time.Millisecond)
			}
			next, events := ramp.Step(s, ramp.Tick{At: wake})
			if len(events) == 0 {
				t.Fatalf("%s wanted a tick at %s, which did nothing", s.Phase, wake)
			}
			if next.Share > s.Share {
				t.Fatal("time alone raises a share")
			}
			told++
			s = next
		}
	})
}

func walk(t *rapid.T, look func(s, next ramp.State, in ramp.Input, events []davit.Event)) (first, last ramp.State) {
	s, now := drawRamp(t), start
	first = s
	for range rapid.IntRange(1, 60).Draw(t, "inputs") {
		now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 10 * time.Minute, 3 * time.Hour, 200 * time.Hour}).Draw(t, "wait"))
		in := drawInput(t, s, now)
		next, events := ramp.Step(s, in)
		if look != nil {
			look(s, next, in, events)
		}
		s = next
		if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
			s = throughJSON(t, s)
		}
	}
	return first, s
}

func drawRamp(t *rapid.T) ramp.State {
	p := ramp.Plan{
		Variant: "on", Control: "off",
		Back:    rapid.SampledFrom([]ramp.Back{"", ramp.ToNobody, ramp.ToPrevious, ramp.ToOff}).Draw(t, "back"),
		Overdue: rapid.SampledFrom([]ramp.Overdue{"", ramp.OverdueHold, ramp.OverdueBack}).Draw(t, "overdue"),
	}
	share := davit.Weight(0)
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		share += davit.Weight(rapid.IntRange(1, 2500).Draw(t, "share"))
		p.Steps = append(p.Steps, ramp.Stage{
			Share: share, Hold: rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "hold"),
			Judge:   rapid.SampledFrom([]davit.Judging{davit.JudgePass, davit.JudgePass, davit.JudgeWatch, davit.JudgeNone}).Draw(t, "judge"),
			Samples: rapid.SampledFrom([]uint64{0, 100}).Draw(t, "samples"), Approve: rapid.IntRange(0, 3).Draw(t, "approve") == 0,
		})
	}
	if rapid.Bool().Draw(t, "full") {
		p.Steps[len(p.Steps)-1].Share = davit.Full
	}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return ramp.New(ramp.State{ID: "r", Flag: "f", Environment: "production", Epoch: 2, Plan: p}, start)
}

func drawInput(t *rapid.T, s ramp.State, now time.Time) ramp.Input {
	reason := rapid.SampledFrom([]string{"", "because"}).Draw(t, "reason")
	switch rapid.IntRange(0, 15).Draw(t, "input") {
	case 0:
		return ramp.Halt{Actor: "bob", At: now, Until: rapid.SampledFrom([]time.Time{{}, now.Add(time.Hour)}).Draw(t, "until")}
	case 1:
		return ramp.Resume{Actor: "bob", At: now}
	case 2:
		return ramp.Advance{Actor: "bob", Reason: reason, Force: rapid.Bool().Draw(t, "force"), At: now}
	case 3:
		return ramp.Abort{Actor: "bob", Reason: reason, At: now}
	case 4:
		return ramp.Kill{Actor: "bob", Reason: reason, At: now}
	case 5:
		return ramp.Unlock{Actor: "bob", Reason: reason, At: now}
	case 6, 7:
		return ramp.Tick{At: now}
	case 8, 9, 10:
		return ramp.Exposed{Revision: rapid.Uint64Range(max(s.Revision, 2)-1, s.Revision+1).Draw(t, "revision"), At: now}
	}
	in := ramp.Looked{
		Verdict: rapid.SampledFrom([]davit.Verdict{davit.Pass, davit.Pass, davit.Pass, davit.Continue, davit.NoData, davit.Fail}).Draw(t, "verdict"),
		Samples: [2]uint64{rapid.Uint64Range(0, 200).Draw(t, "exposed"), 500}, At: now,
	}
	in.Finding = davit.Finding{
		Gate: "judge", Answer: answers[in.Verdict], Reason: "so it is", At: now.Add(-rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "age")),
		Epoch: s.Epoch - uint64(rapid.IntRange(0, 1).Draw(t, "epoch"))*uint64(rapid.IntRange(0, 1).Draw(t, "old")), Step: s.Step + rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "step"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "gates") {
		in.Gates = append(in.Gates, davit.Finding{Gate: rapid.SampledFrom([]string{"ratio", "rollout"}).Draw(t, "gate"), Answer: rapid.SampledFrom([]davit.Answer{davit.Passed, davit.Passed, davit.Waiting, "perhaps", davit.Refused}).Draw(t, "answer"), Reason: "it says so"})
	}
	return in
}
