package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
)

// shift enters step i: capacity first, then traffic.
func (m *machine) shift(i int) {
	m.Step, m.Last, m.Probed = i, nil, false
	step := m.step()
	within, wants := effectWithin, ""
	if m.Capacity < step.Capacity {
		within += m.startWithin()
		wants = " once " + plural(step.Capacity, "instance") + " are ready"
	} else {
		m.Revision++
	}
	m.become(Shifting, m.within(within))
	m.say("shifting", fmt.Sprintf("goes on to %s%s", m.nth(), wants), map[string]string{"step": fmt.Sprint(i), "name": step.Name})
}

// nth names the current step for people.
func (m *machine) nth() string {
	return fmt.Sprintf("step %d of %d (%s)", m.Step+1, len(m.Plan.Steps), m.step().Name)
}

// stepEnds returns when the current step takes its default way out if it
// begins, or goes on, now.
func (m *machine) stepEnds() time.Time {
	step := m.step()
	if step.Deadline <= 0 {
		return m.within(max(stepAtMost, 2*step.Hold))
	}
	return m.within(step.Deadline)
}

func (m *machine) routed(in Routed) {
	if in.Revision != m.Revision || m.Routed >= in.Revision {
		return
	}
	m.Routed = in.Revision
	switch m.Phase {
	case Shifting:
		m.shifted()
	case Settling:
		m.become(Done, time.Time{})
		m.say("done", m.New.Release+" is all there is in "+m.Environment, nil)
	case RollingBack, Stranded:
		m.Weight = 0
		switch {
		case m.Drained:
			m.ended()
		default:
			m.wait(retireWithin)
			m.say("withdrawn", m.New.Release+" gets no traffic any more", nil)
		}
	case Preparing:
		// From here on the old version is about to be stopped, and a way back
		// has to start it again.
		m.OldStopped = true
		m.Deadline = m.within(retireWithin)
		m.say("routed", "requests wait while "+m.Old.Release+" stops", nil)
	case Verifying:
		m.say("routed", m.New.Release+" can be probed through the router", nil)
	case Queued, Baking, Held, Promoting, Done, RolledBack, Superseded, Cancelled:
		m.say("routed", fmt.Sprintf("the router serves revision %d", in.Revision), nil)
	}
}

func (m *machine) shifted() {
	step := m.step()
	m.Weight, m.StepSince, m.Approved = step.Weight, m.at, false
	if m.Exposed.IsZero() {
		m.Exposed = m.at
	}
	m.Shifts = append(slices.Clip(m.Shifts), Shift{m.at, step.Weight})
	m.become(Baking, m.stepEnds())
	m.say("shifted", m.nth()+": "+m.gets(), map[string]string{"weight": fmt.Sprint(int(step.Weight)), "step": fmt.Sprint(m.Step), "name": step.Name})
	switch {
	case m.Hold == nil:
	case m.at.Before(m.Hold.Until): // asked for while the first traffic was being moved
		m.become(Held, m.Hold.Until)
	default:
		m.Hold = nil
	}
}

// gets says what the new version gets in the current step.
func (m *machine) gets() string {
	step, release := m.step(), m.New.Release
	switch {
	case step.Mirror > 0 && step.Weight == 0:
		return fmt.Sprintf("copies of %s of the traffic go to %s, their answers are dropped", step.Mirror, release)
	case step.Weight == 0 && len(step.Match) > 0:
		return "the requests that match go to " + release
	case step.Weight == 0:
		return "no traffic goes to " + release
	case step.Weight == davit.Full:
		return "all traffic goes to " + release
	}
	return fmt.Sprintf("%s of the traffic goes to %s", step.Weight, release)
}

// stay gives up on a step whose traffic has not been confirmed and returns to
// the step before it, whose traffic was. The router may have the new split
// already, so the old one is wanted again, as a new revision.
func (m *machine) stay(h Hold) {
	if m.Phase == Shifting {
		m.Step--
		m.Revision++
	}
	m.Hold = &h
	m.become(Held, h.Until)
}
