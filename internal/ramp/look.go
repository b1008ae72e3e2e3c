package ramp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
)

// looked takes in one moment's word of judge and gates.
func (m *machine) looked(in Looked) {
	if !m.Phase.growing() || in.Finding.Epoch != m.Epoch {
		return
	}
	if in.Verdict == davit.Fail { // whichever step it was seen in: harm is harm
		m.found(in.Finding)
		m.Last = &in.Finding
		m.back(Failed, orElse(in.Finding.Evidence["metric"], in.Finding.Gate), in.Finding.Reason)
		m.say("failed", m.Reason, map[string]string{"by": m.Decided})
		return
	}
	if g := refused(in.Gates); g != nil {
		m.found(*g)
		m.back(Failed, g.Gate, g.Gate+": "+g.Reason)
		m.say("failed", m.Reason, map[string]string{"by": g.Gate})
		return
	}
	before := m.Waiting
	m.Waiting = waits(in.Gates)
	switch {
	case len(m.Waiting) > 0:
		m.waitForGates(in, before)
	case len(before) > 0 && m.Phase == Paused && m.Hold.Kind != HoldGate:
		m.say("waiting", "no gate waits any more", nil)
	case m.Phase == Paused && m.Hold.Kind == HoldGate:
		m.unhold("no gate waits any more")
	case m.Phase == Pending && m.Confirmed == m.Revision:
		m.begin(in)
	default:
		m.leaveIfPassed(in)
	}
}

// waitForGates pauses: the share stays where it is.
func (m *machine) waitForGates(in Looked, before []string) {
	switch {
	case m.Phase == Holding:
		m.pause(Hold{By: waiting(in.Gates).Gate, Kind: HoldGate, Reason: m.Waiting[0], Since: m.at})
	case m.Phase == Raising || slices.EqualFunc(before, m.Waiting, sameGate):
	default:
		m.say("waiting", m.Waiting[0], nil)
	}
}

func (m *machine) begin(in Looked) {
	for _, g := range in.Gates {
		m.found(g)
	}
	m.raise(0)
	m.events[0].Kind = "ramp.started"
	m.events[0].Text = fmt.Sprintf("%s: the ramp of %s begins: %s of the users get it", m.Flag, m.Plan.Variant, m.Share)
}

// leaveIfPassed goes on from a step that has had all it asks for.
func (m *machine) leaveIfPassed(in Looked) {
	s := m.stage()
	held := m.Phase == Holding || m.Phase == Paused && m.Hold.Kind == HoldData
	if !held || in.Finding.Step != m.Step || m.StepSince.IsZero() || m.at.Sub(m.StepSince) < s.Hold {
		return
	}
	why := m.missing(in)
	if why == "" {
		m.leave(in.Finding)
		return
	}
	if m.Phase == Holding && !m.at.Before(m.Deadline) {
		m.found(in.Finding)
		m.Last = &in.Finding
		m.overdue(why)
	}
}

// missing says what a step still asks for; empty: nothing.
func (m *machine) missing(in Looked) string {
	s := m.stage()
	arms := 2
	if s.Share >= davit.Full { // everybody is exposed
		arms = 1
	}
	for i, n := range in.Samples[:arms] {
		if n < s.Samples {
			return fmt.Sprintf("%d samples %s, %d are needed", n, [...]string{"with " + m.Plan.Variant, "without it"}[i], s.Samples)
		}
	}
	switch {
	case m.at.Sub(in.Finding.At) > freshWithin:
		return "the judge's word is old"
	case s.Judge == davit.JudgeNone:
		return ""
	case in.Verdict == davit.NoData && m.Compares():
		return "not enough data: " + in.Finding.Reason
	case s.Judge == davit.JudgePass && m.Compares() && (in.Verdict != davit.Pass || in.Finding.Answer != davit.Passed):
		return in.Finding.Reason
	}
	return ""
}

// leave goes on from a step with all that the judge has to say there.
func (m *machine) leave(f davit.Finding) {
	m.found(f)
	m.Last = &f
	if m.stage().Judge == davit.JudgePass && m.Compares() {
		m.Safe = m.Shown
		m.say("passed", m.nth()+": "+f.Reason, map[string]string{"metric": f.Evidence["metric"]})
	}
	if m.stage().Approve {
		m.pause(Hold{By: "plan", Kind: HoldPlan, Reason: m.nth() + " waits for a person to promote", Since: m.at})
		return
	}
	m.next()
}

// next goes on from the current step, whatever it asked for.
func (m *machine) next() {
	m.Hold = nil
	if !m.last() {
		m.raise(m.Step + 1)
		return
	}
	m.become(Done, m.at)
	m.Reason, m.Decided = "all steps are passed", "plan"
	m.say("done", fmt.Sprintf("the ramp is over: %s of the users have %s", m.Share, m.Plan.Variant), nil)
}

// overdue ends the patience with a step.
func (m *machine) overdue(why string) {
	if m.Plan.Overdue == OverdueBack {
		m.back(Failed, "deadline", fmt.Sprintf("not shown to be safe within %s: %s", span(m.at.Sub(m.StepSince)), why))
		m.say("failed", m.Reason, map[string]string{"by": "deadline"})
		return
	}
	m.pause(Hold{By: "judge", Kind: HoldData, Reason: why, Since: m.at})
}

// pause stays at the share there is.
func (m *machine) pause(h Hold) {
	m.Hold = &h
	m.become(Paused, m.at.Add(patience))
	m.say("held", h.Reason, map[string]string{"by": h.By, "kind": string(h.Kind)})
}

// unhold ends a hold; the step goes on under the judge, with its old deadline.
func (m *machine) unhold(text string) {
	m.Hold = nil
	switch {
	case m.Confirmed < m.Revision && m.Share > 0:
		m.become(Raising, m.at.Add(exposeWithin))
	case m.Share == 0:
		m.become(Pending, m.at.Add(patience))
	default:
		m.become(Holding, m.StepSince.Add(m.stage().deadline()))
	}
	m.say("resumed", text, nil)
}

// refused returns the first gate that refuses.
func refused(all []davit.Finding) *davit.Finding {
	for i := range all {
		if all[i].Answer == davit.Refused {
			return &all[i]
		}
	}
	return nil
}

// waiting returns the first gate that does not pass: an answer that nobody
// knows is no pass.
func waiting(all []davit.Finding) *davit.Finding {
	for i := range all {
		if all[i].Answer != davit.Passed {
			return &all[i]
		}
	}
	return nil
}

func waits(all []davit.Finding) []string {
	var out []string
	for _, g := range all {
		if g.Answer != davit.Passed {
			out = append(out, g.Gate+": "+g.Reason)
		}
	}
	slices.Sort(out)
	return out
}

// sameGate compares by the gate alone: its reason may hold numbers that change.
func sameGate(a, b string) bool {
	one, _, _ := strings.Cut(a, ":")
	other, _, _ := strings.Cut(b, ":")
	return one == other
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
