package rollout_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
	"pgregory.net/rapid"
)

// TestSafety holds what must be true whatever arrives in whatever order, and
// however often the server starts again in between.
func TestSafety(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &router{asked: map[uint64]rollout.Route{}}
		walk(t, func(s, next rollout.State, in rollout.Input, events []davit.Event) {
			r.take(s, in)
			holdRouter(t, r, next)
			holdAnswers(t, s, in, events)
			if gone := []rollout.Phase{rollout.RolledBack, rollout.Superseded, rollout.Cancelled}; slices.Contains(gone, next.Phase) && next.Gated && (!r.retired || r.stopped) {
				t.Fatalf("%s although the new version was never retired, or the old one not started again", next.Phase)
			}
			holdPurity(t, s, next, in, events)
			holdEvents(t, s, next, events)
			holdPhase(t, s, next)
			holdWanted(t, next)
			holdForward(t, s, next, in)
		})
	})
}

// TestReplay holds that the state is the fold of the journal.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var journal []davit.Event
		first, last := walk(t, func(s, next rollout.State, in rollout.Input, events []davit.Event) {
			journal = append(journal, davit.Event{Kind: "rollout.shifted", Rollout: "other", Data: map[string]string{"input": "not ours"}})
			journal = append(journal, events...)
		})
		got, err := rollout.Replay(first, journal)
		if err != nil {
			t.Fatal(err)
		}
		if want := throughJSON(t, last); !reflect.DeepEqual(throughJSON(t, got), want) {
			t.Fatalf("replayed\n%+v\nwant\n%+v", got, want)
		}
	})
}

// TestTicksEnd holds that time alone ends every rollout in a world that never
// answers, or makes it tell people again and again.
func TestTicksEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, s := walk(t, nil)
		told := 0
		for range 60 {
			wake := s.Wake()
			if wake.IsZero() {
				if !s.Phase.Final() && s.Phase != rollout.Stranded && s.Phase != rollout.Queued {
					t.Fatalf("%s waits for nothing", s.Phase)
				}
				return
			}
			at := wake
			if !at.After(s.Since) {
				at = s.Since.Add(time.Millisecond)
			}
			next, events := rollout.Step(s, rollout.Tick{At: at})
			if len(events) == 0 {
				t.Fatalf("%s wanted a tick at %s, which did nothing: %+v", s.Phase, wake, s)
			}
			if k := events[0].Kind; k == "rollout.lingering" || k == "rollout.held" && s.Phase == next.Phase {
				if told++; told == 3 {
					return
				}
			}
			s = next
		}
		t.Fatalf("%s never ends", s.Phase)
	})
}

// TestHealthyWorldEnds holds that every rollout ends once all goes well.
func TestHealthyWorldEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, s := walk(t, nil)
		now := s.Since.Add(1000 * time.Hour)
		if s.Phase == rollout.Queued {
			s, _ = rollout.Step(s, rollout.Begin{Old: oldSide, At: now})
		}
		for range 200 {
			if s.Phase.Final() {
				return
			}
			now = now.Add(time.Minute)
			for _, e := range rollout.Wanted(s) {
				next, events := rollout.Step(s, good(s, e, now))
				s = next
				if len(events) > 0 {
					break
				}
			}
			s, _ = rollout.Step(s, rollout.Tick{At: now})
			if s.Hold != nil && s.Hold.OneWay { // only a person can decide
				s, _ = rollout.Step(s, rollout.Advance{Actor: "bob", Force: true, Reason: "must", At: now})
			}
			if s.Phase == rollout.Held {
				now = s.Deadline
			}
		}
		t.Fatalf("%s does not end although all goes well: %+v", s.Phase, s)
	})
}

func good(s rollout.State, e rollout.Effect, now time.Time) rollout.Input {
	switch e := e.(type) {
	case rollout.AskGates:
		return rollout.Gated{Findings: []davit.Finding{passed(s, "soak", -1, now)}, At: now}
	case rollout.Place:
		return rollout.Placed{Release: e.Release, Ready: e.Count, At: now}
	case rollout.Route:
		return rollout.Routed{Revision: e.Revision, At: now}
	case rollout.Smoke:
		return rollout.Smoked{Finding: passed(s, "smoke", s.Step, now), At: now}
	case rollout.Retire:
		return rollout.Retired{Release: e.Release, At: now}
	}
	return rollout.Judged{Verdict: davit.Pass, Finding: passed(s, "judge", s.Step, now), At: now}
}

