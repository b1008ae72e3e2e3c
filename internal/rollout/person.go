package rollout

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Refuse says why a person's wish cannot be granted in state s, as a Conflict,
// or nil. Step ignores what Refuse refuses.
func Refuse(s State, in Input) error {
	text, hint := refusal(s, in)
	if text == "" {
		return nil
	}
	return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("rollout %s is %s: %s", s.ID, s.Phase, text), Hint: hint}
}

func refusal(s State, in Input) (text, hint string) {
	if s.Phase.Final() {
		switch in.(type) {
		case Halt, Resume, Advance, Abort, Cancel:
			return "it is over", "a version comes back by a new rollout: davit promote RELEASE or davit rollback"
		}
	}
	switch in := in.(type) {
	case Halt:
		return refuseHalt(s, in)
	case Resume:
		switch {
		case s.Hold == nil:
			return "it is not held", ""
		case s.Hold.Gate:
			return "it waits for " + s.Hold.By, "davit approve " + s.ID + ", if that is what the gate asks for"
		case s.Hold.By == "plan":
			return "it waits for a person to promote", "davit promote " + s.ID
		}
	case Advance:
		return refuseAdvance(s, in)
	case Abort:
		switch {
		case s.Phase == Queued:
			return "it has not started", "use davit cancel"
		case s.Phase == RollingBack:
			return "it goes back already", ""
		case s.Settled:
			return "the old version is being stopped", "use davit rollback"
		}
	case Cancel:
		if s.Phase != Queued && s.Phase != Preparing && s.Phase != Verifying {
			return "it may carry traffic", "use davit abort"
		}
	}
	return "", ""
}

func refuseHalt(s State, in Halt) (text, hint string) {
	switch s.Phase {
	case Preparing, Verifying, Shifting, Baking, Held:
	case Queued, Promoting, Settling, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
		return "there is nothing to hold", "hold works from the gates to the last step"
	}
	switch {
	case s.stuck():
		return "it is held until a person decides", "davit abort, or davit promote --force"
	case s.OldStopped && s.Exposed.IsZero():
		return "requests wait while nothing runs", "davit abort brings the old version back"
	case !in.Until.IsZero() && !in.Until.After(in.At):
		return "the hold would be over already", "give a later time"
	}
	return "", ""
}

func refuseAdvance(s State, in Advance) (text, hint string) {
	switch {
	case s.Phase != Baking && s.Phase != Held && (!s.stuck() || s.Settled):
		return "there is no step to promote out of", "wait until it bakes, see davit rollouts " + s.ID
	case in.Force && in.Reason == "":
		return "forcing needs a reason", "add --reason"
	case in.Force:
	case s.stuck():
		return "it should go back", "add --force and a --reason to go on nevertheless"
	case s.needsPass() && (s.Last == nil || s.Last.Answer != davit.Passed):
		return "the judge has not passed this step", "add --force and a --reason to go on without it"
	}
	return "", ""
}

// heldByPerson reports whether a person asked to stay where it is.
func (s *State) heldByPerson() bool {
	return s.Hold != nil && !s.Hold.Gate && !s.Hold.OneWay && !s.Hold.Back
}

func (m *machine) halt(in Halt) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	until := in.Until
	if atMost := m.within(holdAtMost); until.IsZero() || until.After(atMost) {
		until = atMost
	}
	h := Hold{By: in.Actor, Reason: in.Reason, Since: m.at, Until: until}
	switch {
	case m.Phase == Baking, m.Phase == Held, m.Phase == Shifting && m.Step > 0:
		m.stay(h)
	case m.Phase == Preparing && !m.Gated && m.Deadline.Before(until):
		m.Hold, m.Deadline = &h, until
	case m.Phase == Verifying && m.Probed:
		m.Hold, m.Deadline = &h, until
	default:
		m.Hold = &h
	}
	m.say("held", fmt.Sprintf("held by %s until %s: %s", in.Actor, until.UTC().Format(time.RFC3339), in.Reason), map[string]string{"by": in.Actor})
}

func (m *machine) resume(in Resume) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	m.unhold("resumed by " + in.Actor)
}

