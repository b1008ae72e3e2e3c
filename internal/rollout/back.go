package rollout

import "fmt"

// goBack turns round: weight 0 first, then drain, then stop. by is the gate,
// metric or person that decided.
func (m *machine) goBack(by, reason string, quarantine bool) {
	m.turn(by, reason, RolledBack, quarantine)
}

func (m *machine) turn(by, reason string, into Phase, quarantine bool) {
	if by == "" {
		by = "judge"
	}
	if m.OneWay && m.Phase.live() && quarantine {
		m.cannotGoBack(by, reason)
		return
	}
	from := m.Phase
	m.Reason, m.DecidedBy, m.Into, m.Quarantine = reason, by, into, quarantine
	m.Hold = nil
	m.Revision++
	m.Drained = false
	within := effectWithin
	if m.OldStopped {
		within += m.startWithin()
	}
	m.become(RollingBack, within)
	m.say("rolling-back", fmt.Sprintf("%s goes back from %s: %s", m.New.Release, from, reason),
		map[string]string{"by": by, "from": string(from), "quarantine": fmt.Sprint(quarantine)})
}

// cannotGoBack holds a rollout whose database migration has no way back.
func (m *machine) cannotGoBack(by, reason string) {
	if m.Phase == Held || m.Phase != Baking {
		return
	}
	m.Hold = &Hold{By: by, Reason: "must go back but cannot, the migration has no way back: " + reason, Since: m.at, Until: m.at.Add(holdAtMost)}
	m.become(Held, holdAtMost)
	m.say("held", m.Hold.Reason, nil)
}

// strand gives the way back to people.
func (m *machine) strand(reason string) {
	m.become(Stranded, 0)
	m.say("stranded", "the way back to "+orNothing(m.Old.Release)+" is blocked: "+reason, nil)
}

// ended closes a rollout that has gone back.
func (m *machine) ended() {
	into := m.Into
	if into == "" {
		into = RolledBack
	}
	m.become(into, 0)
	switch into {
	case Superseded:
		m.say("superseded", m.New.Release+" made way for "+m.SupersededBy, nil)
	case Cancelled:
		m.say("cancelled", m.New.Release+" was cancelled: "+m.Reason, nil)
	default:
		m.say("rolled-back", fmt.Sprintf("%s is rolled back in %s: %s", m.New.Release, m.Environment, m.Reason),
			map[string]string{"by": m.DecidedBy, "old": m.Old.Release})
	}
}