// walk takes a drawn rollout through drawn inputs, and through the store in
// between; it returns the first and the last state.
func walk(t *rapid.T, look func(s, next rollout.State, in rollout.Input, events []davit.Event)) (first, last rollout.State) {
	s, now := drawRollout(t), start
	first = s
	for range rapid.IntRange(1, 60).Draw(t, "inputs") {
		now = drawTime(t, s, now)
		in := drawInput(t, s, now)
		next, events := rollout.Step(s, in)
		if look != nil {
			look(s, next, in, events)
		}
		s = next
		if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
			s = throughJSON(t, s)
		}
	}
	return first, s
}

// holdPurity holds that a step depends on its arguments alone, changes none of
// them, and is as good twice as once.
func holdPurity(t *rapid.T, s, next rollout.State, in rollout.Input, events []davit.Event) {
	kept, want := throughJSON(t, s), throughJSON(t, next)
	again, told := rollout.Step(kept, in)
	if !reflect.DeepEqual(throughJSON(t, again), want) || len(told) != len(events) {
		t.Fatalf("%T: another state after a restart", in)
	}
	if !reflect.DeepEqual(throughJSON(t, s), kept) {
		t.Fatalf("%T changed the state it was given", in)
	}
	if twice, _ := rollout.Step(next, in); !reflect.DeepEqual(throughJSON(t, twice), want) {
		t.Fatalf("%T twice in %s is not as good as once: %s, %+v", in, s.Phase, next.Phase, in)
	}
	other := rollout.Judged{Verdict: davit.Fail, Finding: passed(s, "another future", s.Step, next.Since), At: next.Since}
	if rollout.Step(s, other); !reflect.DeepEqual(throughJSON(t, next), want) {
		t.Fatal("two futures of a state share memory")
	}
	if early := next.Wake().Add(-time.Nanosecond); early.After(next.Since) || next.Wake().IsZero() {
		if _, told := rollout.Step(next, rollout.Tick{At: early}); len(told) > 0 {
			t.Fatalf("%s wakes at %s, and a tick before that did something", next.Phase, next.Wake())
		}
	}
	if err := rollout.Refuse(s, in); err != nil && len(events) > 0 {
		t.Fatalf("%T was refused (%v) and did something", in, err)
	}
}

func holdEvents(t *rapid.T, s, next rollout.State, events []davit.Event) {
	if changed := !reflect.DeepEqual(throughJSON(t, s), throughJSON(t, next)); changed && len(events) == 0 {
		t.Fatalf("%s became %s silently", s.Phase, next.Phase)
	}
	for i, e := range events {
		if e.Kind == "" || e.Text == "" || e.Actor == "" || e.Rollout != "r" || e.At.IsZero() {
			t.Fatalf("event %+v", e)
		}
		if _, ok := e.Data["input"]; ok != (i == 0) || len(e.Data["input"]) > 256<<10 {
			t.Fatalf("event %d carries %q", i, e.Data["input"])
		}
	}
}

func holdPhase(t *rapid.T, s, next rollout.State) {
	if s.Phase.Final() && !reflect.DeepEqual(s, next) {
		t.Fatalf("a rollout that was %s moved", s.Phase)
	}
	waits := !next.Phase.Final() && next.Phase != rollout.Stranded && next.Phase != rollout.Queued
	if waits == next.Deadline.IsZero() || waits == next.Wake().IsZero() {
		t.Fatalf("%s has the deadline %v and wakes at %v", next.Phase, next.Deadline, next.Wake())
	}
	if next.Phase.Final() == next.Ended.IsZero() {
		t.Fatalf("%s ended at %v", next.Phase, next.Ended)
	}
	if next.Phase == rollout.Held && next.Hold == nil {
		t.Fatal("held by nobody")
	}
	back := []rollout.Phase{rollout.RollingBack, rollout.Stranded, rollout.RolledBack, rollout.Superseded, rollout.Cancelled}
	if slices.Contains(back, s.Phase) && !slices.Contains(back, next.Phase) {
		t.Fatalf("%s became %s: nothing goes forward again after an abort", s.Phase, next.Phase)
	}
	if stable := rollout.Stable(next); stable != next.Old && stable != next.New {
		t.Fatalf("%s: stable is %+v", next.Phase, stable)
	}
	if next.OneWay && !next.Exposed.IsZero() && next.Phase == rollout.RollingBack {
		t.Fatal("went back by itself although there is no way back")
	}
}

