package rollout

import (
	"fmt"
	"time"
)

// settle keeps the old version warm for a while, and watches on. verified says
// what the smoke tests saw.
func (m *machine) settle(verified string) {
	m.Hold = nil
	window := m.Plan.Settle
	if m.Next != "" {
		window = min(window, settleAtLeast)
	}
	m.become(Settling, m.within(window))
	text := "verified after promotion: " + verified
	if window > 0 {
		text += "; it is watched for " + span(window) + " more"
		if !m.OldStopped && m.Old.Release != "" {
			text += ", and " + m.Old.Release + " stays warm"
		}
	}
	m.say("settling", text, nil)
	if window <= 0 {
		m.settled()
	}
}

// settled ends the window in which the old version is kept warm.
func (m *machine) settled() {
	text := m.New.Release + " has settled in " + m.Environment
	if m.Next != "" && m.at.Before(m.Since.Add(m.Plan.Settle)) {
		text = fmt.Sprintf("%s has settled early in %s, after %s: %s waits", m.New.Release, m.Environment, span(m.at.Sub(m.Since)), m.Next)
	}
	m.Settled, m.Hold = true, nil
	m.Deadline = m.within(retireWithin)
	m.Drained = m.Old.Release == "" || m.OldStopped
	if m.Drained {
		m.Revision++
	}
	m.OldStopped = true
	m.say("settled", text, nil)
}

// hurry ends the settling window for a newer rollout that waits: at once if it
// has lasted long enough to be worth something, else as soon as it has.
func (m *machine) hurry() {
	if m.stuck() { // it cannot go back: the newer one is the way forward
		m.settled()
		return
	}
	end := m.Since.Add(min(m.Plan.Settle, settleAtLeast))
	if !m.at.Before(end) {
		m.settled()
		return
	}
	if end.Before(m.Deadline) {
		m.Deadline = end
	}
	m.say("awaited", fmt.Sprintf("%s waits: %s settles until %s only", m.Next, m.New.Release, clock(m.Deadline)), map[string]string{"next": m.Next})
}

func (m *machine) settlingOverdue() {
	switch {
	case m.stuck():
		m.page()
	case !m.Settled:
		m.settled()
	case !m.Drained:
		m.linger(m.Old.Release + " could not be stopped within " + span(retireWithin))
	default:
		m.linger("the router did not take the route without " + orNothing(m.Old.Release) + " within " + span(retireWithin))
	}
}

// linger tells people what does not come to an end; it does no harm to traffic.
func (m *machine) linger(text string) {
	m.Deadline = m.within(retireWithin)
	m.say("lingering", text, nil)
}

func (m *machine) retired(in Retired) {
	data := map[string]string{"note": in.Note}
	switch {
	case m.Phase == Preparing && in.Release == m.Old.Release && m.stopsOld() && m.OldStopped && !m.Drained:
		m.Drained = true
		m.Deadline = m.within(m.startWithin())
		m.say("stopped", m.Old.Release+" is drained and stopped to make room", data)
	case m.Phase == Settling && m.Settled && !m.Drained && in.Release == m.Old.Release:
		m.Drained = true
		m.Revision++
		m.Deadline = m.within(retireWithin)
		m.say("retired", m.Old.Release+" is drained and stopped", data)
	case m.goingBack() && !m.Drained && m.Routed == m.Revision && in.Release == m.New.Release:
		m.Drained = true
		if m.restores() {
			m.wait(m.startWithin())
		} else {
			m.Revision++
			m.wait(effectWithin)
		}
		m.say("retired", m.New.Release+" is drained and stopped", data)
	}
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05 MST") }
