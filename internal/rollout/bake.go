package rollout

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

func (m *machine) judged(in Judged) {
	if !m.Phase.live() && m.Phase != Verifying || !m.concerns(in.Finding) || m.Settled {
		return
	}
	if in.Verdict == davit.Fail { // whichever step it was seen in: harm is harm
		if m.stuck() {
			return // people know
		}
		m.found(in.Finding)
		m.Last = &in.Finding
		m.goBack(in.Finding.Evidence["metric"], in.Finding.Reason)
		return
	}
	if m.Phase != Baking || !m.about(in.Finding) {
		return
	}
	passes := in.Verdict == davit.Pass && in.Finding.Answer == davit.Passed && m.at.Sub(in.Finding.At) <= freshWithin
	switch {
	case m.at.Sub(m.StepSince) < m.step().Hold:
	case passes || !m.needsPass():
		m.leave(in.Finding)
	case !m.at.Before(m.Deadline):
		m.Last = &in.Finding
		m.overdue(in.Verdict, in.Finding.Reason)
	}
}

// leave goes on from a step with all that the judge has to say there.
func (m *machine) leave(f davit.Finding) {
	m.found(f)
	m.Last = &f
	if m.needsPass() {
		m.say("passed", m.nth()+": "+f.Reason, map[string]string{"step": fmt.Sprint(m.Step), "metric": f.Evidence["metric"]})
	}
	m.leaveOrAsk()
}

// leaveOrAsk goes on from a step, unless it asks for a person.
func (m *machine) leaveOrAsk() {
	if m.step().Approve && !m.Approved {
		m.hold("plan", m.nth()+" waits for a person to promote", m.Deadline)
		return
	}
	m.next()
}

// hold waits for a person because the plan or the judge says so. Nobody is
// asked for a release that a newer one is about to replace.
func (m *machine) hold(by, reason string, until time.Time) {
	if m.Next != "" && !m.mustStay() {
		m.makeWay(reason)
		return
	}
	m.Hold = &Hold{By: by, Reason: reason, Since: m.at, Until: until, Back: true}
	m.become(Held, until)
	m.say("held", reason, map[string]string{"by": by})
}

// next goes on from the current step, whatever it asked for.
func (m *machine) next() {
	m.Hold = nil
	if !m.last() {
		m.shift(m.Step + 1)
		return
	}
	m.become(Promoting, m.within(effectWithin))
	m.say("promoted", m.New.Release+" is the stable version of "+m.Environment+" now", map[string]string{"old": m.Old.Release})
}

// overdue ends a step that was not passed within its deadline.
func (m *machine) overdue(v davit.Verdict, why string) {
	if v == davit.NoData && m.NoData == "hold" {
		m.hold("judge", "not enough data: "+why, m.within(holdAtMost))
		return
	}
	m.goBack("deadline", fmt.Sprintf("not shown to be safe within %s: %s", span(m.at.Sub(m.StepSince)), why))
}

// tick takes the default way out of a phase whose deadline is over. A phase
// that began in this very instant is left for the next tick, so that a tick
// that comes twice is as good as one.
func (m *machine) tick() {
	switch {
	case !m.at.After(m.Since):
		return
	case m.Phase == Baking && !m.needsPass():
		if !m.at.Before(m.StepSince.Add(m.step().Hold)) {
			m.leaveOrAsk()
		}
		return
	case m.heldByPerson() && m.Phase != Held && !m.at.Before(m.Hold.Until) && (m.at.Before(m.Deadline) || m.Probed || !m.Gated):
		m.unhold("the hold by " + m.Hold.By + " is over")
		return
	case m.Deadline.IsZero() || m.at.Before(m.Deadline):
		return
	}
	switch m.Phase {
	case Preparing:
		m.prepareOverdue()
	case Verifying:
		m.goBack("deadline", m.notDone("the smoke tests gave no answer"))
	case Shifting:
		m.shiftOverdue()
	case Baking:
		m.overdue(davit.NoData, "the judge gave no word")
	case Held:
		m.holdOver()
	case Promoting:
		if m.stuck() {
			m.page()
			return
		}
		m.goBack("deadline", m.notDone("the smoke tests after promotion gave no answer"))
	case Settling:
		m.settlingOverdue()
	case RollingBack:
		m.backOverdue()
	case Queued, Done, RolledBack, Stranded, Superseded, Cancelled:
	}
}

// notDone says what did not happen in time: the router comes before the tests.
func (m *machine) notDone(tests string) string {
	if m.Routed < m.Revision {
		tests = "the router did not take the route"
	}
	return tests + " within " + span(effectWithin)
}

func (m *machine) shiftOverdue() {
	if m.Capacity < m.step().Capacity {
		m.goBack("start", m.notReady(m.startWithin()+effectWithin))
		return
	}
	m.goBack("deadline", m.notDone("traffic was not moved"))
}

func (m *machine) holdOver() {
	switch {
	case m.stuck():
		m.page()
	case m.heldByPerson():
		m.unhold("the hold by " + m.Hold.By + " is over")
	default:
		m.goBack("deadline", "nobody promoted in time: "+m.Hold.Reason)
	}
}