// holdWanted holds what may be wanted of the world in a state.
func holdWanted(t *rapid.T, s rollout.State) {
	wanted := rollout.Wanted(s)
	if s.Phase.Final() && len(wanted) > 0 {
		t.Fatalf("%s still wants %v", s.Phase, wanted)
	}
	seen, watched := map[string]bool{}, false
	for _, e := range wanted {
		if seen[e.Key()] {
			t.Fatalf("%s is wanted twice", e.Key())
		}
		seen[e.Key()] = true
		switch e := e.(type) {
		case rollout.Route:
			holdRoute(t, s, e)
		case rollout.Retire:
			recreate := s.Phase == rollout.Preparing && s.Plan.Steps[0].StopOld && s.Gated && s.Routed == s.Revision
			if e.Release == "" || e.Release == s.Old.Release && !s.Settled && !recreate {
				t.Fatalf("%s retires %q", s.Phase, e.Release)
			}
			if e.Release == s.New.Release && (s.Routed < s.Revision || s.Phase != rollout.RollingBack && s.Phase != rollout.Stranded) {
				t.Fatalf("%s retires the new version before its traffic is off", s.Phase)
			}
		case rollout.Place:
			holdPlace(t, s, e)
		case rollout.Watch:
			watched = true
			if e.Step != s.Step {
				t.Fatalf("watches step %d in step %d", e.Step, s.Step)
			}
		}
	}
	live := []rollout.Phase{rollout.Shifting, rollout.Baking, rollout.Held, rollout.Promoting, rollout.Settling}
	if !s.Exposed.IsZero() && slices.Contains(live, s.Phase) && !s.Settled && !watched {
		t.Fatalf("%s: nobody watches the new version", s.Phase)
	}
	if len(wanted) == 0 && !s.Phase.Final() && s.Phase != rollout.Queued {
		t.Fatalf("%s wants nothing", s.Phase)
	}
}

// holdRoute holds that capacity comes before traffic, that what goes back gets
// none, and that a hold never gives more than is confirmed.
func holdRoute(t *rapid.T, s rollout.State, r rollout.Route) {
	if r.Revision != s.Revision || s.Routed >= s.Revision {
		t.Fatalf("%s wants route %d, confirmed %d of %d", s.Phase, r.Revision, s.Routed, s.Revision)
	}
	if r.Old != "" && r.Old != s.Old.Release || r.New != "" && r.New != s.New.Release {
		t.Fatalf("route to %q and %q", r.Old, r.New)
	}
	gives := r.Weight > 0 || len(r.Match) > 0 || r.Mirror > 0
	if gives && s.Capacity < s.Plan.Steps[s.Step].Capacity {
		t.Fatalf("%s of the traffic for %d instances", r.Weight, s.Capacity)
	}
	switch s.Phase {
	case rollout.Shifting:
	case rollout.Baking, rollout.Held:
		if r.Weight != s.Weight {
			t.Fatalf("%s moves %s to %s", s.Phase, s.Weight, r.Weight)
		}
	case rollout.Settling:
		if !s.Drained || r.Weight != davit.Full || r.Old != "" {
			t.Fatalf("settles with route %+v", r)
		}
	default:
		if gives {
			t.Fatalf("%s gives the new version %+v", s.Phase, r)
		}
	}
	if r.Weight < davit.Full && r.Old == "" && s.Old.Release != "" {
		t.Fatalf("%s: nobody gets the rest of %s", s.Phase, r.Weight)
	}
}

// holdAnswers holds that an answer counts only where its question was asked.
func holdAnswers(t *rapid.T, s rollout.State, in rollout.Input, events []davit.Event) {
	if len(events) == 0 {
		return
	}
	asked := slices.ContainsFunc(rollout.Wanted(s), func(e rollout.Effect) bool {
		switch in := in.(type) {
		case rollout.Gated:
			return e == rollout.Effect(rollout.AskGates{})
		case rollout.Placed:
			p, ok := e.(rollout.Place)
			return ok && p.Release == in.Release && p.Count <= in.Ready
		case rollout.PlaceFailed:
			p, ok := e.(rollout.Place)
			return ok && p.Release == in.Release
		case rollout.Routed:
			r, ok := e.(rollout.Route)
			return ok && r.Revision == in.Revision
		case rollout.Smoked:
			_, ok := e.(rollout.Smoke)
			return ok
		case rollout.Judged:
			_, ok := e.(rollout.Watch)
			return ok || in.Verdict == davit.Fail // harm counts whenever it is seen
		case rollout.Retired:
			r, ok := e.(rollout.Retire)
			return ok && r.Release == in.Release
		}
		return true
	})
	if _, begins := in.(rollout.Begin); !asked && !begins && s.Phase != rollout.Queued {
		t.Fatalf("%+v counted in %s, where nobody asked", in, s.Phase)
	}
}