// unhold goes on where the hold began, under the judge.
func (m *machine) unhold(text string) {
	m.Hold = nil
	m.say("resumed", text, nil)
	switch {
	case m.Phase == Held:
		m.become(Baking, m.stepEnds())
	case m.Phase == Preparing && !m.Gated: // the gates get to speak after the hold
		if soon := m.within(effectWithin); m.Deadline.Before(soon) {
			m.Deadline = soon
		}
	case m.Phase == Verifying && m.Probed:
		m.shift(0)
	case m.Phase == Promoting:
		m.Deadline = m.within(effectWithin)
	case m.Phase == Settling:
		m.Deadline = m.within(m.Plan.Settle)
	}
}

func (m *machine) advance(in Advance) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	text := in.Actor + " promotes out of " + m.nth()
	if in.Force {
		text += " without the judge"
	}
	if in.Reason != "" {
		text += ": " + in.Reason
	}
	m.found(davit.Finding{
		Gate: "person", Answer: davit.Passed, Reason: text, Release: m.New.Release, Artifact: m.New.Artifact,
		Config: m.New.Config, Epoch: m.Epoch, Step: m.Step, At: m.at, Evidence: map[string]string{"actor": in.Actor, "forced": fmt.Sprint(in.Force)},
	})
	m.Approved = true
	m.say("advanced", text, nil)
	if m.Phase == Promoting {
		m.settle("by the word of " + in.Actor)
		return
	}
	if m.Phase == Settling {
		m.settled()
		return
	}
	m.next()
}

func (m *machine) abort(in Abort) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	reason := "aborted by " + in.Actor + ": " + in.Reason
	switch {
	case m.Phase == Stranded: // a person has freed the way: try again, for the same reason as before
		m.Revision++
		m.Drained = false
		m.become(RollingBack, m.within(effectWithin))
		m.say("rolling-back", fmt.Sprintf("%s sends %s back once more: %s", in.Actor, m.New.Release, in.Reason), map[string]string{"by": in.Actor, "from": string(Stranded)})
	case m.Phase == Preparing && !m.Gated:
		m.end(in.Actor, reason)
	default:
		m.OneWay = false // a person may overrule the rule that keeps Davit from going back
		m.turn(in.Actor, reason, RolledBack, true)
	}
}

func (m *machine) cancel(in Cancel) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	reason := "cancelled by " + in.Actor + ": " + in.Reason
	if m.Phase == Queued || m.Phase == Preparing && !m.Gated {
		m.end(in.Actor, reason)
		return
	}
	m.turn(in.Actor, reason, Cancelled, false)
}

// end closes a rollout that has not touched anything yet.
func (m *machine) end(by, reason string) {
	m.Reason, m.DecidedBy, m.Hold = reason, by, nil
	m.become(Cancelled, time.Time{})
	m.say("cancelled", m.New.Release+" was "+reason, nil)
}

// supersede makes way for a newer rollout where nothing is lost by it, and
// otherwise remembers who waits.
func (m *machine) supersede(in Supersede) {
	if m.Next == in.By {
		return
	}
	switch m.Phase {
	case Queued:
		m.superseded(in.By, "a newer release came before it began")
	case Preparing:
		if !m.Gated {
			m.superseded(in.By, "a newer release came while it waited for its gates")
			return
		}
		m.awaited(in.By)
	case Held:
		if m.mustStay() {
			m.awaited(in.By)
			return
		}
		m.Next = in.By
		m.makeWay(m.Hold.Reason)
	case Verifying, Shifting, Baking:
		m.awaited(in.By)
	case Promoting:
		if m.stuck() { // it cannot go back: the newer one is the way forward
			m.Next = in.By
			m.become(Settling, m.at)
			m.settled()
			return
		}
		m.awaited(in.By)
	case Settling:
		if m.Settled {
			return
		}
		m.Next = in.By
		m.hurry()
	case Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
}

func (m *machine) awaited(by string) {
	m.Next = by
	m.say("awaited", by+" is newer and waits until "+m.New.Release+" is through", map[string]string{"next": by})
}

func (m *machine) superseded(by, reason string) {
	m.SupersededBy, m.Next, m.Reason, m.DecidedBy, m.Hold = by, by, reason, "queue", nil
	m.become(Superseded, time.Time{})
	m.say("superseded", m.New.Release+" is superseded by "+by+": "+reason, map[string]string{"by": by})
}

func (m *machine) crashed(in Crashed) {
	if in.Release != m.New.Release || m.Settled || m.stuck() {
		return
	}
	if m.Phase.live() || m.Phase == Verifying || m.Phase == Preparing && m.Gated {
		m.goBack("crash", in.Reason)
	}
}
