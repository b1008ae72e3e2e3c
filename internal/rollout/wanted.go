package rollout

import "github.com/davit-cd/davit"

// Wanted says what has to be true in the world while the rollout is in state s.
// It depends on the state alone: after a crash the engine asks again and works
// towards the same answer.
func Wanted(s State) []Effect {
	switch s.Phase {
	case Preparing:
		return wantedPreparing(s)
	case Verifying:
		switch {
		case s.Routed < s.Revision:
			return []Effect{s.route()}
		case s.Probed:
			return []Effect{s.watch(true)}
		}
		return []Effect{Smoke{Release: s.New.Release}, s.watch(true)}
	case Shifting:
		return wantedShifting(s)
	case Baking, Held:
		if s.Routed < s.Revision { // back at the step before: see stay
			return []Effect{s.route(), s.watch(false)}
		}
		return []Effect{s.watch(false)}
	case Promoting:
		return []Effect{Smoke{Release: s.New.Release, Again: true}, s.watch(true)}
	case Settling:
		return wantedSettling(s)
	case RollingBack, Stranded:
		return wantedBack(s)
	case Queued, Done, RolledBack, Superseded, Cancelled:
	}
	return nil
}

func wantedPreparing(s State) []Effect {
	switch {
	case !s.Gated:
		return []Effect{AskGates{}}
	case s.stopsOld() && s.Routed < s.Revision:
		return []Effect{s.route()}
	case s.stopsOld() && !s.Drained:
		return []Effect{Retire{s.Old.Release}}
	}
	return []Effect{Place{s.New.Release, s.Plan.Steps[0].Capacity}}
}

// wantedShifting is capacity first, then traffic. What has traffic already is
// watched meanwhile.
func wantedShifting(s State) []Effect {
	var wanted []Effect
	if s.Capacity < s.step().Capacity {
		wanted = append(wanted, Place{s.New.Release, s.step().Capacity})
	} else {
		wanted = append(wanted, s.route())
	}
	if !s.Exposed.IsZero() {
		wanted = append(wanted, Watch{Step: s.Step, Guard: true, Moving: true})
	}
	return wanted
}

func wantedSettling(s State) []Effect {
	switch {
	case !s.Settled:
		return []Effect{s.watch(true)}
	case !s.Drained:
		return []Effect{Retire{s.Old.Release}}
	}
	return []Effect{s.route()}
}

// wantedBack is traffic first, then the new version's end. An old version that
// was stopped to make room starts again after that: the two cannot run at a
// time.
func wantedBack(s State) []Effect {
	switch {
	case s.Routed < s.Revision:
		return []Effect{s.route()}
	case !s.Drained:
		return []Effect{Retire{s.New.Release}}
	}
	return []Effect{Place{s.Old.Release, s.Instances}}
}

// route is the split that the state wants.
func (s *State) route() Route {
	r := Route{Revision: s.Revision, Old: s.Old.Release, New: s.New.Release}
	switch {
	case s.Phase == Preparing: // recreate: requests wait while the old version makes room
		r.New, r.Hold = "", true
	case s.Phase == Verifying:
		r.Hold = s.OldStopped
	case s.Phase == Settling && s.Drained:
		r.Old, r.Weight = "", davit.Full
	case s.goingBack():
		r.Hold = s.restores()
		if s.Drained {
			r.New = ""
		}
	default:
		step := s.step()
		r.Weight, r.Match, r.Mirror = step.Weight, step.Match, step.Mirror
	}
	if s.OldStopped && s.Phase.live() {
		r.Old = ""
	}
	return r
}

// watch is the judgement that the state wants. A version without a living
// rival, or one that has all the traffic, is only guarded.
func (s *State) watch(guard bool) Watch {
	step := s.step()
	return Watch{
		Step:   s.Step,
		Mirror: !guard && step.Judge == davit.JudgeMirror,
		Guard:  guard || !s.comparable(),
	}
}

// comparable reports whether both versions can be measured side by side in the
// current step. Where they cannot, the judge only guards.
func (s *State) comparable() bool {
	step := s.step()
	if s.Old.Release == "" || s.OldStopped {
		return false
	}
	return step.Judge == davit.JudgeMirror || step.Weight < davit.Full && (step.Weight > 0 || len(step.Match) > 0) && step.Judge != davit.JudgeNone
}

// needsPass reports whether only the judge's PASS, or a person, lets the
// rollout out of the current step.
func (s *State) needsPass() bool {
	j := s.step().Judge
	return s.comparable() && (j == davit.JudgePass || j == davit.JudgeMirror)
}
