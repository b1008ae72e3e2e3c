package rollout

import (
	"fmt"

	"github.com/davit-cd/davit"
)

func (m *machine) judged(in Judged) {
	if !m.Phase.live() && m.Phase != Verifying || !m.about(in.Finding) || m.Settled {
		return
	}
	if in.Verdict == davit.Fail {
		m.found(in.Finding)
		m.Last = &in.Finding
		m.goBack(in.Finding.Evidence["metric"], in.Finding.Reason, true)
		return
	}
	if m.Phase != Baking {
		return
	}
	if m.at.Before(m.Deadline) {
		m.leave(in)
		return
	}
	m.Last = &in.Finding
	m.overdue(in.Verdict, in.Finding.Reason)
}

// leave goes on to the next step if all that the step asks for is there.
func (m *machine) leave(in Judged) {
	step := m.step()
	if m.at.Sub(m.StepSince) < step.Hold {
		return
	}
	if m.needsPass() && in.Verdict != davit.Pass {
		return
	}
	m.found(in.Finding)
	m.Last = &in.Finding
	if m.needsPass() {
		m.say("passed", in.Finding.Reason, map[string]string{"step": fmt.Sprint(m.Step), "metric": in.Finding.Evidence["metric"]})
	}
	if step.Approve && !m.Approved {
		m.Hold = &Hold{By: "plan", Reason: "step " + step.Name + " asks a person to promote", Since: m.at, Until: m.at.Add(holdAtMost), Back: true}
		m.become(Held, holdAtMost)
		m.say("held", m.Hold.Reason, nil)
		return
	}
	m.next()
}

// next goes on from the current step, whatever it asked for.
func (m *machine) next() {
	m.Hold = nil
	if !m.last() {
		m.shift(m.Step + 1)
		return
	}
	m.become(Promoting, effectWithin)
	m.say("promoted", m.New.Release+" is the stable version of "+m.Environment+" now", map[string]string{"old": m.Old.Release})
}

func (m *machine) settle() {
	m.become(Settling, m.Plan.Settle)
	if m.Plan.Settle <= 0 {
		m.settled()
		return
	}
	m.say("settling", m.New.Release+" is verified; "+orNothing(m.Old.Release)+" stays warm for "+m.Plan.Settle.String(), nil)
}

// settled ends the window in which the old version is kept warm.
func (m *machine) settled() {
	m.Settled = true
	m.Deadline = m.at.Add(retireWithin)
	m.Drained = m.Old.Release == "" || m.OldStopped
	if m.Drained {
		m.Revision++
	}
	m.OldStopped = true
	m.say("settled", m.New.Release+" has settled in "+m.Environment, nil)
}

func (m *machine) retired(in Retired) {
	switch {
	case m.Phase == Preparing && in.Release == m.Old.Release && m.Plan.Steps[0].StopOld:
		m.OldStopped = true
		m.Deadline = m.at.Add(m.startWithin())
		m.say("stopped", m.Old.Release+" is stopped to make room", map[string]string{"note": in.Note})
	case m.Phase == Settling && m.Settled && !m.Drained && in.Release == m.Old.Release:
		m.Drained = true
		m.Revision++
		m.say("retired", m.Old.Release+" is drained and stopped", map[string]string{"note": in.Note})
	case (m.Phase == RollingBack || m.Phase == Stranded) && !m.Drained && m.Routed == m.Revision && in.Release == m.New.Release:
		m.Drained = true
		m.Revision++
		m.say("retired", m.New.Release+" is drained and stopped", map[string]string{"note": in.Note})
	}
}

// tick takes the default way out of a phase whose deadline is over.
func (m *machine) tick() {
	if m.Phase == Baking && !m.needsPass() && !m.step().Approve && m.at.Before(m.Deadline) && m.Wake().Compare(m.at) <= 0 {
		m.next()
		return
	}
	if m.Deadline.IsZero() || m.at.Before(m.Deadline) {
		return
	}
	switch m.Phase {
	case Preparing:
		m.prepareOverdue()
	case Verifying:
		m.goBack("deadline", "the smoke tests gave no answer within "+effectWithin.String(), true)
	case Shifting:
		m.goBack("deadline", "capacity or route was not in place within its deadline", true)
	case Baking:
		m.overdue(davit.NoData, "the judge gave no word")
	case Held:
		m.holdOver()
	case Promoting:
		m.goBack("deadline", "the smoke tests after promotion gave no answer within "+effectWithin.String(), true)
	case Settling:
		m.settlingOverdue()
	case RollingBack:
		if m.Routed == m.Revision {
			m.linger(m.New.Release)
			return
		}
		m.strand("the way back was not free within its deadline")
	case Queued, Done, RolledBack, Stranded, Superseded, Cancelled:
	}
}

func (m *machine) prepareOverdue() {
	if !m.Gated {
		by, reason := "gates", "the gates gave no answer"
		if m.Hold != nil {
			by, reason = m.Hold.By, "still waiting: "+m.Hold.Reason
		}
		m.refuse(by, reason)
		return
	}
	m.goBack("start", "no "+plural(m.Plan.Steps[0].Capacity, "ready instance")+" within "+m.startWithin().String(), true)
}

// overdue ends a step that was not passed within its deadline.
func (m *machine) overdue(v davit.Verdict, why string) {
	if m.step().Approve && v == davit.Pass {
		return
	}
	if v == davit.NoData && m.NoData == "hold" {
		m.Hold = &Hold{By: "judge", Reason: "not enough data: " + why, Since: m.at, Until: m.at.Add(holdAtMost), Back: true}
		m.become(Held, holdAtMost)
		m.say("held", m.Hold.Reason, nil)
		return
	}
	within := m.at.Sub(m.StepSince).Round(1e9)
	m.goBack("deadline", fmt.Sprintf("not shown to be safe within %s: %s", within, why), true)
}

func (m *machine) holdOver() {
	if m.Hold != nil && !m.Hold.Back {
		m.unhold("davit", "the hold by "+m.Hold.By+" is over")
		return
	}
	reason := "nobody promoted in time"
	if m.Hold != nil {
		reason = "nobody promoted in time: " + m.Hold.Reason
	}
	m.goBack("deadline", reason, true)
}

func (m *machine) settlingOverdue() {
	if !m.Settled {
		m.settled()
		return
	}
	m.linger(m.Old.Release)
}

// linger tells people about a version without traffic that will not stop.
func (m *machine) linger(release string) {
	m.Deadline = m.at.Add(retireWithin)
	m.say("lingering", orNothing(release)+" could not be stopped within "+retireWithin.String(), nil)
}

func orNothing(release string) string {
	if release == "" {
		return "nothing"
	}
	return release
}
