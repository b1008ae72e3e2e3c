package rollout

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

func (m *machine) begin(in Begin) {
	if m.Phase != Queued {
		return
	}
	m.Old = in.Old
	if m.New.Same(m.Old) {
		m.Reason, m.DecidedBy = "the very same artifact and config run already as "+m.Old.Release, "digest"
		m.become(Done, time.Time{})
		m.say("unchanged", m.New.Release+" changes nothing in "+m.Environment+": "+m.Reason, nil)
		return
	}
	if len(m.Plan.Steps) == 0 {
		m.refuse("plan", "the plan has no steps")
		return
	}
	if m.Old.Release == "" { // nothing to compare with and nothing to spare: straight to full
		last := m.Plan.Steps[len(m.Plan.Steps)-1]
		last.Name, last.Judge, last.StopOld, last.Match, last.Mirror = "first release", davit.JudgeWatch, false, nil, 0
		m.Plan.Steps, m.Plan.Settle = []davit.Step{last}, 0
	}
	within := m.GateWithin
	if within <= 0 {
		within = gateWithin
	}
	m.become(Preparing, m.within(within))
	m.say("started", fmt.Sprintf("%s starts its way into %s by %s; it replaces %s", m.New.Release, m.Environment, m.Plan.Strategy, orNothing(m.Old.Release)),
		map[string]string{"strategy": m.Plan.Strategy, "old": m.Old.Release})
}

func (m *machine) startWithin() time.Duration { return max(2*m.StartWithin, startAtLeast) }

// gated weighs what the gates say: one that refuses ends the rollout, whatever
// the others say; one that waits, or a person who holds, keeps it waiting.
func (m *machine) gated(in Gated) {
	if m.Phase != Preparing || m.Gated || len(in.Findings) == 0 {
		return // no answer is not a pass
	}
	var waits *davit.Finding
	for i, f := range in.Findings {
		switch {
		case !m.concerns(f):
			return // it came late, from another rollout
		case f.Answer == davit.Waiting:
			if waits == nil {
				waits = &in.Findings[i]
			}
		case f.Answer != davit.Passed:
			m.found(f)
			m.refuse("gate "+f.Gate, f.Reason)
			return
		}
	}
	switch {
	case m.heldByPerson():
	case waits != nil:
		by := "gate " + waits.Gate
		if m.Hold == nil || m.Hold.By != by || m.Hold.Reason != waits.Reason {
			m.Hold = &Hold{By: by, Reason: waits.Reason, Since: m.at, Until: m.Deadline, Back: true, Gate: true}
			m.say("waiting", "waits for gate "+waits.Gate+": "+waits.Reason, map[string]string{"gate": waits.Gate})
		}
	default:
		m.gatesPassed(in.Findings)
	}
}

func (m *machine) gatesPassed(findings []davit.Finding) {
	for _, f := range findings {
		m.found(f)
	}
	m.Gated, m.Hold = true, nil
	m.Deadline = m.within(m.startWithin())
	text := plural(len(findings), "gate") + " passed; " + plural(m.Plan.Steps[0].Capacity, "instance") + " of " + m.New.Release + " to start"
	if m.stopsOld() {
		m.Revision++
		m.Deadline = m.within(effectWithin)
		text = plural(len(findings), "gate") + " passed; " + m.Old.Release + " stops to make room, requests wait meanwhile"
	}
	m.say("gated", text, nil)
}

// stopsOld reports whether the plan stops the old version before the new one
// starts.
func (s *State) stopsOld() bool { return s.Plan.Steps[0].StopOld && s.Old.Release != "" }

// starts reports whether the first instances of the new version are to start:
// the gates have passed and there is room.
func (s *State) starts() bool {
	return s.Phase == Preparing && s.Gated && (!s.stopsOld() || s.Drained)
}

// refuse ends a rollout that never touched traffic.
func (m *machine) refuse(by, reason string) {
	m.Reason, m.DecidedBy = reason, by
	m.Hold = nil
	m.become(Cancelled, time.Time{})
	m.say("refused", by+" refused "+m.New.Release+" for "+m.Environment+": "+reason, map[string]string{"by": by})
}

func (m *machine) placed(in Placed) {
	switch {
	case m.starts() && in.Release == m.New.Release && in.Ready >= m.Plan.Steps[0].Capacity:
		m.Capacity, m.Drained = in.Ready, false
		m.Revision++
		m.become(Verifying, m.within(effectWithin))
		m.say("placed", fmt.Sprintf("%d of %s ready, without traffic", in.Ready, plural(m.Instances, "instance")), nil)
	case m.Phase == Shifting && in.Release == m.New.Release && in.Ready >= m.step().Capacity && m.Capacity < m.step().Capacity:
		m.Capacity = in.Ready
		m.Revision++
		m.Deadline = m.within(effectWithin)
		m.say("placed", fmt.Sprintf("%d of %s ready", in.Ready, plural(m.Instances, "instance")), nil)
	case m.goingBack() && m.Drained && m.restores() && in.Release == m.Old.Release && in.Ready >= m.Instances:
		m.OldStopped = false
		m.Revision++
		m.wait(effectWithin)
		m.say("restored", m.Old.Release+" runs again, with "+plural(in.Ready, "ready instance"), nil)
	}
}

func (m *machine) placeFailed(in PlaceFailed) {
	switch {
	case in.Release == m.New.Release && (m.starts() || m.Phase == Shifting && m.Capacity < m.step().Capacity):
		m.goBack("start", in.Reason)
	case in.Release == m.Old.Release && m.Phase == RollingBack && m.Drained && m.restores():
		m.strand(in.Reason)
	}
}

func (m *machine) smoked(in Smoked) {
	if !m.about(in.Finding) || m.Routed < m.Revision {
		return
	}
	passed := in.Finding.Answer == davit.Passed
	switch m.Phase {
	case Verifying:
		if m.Probed {
			return
		}
		m.found(in.Finding)
		if !passed {
			m.goBack("smoke", in.Finding.Reason)
			return
		}
		m.say("verified", "the smoke tests passed without traffic: "+in.Finding.Reason, nil)
		if m.Hold != nil { // asked for before there was any traffic: there will be none
			m.Probed, m.Deadline = true, m.Hold.Until
			return
		}
		m.shift(0)
	case Promoting:
		if !passed && m.Hold != nil {
			return // it must go back, cannot, and people know
		}
		m.found(in.Finding)
		if !passed {
			m.goBack("smoke after promotion", in.Finding.Reason)
			return
		}
		m.settle(in.Finding.Reason)
	case Queued, Preparing, Shifting, Baking, Held, Settling, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
}

// prepareOverdue ends the wait for gates, for room, or for instances.
func (m *machine) prepareOverdue() {
	switch {
	case !m.Gated && m.Hold != nil:
		m.refuse(m.Hold.By, "still waiting: "+m.Hold.Reason)
	case !m.Gated:
		m.refuse("gates", "none of them answered")
	case m.stopsOld() && !m.OldStopped:
		m.goBack("deadline", "the router did not let requests wait within "+span(effectWithin))
	case m.stopsOld() && !m.Drained:
		m.goBack("deadline", m.Old.Release+" did not make room within "+span(retireWithin))
	default:
		m.goBack("start", m.notReady(m.startWithin()))
	}
}

func (m *machine) notReady(within time.Duration) string {
	return fmt.Sprintf("%s did not have %s within %s", m.New.Release, plural(m.step().Capacity, "ready instance"), span(within))
}
