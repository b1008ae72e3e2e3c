package rollout

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Refuse says why a person's wish cannot be granted in state s, as a Conflict,
// or nil. Step ignores what Refuse refuses.
func Refuse(s State, in Input) error {
	no := func(text, hint string) error {
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("rollout %s is %s: %s", s.ID, s.Phase, text), Hint: hint}
	}
	if s.Phase.Final() {
		return no("it is over", "a release that was rolled back needs a new rollout: davit promote")
	}
	switch in := in.(type) {
	case Halt:
		if !s.Phase.live() && s.Phase != Preparing && s.Phase != Verifying || s.Phase == Settling || s.Phase == Promoting {
			return no("there is nothing to hold", "hold works until the last step")
		}
	case Resume:
		if s.Hold == nil || s.Phase == Preparing {
			return no("it is not held", "")
		}
	case Advance:
		if s.Phase != Baking && s.Phase != Held {
			return no("there is no step to promote out of", "wait until it bakes, see davit rollouts "+s.ID)
		}
		if s.needsPass() && !in.Force && (s.Last == nil || s.Last.Answer != davit.Passed) {
			return no("the judge has not passed this step", "add --force and a --reason to go on without it")
		}
		if in.Force && in.Reason == "" {
			return no("forcing needs a reason", "add --reason")
		}
	case Abort:
		if s.Phase == Queued {
			return no("it has not started", "use davit cancel")
		}
		if s.Phase == RollingBack {
			return no("it goes back already", "")
		}
		if s.Settled {
			return no("the old version is being stopped", "use davit rollback")
		}
	case Cancel:
		if s.Phase != Queued && s.Phase != Preparing {
			return no("it may carry traffic", "use davit abort")
		}
	}
	return nil
}

func (m *machine) halt(in Halt) {
	if Refuse(m.State, in) != nil {
		return
	}
	until := in.Until
	if until.IsZero() || until.After(m.at.Add(holdAtMost)) {
		until = m.at.Add(holdAtMost)
	}
	m.Hold = &Hold{By: in.Actor, Reason: in.Reason, Since: m.at, Until: until}
	if m.Phase == Baking || m.Phase == Held {
		m.become(Held, until.Sub(m.at))
	}
	m.say("held", fmt.Sprintf("held by %s until %s: %s", in.Actor, until.UTC().Format(time.RFC3339), in.Reason), map[string]string{"actor": in.Actor})
}

func (m *machine) resume(in Resume) {
	if Refuse(m.State, in) != nil {
		return
	}
	m.unhold(in.Actor, "resumed by "+in.Actor)
}

func (m *machine) unhold(actor, text string) {
	m.Hold = nil
	if m.Phase == Held {
		step := m.step()
		within := step.Deadline
		if within <= 0 {
			within = max(stepAtMost, 2*step.Hold)
		}
		m.become(Baking, within)
	}
	m.say("resumed", text, map[string]string{"actor": actor})
}

func (m *machine) advance(in Advance) {
	if Refuse(m.State, in) != nil {
		return
	}
	text := fmt.Sprintf("%s promotes out of step %s", in.Actor, m.step().Name)
	if in.Force {
		text += " without the judge: " + in.Reason
	}
	m.found(davit.Finding{
		Gate: "person", Answer: davit.Passed, Reason: text, Release: m.New.Release, Artifact: m.New.Artifact,
		Config: m.New.Config, Epoch: m.Epoch, Step: m.Step, At: m.at, Evidence: map[string]string{"actor": in.Actor, "forced": fmt.Sprint(in.Force)},
	})
	m.Approved = true
	m.say("advanced", text, map[string]string{"actor": in.Actor})
	m.next()
}

func (m *machine) abort(in Abort) {
	if Refuse(m.State, in) != nil {
		return
	}
	if m.Phase == Stranded { // a person frees the way and tries again
		m.turn(in.Actor, in.Reason, m.Into, m.Quarantine)
		return
	}
	m.OneWay = false // a person may overrule the rule that keeps Davit from going back
	m.turn(in.Actor, "aborted by "+in.Actor+": "+in.Reason, RolledBack, true)
}

func (m *machine) supersede(in Supersede) {
	switch m.Phase {
	case Queued:
		m.SupersededBy, m.Reason, m.DecidedBy = in.By, "a newer release came before it began", "queue"
		m.become(Superseded, 0)
		m.say("superseded", m.New.Release+" is superseded by "+in.By, nil)
	case Preparing:
		if m.Gated {
			return
		}
		m.SupersededBy, m.Reason, m.DecidedBy, m.Hold = in.By, "a newer release came while it waited for gates", "queue", nil
		m.become(Superseded, 0)
		m.say("superseded", m.New.Release+" is superseded by "+in.By, nil)
	case Held:
		m.SupersededBy = in.By
		m.turn("queue", "a newer release came while it was held", Superseded, false)
	case Verifying, Shifting, Baking, Promoting, Settling, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
}

func (m *machine) cancel(in Cancel) {
	if Refuse(m.State, in) != nil {
		return
	}
	reason := "cancelled by " + in.Actor + ": " + in.Reason
	if m.Phase == Queued || !m.Gated {
		m.Reason, m.DecidedBy, m.Hold = reason, in.Actor, nil
		m.become(Cancelled, 0)
		m.say("cancelled", m.New.Release+" "+reason, map[string]string{"actor": in.Actor})
		return
	}
	m.turn(in.Actor, reason, Cancelled, false)
}

func (m *machine) crashed(in Crashed) {
	if in.Release != m.New.Release || m.Settled {
		return
	}
	if m.Phase.live() || m.Phase == Verifying || m.Phase == Preparing && m.Gated {
		m.goBack("crash", in.Reason, true)
	}
}
