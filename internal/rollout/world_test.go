package rollout_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
	"pgregory.net/rapid"
)

// drawRollout draws a rollout of up to four steps by any kind of plan.
func drawRollout(t *rapid.T) rollout.State {
	n := rapid.IntRange(1, 5).Draw(t, "instances")
	s := rollout.State{
		ID: "r", Service: "shop", Environment: "production", Epoch: 7, Instances: n, Phase: rollout.Queued, Since: start,
		New:     rollout.Side{Release: "new", Artifact: "sha256:new", Config: "sha256:c"},
		NoData:  rapid.SampledFrom([]string{"rollback", "hold"}).Draw(t, "nodata"),
		OneWay:  rapid.IntRange(0, 3).Draw(t, "oneway") == 0,
		Plan:    davit.Plan{Strategy: "drawn", Settle: seconds(t, "settle", 90)},
		Actor:   "ann",
		Intent:  rollout.Deploy,
		Run:     "run",
		Created: start,
	}
	weight, capacity := davit.Weight(0), 1
	for i := range rapid.IntRange(0, 3).Draw(t, "steps") {
		weight = davit.Weight(rapid.IntRange(int(weight), int(davit.Full)).Draw(t, "weight"))
		capacity = rapid.IntRange(capacity, n).Draw(t, "capacity")
		s.Plan.Steps = append(s.Plan.Steps, drawStep(t, fmt.Sprintf("step %d", i), weight, capacity))
	}
	s.Plan.Steps = append(s.Plan.Steps, drawStep(t, "full", davit.Full, n))
	if len(s.Plan.Steps) == 1 {
		s.Plan.Steps[0].StopOld = rapid.Bool().Draw(t, "recreate")
	}
	return s
}

func drawStep(t *rapid.T, name string, weight davit.Weight, capacity int) davit.Step {
	step := davit.Step{
		Name: name, Weight: weight, Capacity: capacity, Hold: seconds(t, "hold", 20),
		Judge:   rapid.SampledFrom([]davit.Judging{davit.JudgeNone, davit.JudgePass, davit.JudgePass, davit.JudgeWatch, davit.JudgeMirror}).Draw(t, "judge"),
		Approve: rapid.IntRange(0, 5).Draw(t, "approve") == 0,
	}
	if rapid.Bool().Draw(t, "deadline") {
		step.Deadline = step.Hold + time.Minute + seconds(t, "more", 600)
	}
	if rapid.IntRange(0, 3).Draw(t, "match") == 0 {
		step.Match = []davit.Match{{Header: "X-Beta", Values: []string{"1"}}}
	}
	if step.Judge == davit.JudgeMirror {
		step.Mirror = davit.Percent(10)
	}
	return step
}

func seconds(t *rapid.T, what string, most int) time.Duration {
	return time.Duration(rapid.IntRange(0, most).Draw(t, what)) * time.Second
}

var oldSide = rollout.Side{Release: "old", Artifact: "sha256:old", Config: "sha256:c"}

// drawInput draws anything that may reach a rollout: mostly what its world
// would say now, well or badly; else something late, wrong, or a person's.
func drawInput(t *rapid.T, s rollout.State, now time.Time) rollout.Input {
	if s.Phase == rollout.Queued && rapid.IntRange(0, 3).Draw(t, "begin") > 0 {
		return rollout.Begin{Old: drawOld(t), At: now}
	}
	if wanted := rollout.Wanted(s); len(wanted) > 0 && rapid.IntRange(0, 9).Draw(t, "answers") < 7 {
		e := wanted[rapid.IntRange(0, len(wanted)-1).Draw(t, "effect")]
		return answerTo(t, s, e, now)
	}
	if rapid.IntRange(0, 2).Draw(t, "person") == 0 {
		return drawWish(t, now)
	}
	release := rapid.SampledFrom([]string{"new", "old", "other"}).Draw(t, "release")
	switch rapid.IntRange(0, 8).Draw(t, "stray") {
	case 0:
		return rollout.Placed{Release: release, Ready: rapid.IntRange(0, 5).Draw(t, "ready"), At: now}
	case 1:
		return rollout.PlaceFailed{Release: release, Reason: "no room", At: now}
	case 2:
		return rollout.Routed{Revision: uint64(rapid.IntRange(0, int(s.Revision)+2).Draw(t, "revision")), At: now}
	case 3:
		return rollout.Retired{Release: release, At: now}
	case 4:
		return rollout.Crashed{Release: release, Reason: "dies", At: now}
	case 5:
		return rollout.Smoked{Finding: drawFinding(t, s, "smoke", now), At: now}
	case 6:
		return rollout.Gated{Findings: []davit.Finding{drawFinding(t, s, "soak", now)}, At: now}
	case 7:
		return drawWord(t, s, now)
	}
	return rollout.Tick{At: now}
}

func drawOld(t *rapid.T) rollout.Side {
	switch rapid.IntRange(0, 9).Draw(t, "old") {
	case 0:
		return rollout.Side{}
	case 1:
		return rollout.Side{Release: "old", Artifact: "sha256:new", Config: "sha256:c"}
	}
	return oldSide
}

