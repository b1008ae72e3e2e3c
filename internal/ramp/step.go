package ramp

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Times that are not the user's to choose.
const (
	patience     = 7 * 24 * time.Hour // how long a ramp waits before it tells people again, or never begins
	exposeWithin = 2 * time.Minute    // a publication with the router's confirmation
	freshWithin  = 10 * time.Second   // a word older than this is no word
	coolAtLeast  = 10 * time.Minute   // hysteresis, where the plan says nothing
	findingsKept = 100
)

// machine is one call of Step at work.
type machine struct {
	State
	at     time.Time
	actor  string // whose wish the input is; empty: Davit's own
	events []davit.Event
}

// Step takes s through in and returns the next state with the events that
// belong to it; both are kept in one transaction. Where nothing changes it
// returns s and no event. Where something does, the first event carries the
// input, so that Replay can take the same step again.
func Step(s State, in Input) (State, []davit.Event) {
	m := &machine{State: s, at: in.when()}
	m.Findings = slices.Clip(s.Findings)
	m.Shifts = slices.Clip(s.Shifts)
	m.take(in)
	if len(m.events) == 0 {
		return s, nil
	}
	first := &m.events[0]
	first.Data = maps.Clone(first.Data)
	first.Data[inputKey] = EncodeInput(in)
	return m.State, m.events
}

func (m *machine) take(in Input) {
	if u, ok := in.(Unlock); ok {
		m.unlock(u)
		return
	}
	if m.Phase.Final() {
		return
	}
	switch in := in.(type) {
	case Exposed:
		m.exposed(in)
	case Looked:
		m.looked(in)
	case Halt:
		m.halt(in)
	case Resume:
		m.resume(in)
	case Advance:
		m.advance(in)
	case Abort:
		if Refuse(m.State, in) == nil {
			m.end(in.Actor, in.Reason)
		}
	case Kill:
		m.Plan.Back = ToNobody // what was switched off is not left on for some
		m.end(in.Actor, in.Reason)
	case Tick:
		m.tick()
	default:
		panic(fmt.Sprintf("ramp: unknown input %T", in))
	}
}

// become moves to a phase that takes its default way out at deadline. It panics
// on a move that the drawing does not have: such a bug must not reach users.
func (m *machine) become(p Phase, deadline time.Time) {
	if !moves(m.Phase, p) {
		panic(fmt.Sprintf("ramp: %s cannot become %s", m.Phase, p))
	}
	m.Phase, m.Since, m.Deadline = p, m.at, deadline
	switch {
	case p.Final():
		m.Ended, m.Deadline = m.at, time.Time{}
	case deadline.Before(m.at):
		m.Deadline = m.at
	}
}

// publish wants another share in the world.
func (m *machine) publish(share davit.Weight, off bool) {
	if m.Share == share && m.Off == off {
		return
	}
	m.Share, m.Off = share, off
	m.Revision++
	m.StepSince = time.Time{}
}

func (m *machine) exposed(in Exposed) {
	if in.Revision != m.Revision || m.Confirmed == m.Revision {
		return
	}
	m.Confirmed, m.Shown, m.StepSince = in.Revision, m.Share, m.at
	m.Shifts = append(m.Shifts, Shift{At: m.at, Share: m.Share})
	if m.Exposed.IsZero() && m.Share > 0 {
		m.Exposed = m.at
	}
	switch m.Phase {
	case Raising:
		m.become(Holding, m.at.Add(m.stage().deadline()))
		m.say("exposed", fmt.Sprintf("%s: %s of the users have %s", m.nth(), m.Share, m.Plan.Variant), nil)
	case Lowering:
		m.lowered()
	case Paused:
		m.say("exposed", fmt.Sprintf("%s of the users have %s", m.Share, m.Plan.Variant), nil)
	case Pending:
		m.say("tagged", "the router tells the users apart; nobody has "+m.Plan.Variant+" yet", nil)
	case Holding, Done, Failed, Aborted, Cancelled:
	}
}

func (m *machine) lowered() {
	m.become(m.Into, time.Time{})
	text := fmt.Sprintf("%s of the users have %s: %s", m.Share, m.Plan.Variant, m.Reason)
	switch {
	case m.Off:
		text = "the flag is off: " + m.Reason
	case m.Share == 0:
		text = "nobody has " + m.Plan.Variant + " any more: " + m.Reason
	}
	m.say("lowered", text, nil)
}

