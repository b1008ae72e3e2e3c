package ramp

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Refuse says why a person's wish cannot be followed now; nil: it can. What is
// refused changes nothing in Step either.
func Refuse(s State, in Input) error {
	no := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Conflict, Text: s.Flag + ": " + fmt.Sprintf(format, args...)}
	}
	switch in := in.(type) {
	case Halt:
		if !s.Phase.growing() {
			return no("the ramp is %s: there is nothing to pause", s.Phase)
		}
	case Resume:
		if s.Phase != Paused {
			return no("the ramp is %s, not paused", s.Phase)
		}
		if s.Hold.Kind == HoldPlan {
			return no("the plan asks for a person: promote it")
		}
	case Advance:
		return refuseAdvance(s, in, no)
	case Abort:
		if s.Phase.Final() || s.Phase == Lowering {
			return no("the ramp is %s already", s.Phase)
		}
		if in.Reason == "" {
			return no("say why: a reason is needed")
		}
	case Unlock:
		if !s.Locked {
			return no("the flag is not locked")
		}
		if in.Reason == "" {
			return no("say why: a reason is needed")
		}
		if until := s.cooled(); in.At.Before(until) {
			return no("it failed a short while ago; unlock it after %s", until.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

func refuseAdvance(s State, in Advance, no func(string, ...any) error) error {
	switch {
	case s.Phase != Holding && s.Phase != Paused:
		return no("the ramp is %s: there is no step to go on from", s.Phase)
	case s.Confirmed < s.Revision || s.Share == 0:
		return no("the share of this step is not confirmed yet")
	case in.Force && in.Reason == "":
		return no("say why: going on without the judge needs a reason")
	case in.Force, s.Phase == Paused && s.Hold.Kind == HoldPlan && len(s.Waiting) == 0:
		return nil
	}
	return no("the judge has not passed this step; go on without it only by force, with a reason")
}

func (m *machine) halt(in Halt) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	m.Hold = &Hold{By: in.Actor, Kind: HoldPerson, Reason: orElse(in.Reason, "paused by "+in.Actor), Since: m.at, Until: in.Until}
	m.become(Paused, m.at.Add(patience))
	m.say("held", m.Hold.Reason, map[string]string{"by": in.Actor, "kind": string(HoldPerson)})
}

func (m *machine) resume(in Resume) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	m.unhold("resumed by " + in.Actor)
}

func (m *machine) advance(in Advance) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	text := "promoted by " + in.Actor
	if in.Force {
		text += " without the judge: " + in.Reason
	}
	m.say("advanced", m.nth()+": "+text, map[string]string{"reason": in.Reason, "force": fmt.Sprint(in.Force)})
	m.next()
}

// end goes back because a person says so, or because the flag was switched off.
// A ramp that has exposed nobody goes back, too: it is locked all the same.
func (m *machine) end(actor, reason string) {
	if m.Phase == Lowering {
		return
	}
	m.actor = actor
	m.back(Aborted, actor, orElse(reason, "stopped by "+actor))
	m.say("aborted", m.Reason, map[string]string{"by": actor})
}

func (m *machine) unlock(in Unlock) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.actor = in.Actor
	m.Locked, m.Unlocked = false, in.Actor+": "+in.Reason
	m.say("unlocked", "may be ramped again: "+in.Reason, map[string]string{"by": in.Actor})
}

// cooled is when a flag that failed may be unlocked.
func (s *State) cooled() time.Time {
	if s.Phase != Failed {
		return time.Time{}
	}
	cool := s.Plan.Cool
	if cool == 0 {
		cool = coolAtLeast
	}
	return s.Ended.Add(cool)
}

// May says why another ramp of the same flag and environment may not begin
// after this one; nil: it may.
func (s State) May() error {
	switch {
	case !s.Phase.Final():
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("ramp %s: another ramp is under way (%s)", s.Flag, s.Phase), Hint: "davit ramps hold, advance or abort that one"}
	case s.Locked:
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("ramp %s: it is locked since %s: %s", s.Flag, s.Ended.UTC().Format(time.RFC3339), s.Reason), Hint: "unlock it, with a reason: davit ramps unlock " + s.Flag}
	}
	return nil
}