// holdRouter holds that a revision means one split for good, and that nothing
// is retired while the router sends it anything.
func holdRouter(t *rapid.T, r *router, s rollout.State) {
	for _, e := range rollout.Wanted(s) {
		switch e := e.(type) {
		case rollout.Route:
			if asked, ok := r.asked[e.Revision]; ok && !reflect.DeepEqual(asked, e) {
				t.Fatalf("revision %d was %+v and is %+v", e.Revision, asked, e)
			}
			r.asked[e.Revision] = e
		case rollout.Retire:
			gets := r.served.Weight > 0 || len(r.served.Match) > 0 || r.served.Mirror > 0
			if e.Release == s.New.Release && gets || e.Release == s.Old.Release && r.served.Old != "" && r.served.Weight < davit.Full && !r.served.Hold {
				t.Fatalf("%s retires %s, which gets traffic by %+v", s.Phase, e.Release, r.served)
			}
		}
	}
}

func holdPlace(t *rapid.T, s rollout.State, p rollout.Place) {
	recreate := s.Plan.Steps[0].StopOld && s.Old.Release != ""
	switch p.Release {
	case s.New.Release:
		if recreate && (!s.OldStopped || !s.Drained) {
			t.Fatal("the new version starts before the old one has stopped")
		}
	case s.Old.Release:
		if !recreate || !s.Drained || p.Release == "" {
			t.Fatal("the old version starts again although it runs, or the new one does")
		}
	default:
		t.Fatalf("places %q", p.Release)
	}
}

// holdForward holds what a step forward needs: the judge's stored PASS or a
// person's word about exactly this, a person where the plan says so, and
// nobody who asked to stay.
func holdForward(t *rapid.T, s, next rollout.State, in rollout.Input) {
	if gates, ok := in.(rollout.Gated); ok && next.Gated && !s.Gated {
		for _, f := range gates.Findings {
			if f.Answer != davit.Passed || f.Artifact != s.New.Artifact || f.Config != s.New.Config || f.Epoch != s.Epoch {
				t.Fatalf("%+v let it through", f)
			}
		}
	}
	if next.Weight > s.Weight && s.Phase != rollout.Shifting {
		t.Fatalf("the weight rose from %s to %s in %s", s.Weight, next.Weight, s.Phase)
	}
	if h := s.Hold; h != nil && s.Phase != next.Phase && !h.Gate && !h.Back && !h.OneWay && s.Phase != rollout.Shifting && (next.Phase == rollout.Shifting || next.Phase == rollout.Promoting) {
		switch in := in.(type) {
		case rollout.Resume, rollout.Advance:
		case rollout.Tick:
			if in.At.Before(h.Until) {
				t.Fatal("went on in spite of a hold")
			}
		default:
			t.Fatalf("%T went on in spite of a hold", in)
		}
	}
	left := s.Phase != next.Phase && (s.Phase == rollout.Baking || s.Phase == rollout.Held) && (next.Phase == rollout.Shifting || next.Phase == rollout.Promoting)
	if !left {
		return
	}
	if j, ok := in.(rollout.Judged); ok && needs(s) && next.Since.Sub(j.Finding.At) > 10*time.Second {
		t.Fatalf("left %s by a pass of %s ago", s.Plan.Steps[s.Step].Name, next.Since.Sub(j.Finding.At))
	}
	step := s.Plan.Steps[s.Step]
	if needs(s) && !slices.ContainsFunc(next.Findings, func(f davit.Finding) bool {
		return (f.Gate == "judge" || f.Gate == "person") && speaksOf(s, f)
	}) {
		t.Fatalf("left %s without a pass, by %T", step.Name, in)
	}
	if step.Approve && !slices.ContainsFunc(next.Findings, func(f davit.Finding) bool { return f.Gate == "person" && speaksOf(s, f) }) {
		t.Fatalf("left %s without a person, by %T", step.Name, in)
	}
	if _, wish := in.(rollout.Advance); !wish && next.Since.Sub(s.StepSince) < step.Hold {
		t.Fatalf("left %s before its hold was over", step.Name)
	}
}

// needs reports whether the step that s is in is left on a pass only: where
// both versions get comparable traffic.
func needs(s rollout.State) bool {
	step := s.Plan.Steps[s.Step]
	if s.Old.Release == "" || s.Plan.Steps[0].StopOld {
		return false
	}
	return step.Judge == davit.JudgeMirror || step.Judge == davit.JudgePass && step.Weight < davit.Full && (step.Weight > 0 || len(step.Match) > 0)
}

// speaksOf reports whether f passes exactly the step that s is in, now.
func speaksOf(s rollout.State, f davit.Finding) bool {
	return f.Answer == davit.Passed && f.Artifact == s.New.Artifact && f.Config == s.New.Config && f.Epoch == s.Epoch && f.Step == s.Step && !f.At.Before(s.StepSince)
}
