package rollout

import (
	"fmt"
	"time"
)

// goBack turns round because something went wrong, and quarantines the digest.
// by is the gate or metric that decided.
func (m *machine) goBack(by, reason string) {
	if by == "" {
		by = "judge"
	}
	if m.mustStay() {
		m.cannotGoBack(by, reason)
		return
	}
	m.turn(by, reason, RolledBack, true)
}

// turn goes back: weight 0 first, then drain, then stop.
func (m *machine) turn(by, reason string, into Phase, quarantine bool) {
	from := m.Phase
	m.Reason, m.DecidedBy, m.Into, m.Quarantine = reason, by, into, quarantine
	m.Hold = nil
	m.Revision++
	m.Drained = false
	m.become(RollingBack, m.within(effectWithin))
	m.say("rolling-back", fmt.Sprintf("%s goes back while %s: %s", m.New.Release, from, reason),
		map[string]string{"by": by, "from": string(from), "quarantine": fmt.Sprint(quarantine)})
}

// makeWay goes back for a newer rollout that waits; nobody is to blame.
func (m *machine) makeWay(reason string) {
	m.SupersededBy = m.Next
	m.turn("queue", m.Next+" is newer, and this one would have to wait: "+reason, Superseded, false)
}

// mustStay reports whether the new version has had traffic and its database
// migration leaves no way back: only a person may decide to go back.
func (s *State) mustStay() bool { return s.OneWay && !s.Exposed.IsZero() && s.Phase.live() }

// stuck reports whether it should go back and cannot.
func (s *State) stuck() bool { return s.Hold != nil && s.Hold.OneWay }

// cannotGoBack stays where it is and pages. Before promotion that is a hold;
// after it, the same phase with a hold in it, since there is no other version.
func (m *machine) cannotGoBack(by, reason string) {
	h := Hold{By: by, Reason: "must go back, but the migration leaves no way back: " + reason, Since: m.at, Until: m.within(holdAtMost), OneWay: true}
	if m.Phase == Promoting || m.Phase == Settling {
		m.Hold, m.Deadline = &h, h.Until
	} else {
		m.stay(h)
	}
	m.say("held", h.Reason, map[string]string{"by": by, "page": "true"})
	if m.Phase == Settling && m.Next != "" {
		m.settled() // the newer one that waits is the way forward
	}
}

// page tells people again about a rollout that must go back and cannot.
func (m *machine) page() {
	h := *m.Hold
	h.Until = m.within(holdAtMost)
	m.Hold, m.Deadline = &h, h.Until
	m.say("held", "still: "+h.Reason, map[string]string{"by": h.By, "page": "true"})
}

// goingBack reports whether the way back is under way, free or not.
func (s *State) goingBack() bool { return s.Phase == RollingBack || s.Phase == Stranded }

// restores reports whether the old version has to be started again on the way
// back.
func (s *State) restores() bool { return s.OldStopped && s.Old.Release != "" }

// wait sets a deadline for the next leg of the way back; once stranded it has
// no deadline, but people.
func (m *machine) wait(d time.Duration) {
	if m.Phase != Stranded {
		m.Deadline = m.within(d)
	}
}

// backOverdue gives the way back to people where users are hurt by it, and
// only tells them where it is a version without traffic that will not stop.
func (m *machine) backOverdue() {
	switch {
	case m.Drained && m.restores():
		m.strand(m.Old.Release + " was not ready again within " + span(m.startWithin()))
	case m.Routed < m.Revision:
		m.strand("the router did not take the route within " + span(effectWithin))
	case m.restores(): // the old version cannot start before this one is gone
		m.strand(m.New.Release + " could not be stopped within " + span(retireWithin))
	default:
		m.linger(m.New.Release + " could not be stopped within " + span(retireWithin))
	}
}

// strand gives the way back to people.
func (m *machine) strand(reason string) {
	m.become(Stranded, time.Time{})
	m.say("stranded", "the way back to "+orNothing(m.Old.Release)+" is blocked: "+reason, map[string]string{"page": "true"})
}

// ended closes a rollout that has gone back.
func (m *machine) ended() {
	m.become(m.Into, time.Time{})
	if m.Into == Superseded {
		m.say("superseded", m.New.Release+" has made way for "+m.SupersededBy, map[string]string{"by": m.SupersededBy})
		return
	}
	if m.Into == Cancelled {
		m.say("cancelled", m.New.Release+" was "+m.Reason, nil)
		return
	}
	now := m.Old.Release + " serves all traffic"
	if m.Old.Release == "" {
		now = "nothing runs there now"
	}
	m.say("rolled-back", fmt.Sprintf("%s is rolled back in %s, %s: %s", m.New.Release, m.Environment, now, m.Reason),
		map[string]string{"by": m.DecidedBy, "old": m.Old.Release})
}