// raise goes on to a step.
func (m *machine) raise(step int) {
	m.Hold, m.Step = nil, step
	m.publish(m.stage().Share, false)
	m.become(Raising, m.at.Add(exposeWithin))
	m.say("raised", fmt.Sprintf("goes on to %s: %s of the users get %s", m.nth(), m.Share, m.Plan.Variant), nil)
}

// back takes the share back, once and for all in this epoch.
func (m *machine) back(into Phase, by, reason string) {
	share, off := davit.Weight(0), false
	switch m.Plan.Back {
	case ToPrevious:
		share = min(m.Safe, m.Share)
	case ToOff:
		off = true
	case ToNobody, "":
	}
	m.Into, m.Decided, m.Reason, m.Locked, m.Hold, m.Waiting = into, by, reason, true, nil, nil
	m.publish(share, off)
	if m.Confirmed == m.Revision { // nothing was raised, nothing is to be lowered
		m.Revision++
	}
	m.become(Lowering, m.at.Add(exposeWithin))
}

func (m *machine) tick() {
	if !m.at.After(m.Since) || m.at.Before(m.Wake()) {
		return
	}
	switch m.Phase {
	case Pending:
		m.Decided, m.Reason = "deadline", "it could not begin within "+span(m.at.Sub(m.Created))+m.becauseOf()
		m.become(Cancelled, time.Time{})
		m.say("cancelled", m.Reason, nil)
	case Raising:
		m.back(Failed, "deadline", "the share was not confirmed within "+span(exposeWithin))
		m.say("failed", m.Reason, nil)
	case Holding:
		m.overdue("the judge gave no word")
	case Paused:
		m.pauseOver()
	case Lowering:
		m.become(Lowering, m.at.Add(exposeWithin))
		m.say("lingering", "the way back is not confirmed yet; it is tried on and on: "+m.Reason, nil)
	case Done, Failed, Aborted, Cancelled:
	}
}

func (m *machine) becauseOf() string {
	if len(m.Waiting) == 0 {
		return ""
	}
	return ": " + strings.Join(m.Waiting, "; ")
}

// pauseOver goes on under the judge if the person who paused said so, and tells
// people again else: no time that goes by raises a share past a hold.
func (m *machine) pauseOver() {
	h := m.Hold
	switch {
	case h.Kind == HoldPerson && !h.Until.IsZero() && !m.at.Before(h.Until):
		m.unhold("the hold by " + h.By + " is over")
	case h.Kind != HoldPerson && m.Plan.Overdue == OverdueBack:
		m.back(Failed, "deadline", "nobody decided in time: "+h.Reason)
		m.say("failed", m.Reason, nil)
	default:
		m.become(Paused, m.at.Add(patience))
		m.say("lingering", "still paused, since "+span(m.at.Sub(h.Since))+" ago: "+h.Reason, nil)
	}
}

// say adds an event about this ramp.
func (m *machine) say(kind, text string, data map[string]string) {
	actor := "davit"
	if m.actor != "" {
		actor = m.actor
	}
	all := map[string]string{
		"ramp": m.ID, "flag": m.Flag, "project": m.Project, "variant": m.Plan.Variant, "epoch": fmt.Sprint(m.Epoch),
		"step": fmt.Sprint(m.Step), "share": m.Share.String(),
	}
	maps.Copy(all, data)
	m.events = append(m.events, davit.Event{
		At: m.at, Kind: "ramp." + kind, Actor: actor, Service: m.Service, Environment: m.Environment,
		Text: m.Flag + ": " + text, Data: all,
	})
}

// found keeps a finding as evidence of a decision.
func (m *machine) found(f davit.Finding) {
	m.Findings = append(m.Findings, f)
	if n := len(m.Findings); n > findingsKept {
		m.Findings = slices.Clone(m.Findings[n-findingsKept:])
	}
}

// nth names the current step for people.
func (m *machine) nth() string {
	return fmt.Sprintf("step %d of %d (%s)", m.Step+1, len(m.Plan.Steps), m.stage().Share)
}

// span writes a duration without parts that are zero: "2m", not "2m0s".
func span(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