// answerTo draws what may come of an effect; well, more often than not.
func answerTo(t *rapid.T, s rollout.State, e rollout.Effect, now time.Time) rollout.Input {
	well := rapid.IntRange(0, 9).Draw(t, "well") < 7
	switch e := e.(type) {
	case rollout.AskGates:
		if well {
			return rollout.Gated{Findings: []davit.Finding{passed(s, "soak", -1, now)}, At: now}
		}
		return rollout.Gated{Findings: []davit.Finding{drawFinding(t, s, "soak", now), drawFinding(t, s, "approval", now)}, At: now}
	case rollout.Place:
		if well {
			return rollout.Placed{Release: e.Release, Ready: e.Count, At: now}
		}
		return rollout.PlaceFailed{Release: e.Release, Reason: "no room", At: now}
	case rollout.Route:
		return rollout.Routed{Revision: e.Revision, At: now}
	case rollout.Smoke:
		if well {
			return rollout.Smoked{Finding: passed(s, "smoke", s.Step, now), At: now}
		}
		return rollout.Smoked{Finding: drawFinding(t, s, "smoke", now), At: now}
	case rollout.Retire:
		return rollout.Retired{Release: e.Release, At: now}
	}
	if well {
		return rollout.Judged{Verdict: davit.Pass, Finding: passed(s, "judge", s.Step, now), At: now}
	}
	return drawWord(t, s, now)
}

func passed(s rollout.State, gate string, step int, now time.Time) davit.Finding {
	return davit.Finding{Gate: gate, Answer: davit.Passed, Reason: "fine", Release: "new", Artifact: s.New.Artifact, Config: s.New.Config, Epoch: s.Epoch, Step: step, At: now}
}

// drawFinding draws a finding about this rollout or, now and then, another.
func drawFinding(t *rapid.T, s rollout.State, gate string, now time.Time) davit.Finding {
	f := passed(s, gate, rapid.IntRange(-1, 4).Draw(t, "step"), now)
	f.Answer = rapid.SampledFrom([]davit.Answer{davit.Passed, davit.Refused, davit.Waiting, ""}).Draw(t, "answer")
	f.Evidence = map[string]string{"metric": "errors", "requests": "212"}
	switch rapid.IntRange(0, 9).Draw(t, "wrong") {
	case 0:
		f.Epoch--
	case 1:
		f.Artifact = "sha256:other"
	case 2:
		f.Config = "sha256:other"
	case 3:
		f.At = now.Add(-time.Hour)
	}
	return f
}

func drawWord(t *rapid.T, s rollout.State, now time.Time) rollout.Input {
	f := passed(s, "judge", s.Step, now)
	f.Evidence = map[string]string{"metric": "errors", "requests": "212"}
	v := rapid.SampledFrom([]davit.Verdict{davit.Pass, davit.Pass, davit.Pass, davit.Fail, davit.Continue, davit.NoData}).Draw(t, "verdict")
	switch rapid.IntRange(0, 5).Draw(t, "wrong") { // a PASS with one thing wrong is none
	case 0:
		f.Step = rapid.IntRange(-1, 4).Draw(t, "step")
	case 1:
		f.Answer = davit.Waiting
	case 2:
		f.Epoch--
	case 3:
		f.Artifact = "sha256:other"
	case 4:
		f.Config = "sha256:other"
	case 5:
		f.At = now.Add(-11 * time.Second)
	}
	return rollout.Judged{Verdict: v, Finding: f, At: now}
}

func drawWish(t *rapid.T, now time.Time) rollout.Input {
	switch rapid.IntRange(0, 8).Draw(t, "wish") {
	case 0, 1:
		return rollout.Halt{Actor: "bob", Reason: "look", Until: now.Add(time.Duration(rapid.IntRange(-5, 90000).Draw(t, "until")) * time.Second), At: now}
	case 2:
		return rollout.Resume{Actor: "bob", At: now}
	case 3:
		return rollout.Advance{Actor: "bob", At: now}
	case 4:
		return rollout.Advance{Actor: "bob", Force: true, Reason: rapid.SampledFrom([]string{"", "must"}).Draw(t, "why"), At: now}
	case 5:
		return rollout.Abort{Actor: "bob", Reason: "hurts", At: now}
	case 6, 7:
		return rollout.Supersede{By: rapid.SampledFrom([]string{"r2", "r3"}).Draw(t, "by"), At: now}
	}
	return rollout.Cancel{Actor: "bob", Reason: "wrong", At: now}
}

// drawTime moves on by a moment, to when the machine wants a tick, or far.
func drawTime(t *rapid.T, s rollout.State, now time.Time) time.Time {
	switch rapid.IntRange(0, 9).Draw(t, "time") {
	case 0, 1:
		if wake := s.Wake(); wake.After(now) {
			return wake
		}
	case 2:
		return now.Add(time.Hour)
	case 3:
		return now
	}
	return now.Add(seconds(t, "passes", 12))
}

// router remembers what a rollout has wanted of the router, and got.
type router struct {
	asked  map[uint64]rollout.Route
	served rollout.Route

	retired bool // the new version has been
	stopped bool // the old version may have lost instances
}

// take takes over the route that in confirms; s is the state before it.
func (r *router) take(s rollout.State, in rollout.Input) {
	wanted := rollout.Wanted(s)
	if placed, ok := in.(rollout.Placed); ok && slices.Contains(wanted, rollout.Effect(rollout.Place{Release: placed.Release, Count: s.Instances})) && placed.Release == s.Old.Release && placed.Ready >= s.Instances {
		r.stopped = false
	}
	if s.Old.Release != "" && slices.Contains(wanted, rollout.Effect(rollout.Retire{Release: s.Old.Release})) {
		r.stopped = true
	}
	if retired, ok := in.(rollout.Retired); ok && retired.Release == s.New.Release && slices.Contains(wanted, rollout.Effect(rollout.Retire{Release: retired.Release})) {
		r.retired = true
	}
	if routed, ok := in.(rollout.Routed); ok && routed.Revision == s.Revision && s.Routed < s.Revision {
		if asked, ok := r.asked[s.Revision]; ok {
			r.served = asked
		}
	}
}
