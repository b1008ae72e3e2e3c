package rollout

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Times that are not the user's to choose.
const (
	gateWithin    = 24 * time.Hour // gates may say wait so long, unless State.GateWithin says otherwise
	effectWithin  = 2 * time.Minute
	retireWithin  = 15 * time.Minute // longer than any drain and stop deadline
	holdAtMost    = 24 * time.Hour
	stepAtMost    = time.Hour // when a plan gives no deadline
	startAtLeast  = 30 * time.Second
	findingsAtEnd = 200 // findings kept in the state
)

// machine is one call of Step at work.
type machine struct {
	State
	at     time.Time
	events []davit.Event
}

// Step takes s through in and returns the next state with the events that
// belong to it; state and events are kept in one transaction. Where nothing
// changes it returns s and no event.
func Step(s State, in Input) (State, []davit.Event) {
	if s.Phase.Final() {
		return s, nil
	}
	m := &machine{State: s, at: in.when()}
	m.Findings = s.Findings[:len(s.Findings):len(s.Findings)]
	switch in := in.(type) {
	case Begin:
		m.begin(in)
	case Gated:
		m.gated(in)
	case Placed:
		m.placed(in)
	case PlaceFailed:
		m.placeFailed(in)
	case Routed:
		m.routed(in)
	case Smoked:
		m.smoked(in)
	case Judged:
		m.judged(in)
	case Crashed:
		m.crashed(in)
	case Retired:
		m.retired(in)
	case Halt:
		m.halt(in)
	case Resume:
		m.resume(in)
	case Advance:
		m.advance(in)
	case Abort:
		m.abort(in)
	case Supersede:
		m.supersede(in)
	case Cancel:
		m.cancel(in)
	case Tick:
		m.tick()
	default:
		panic(fmt.Sprintf("rollout: unknown input %T", in))
	}
	return m.State, m.events
}

// become moves to a phase with its deadline. It panics on a move that the
// drawing does not have: such a bug must not reach traffic.
func (m *machine) become(p Phase, within time.Duration) {
	if !moves(m.Phase, p) {
		panic(fmt.Sprintf("rollout: %s cannot become %s", m.Phase, p))
	}
	m.Phase, m.Since, m.Deadline = p, m.at, time.Time{}
	switch {
	case p.Final():
		m.Ended = m.at
	case within > 0:
		m.Deadline = m.at.Add(within)
	}
}

func moves(from, to Phase) bool {
	if to == RollingBack {
		return from != Queued && !from.Final()
	}
	next := map[Phase][]Phase{
		Queued:      {Preparing, Done, Superseded, Cancelled},
		Preparing:   {Verifying, Superseded, Cancelled},
		Verifying:   {Shifting},
		Shifting:    {Baking},
		Baking:      {Shifting, Held, Promoting},
		Held:        {Baking, Shifting, Promoting, Held},
		Promoting:   {Settling},
		Settling:    {Done},
		RollingBack: {RolledBack, Superseded, Cancelled, Stranded},
		Stranded:    {RolledBack, Superseded, Cancelled},
	}
	for _, p := range next[from] {
		if p == to {
			return true
		}
	}
	return false
}

// say adds an event about this rollout.
func (m *machine) say(kind, text string, data map[string]string) {
	actor := "davit"
	if by, ok := data["actor"]; ok {
		actor = by
	}
	m.events = append(m.events, davit.Event{
		At: m.at, Kind: "rollout." + kind, Actor: actor, Service: m.Service, Environment: m.Environment,
		Run: m.Run, Release: m.New.Release, Rollout: m.ID, Commit: m.New.Commit, Digest: m.New.Artifact,
		Text: text, Data: data,
	})
}

// found keeps a finding as evidence of a decision.
func (m *machine) found(f davit.Finding) {
	m.Findings = append(m.Findings, f)
	if n := len(m.Findings); n > findingsAtEnd {
		m.Findings = m.Findings[n-findingsAtEnd:]
	}
}

func (m *machine) begin(in Begin) {
	if m.Phase != Queued {
		return
	}
	m.Old = in.Old
	if m.New.Same(m.Old) {
		m.become(Done, 0)
		m.Reason, m.DecidedBy = "the very same artifact and config run already as "+m.Old.Release, "digest"
		m.say("unchanged", m.New.Release+" changes nothing in "+m.Environment+": "+m.Reason, nil)
		return
	}
	if m.Old.Release == "" { // nothing to compare with and nothing to spare: straight to full
		last := m.Plan.Steps[len(m.Plan.Steps)-1]
		last.Name, last.Judge, last.StopOld = "first release", davit.JudgeWatch, false
		m.Plan.Steps, m.Plan.Settle = []davit.Step{last}, 0
	}
	within := m.GateWithin
	if within <= 0 {
		within = gateWithin
	}
	m.become(Preparing, within)
	m.say("started", m.New.Release+" starts its way into "+m.Environment+" ("+m.Plan.Strategy+")", map[string]string{"strategy": m.Plan.Strategy, "old": m.Old.Release})
}

func (m *machine) startWithin() time.Duration { return max(2*m.StartWithin, startAtLeast) }

func (m *machine) gated(in Gated) {
	if m.Phase != Preparing || m.Gated {
		return
	}
	for _, f := range in.Findings {
		switch f.Answer {
		case davit.Passed:
		case davit.Waiting:
			if m.Hold == nil || m.Hold.Reason != f.Reason {
				m.Hold = &Hold{By: "gate " + f.Gate, Reason: f.Reason, Since: m.at, Until: m.Deadline, Back: true}
				m.say("waiting", "waits for "+f.Gate+": "+f.Reason, map[string]string{"gate": f.Gate})
			}
			return
		default:
			m.found(f)
			m.refuse("gate "+f.Gate, f.Reason)
			return
		}
	}
	for _, f := range in.Findings {
		m.found(f)
	}
	m.Gated, m.Hold = true, nil
	m.Deadline = m.at.Add(m.startWithin())
	if m.Plan.Steps[0].StopOld && m.Old.Release != "" {
		m.Revision++
		m.Deadline = m.at.Add(m.startWithin() + retireWithin)
	}
	m.say("gated", fmt.Sprintf("%d gates passed", len(in.Findings)), nil)
}

// refuse ends a rollout that never touched traffic.
func (m *machine) refuse(by, reason string) {
	m.Reason, m.DecidedBy = reason, by
	m.Hold = nil
	m.become(Cancelled, 0)
	m.say("refused", by+" refused "+m.New.Release+" for "+m.Environment+": "+reason, map[string]string{"by": by})
}

func (m *machine) placed(in Placed) {
	switch {
	case m.Phase == Preparing && m.Gated && in.Release == m.New.Release && in.Ready >= m.Plan.Steps[0].Capacity:
		m.Capacity = in.Ready
		m.Revision++
		m.become(Verifying, effectWithin)
		m.say("placed", fmt.Sprintf("%d of %s ready, dark", in.Ready, plural(m.Instances, "instance")), nil)
	case m.Phase == Shifting && in.Release == m.New.Release && in.Ready >= m.step().Capacity && m.Capacity < m.step().Capacity:
		m.Capacity = in.Ready
		m.Revision++
		m.Deadline = m.at.Add(effectWithin)
		m.say("placed", fmt.Sprintf("%d of %s ready", in.Ready, plural(m.Instances, "instance")), nil)
	case (m.Phase == RollingBack || m.Phase == Stranded) && m.OldStopped && in.Release == m.Old.Release:
		m.OldStopped = false
		m.say("restored", m.Old.Release+" runs again", nil)
	}
}

func (m *machine) placeFailed(in PlaceFailed) {
	switch {
	case m.Phase == Preparing && in.Release == m.New.Release, m.Phase == Shifting && in.Release == m.New.Release:
		m.goBack("start", in.Reason, true)
	case m.Phase == RollingBack && in.Release == m.Old.Release:
		m.strand(in.Reason)
	}
}

func (m *machine) routed(in Routed) {
	if in.Revision != m.Revision || m.Routed >= in.Revision {
		return
	}
	m.Routed = in.Revision
	switch m.Phase {
	case Shifting:
		m.shifted()
	case Settling:
		m.become(Done, 0)
		m.say("done", m.New.Release+" is all there is in "+m.Environment, nil)
	case RollingBack, Stranded:
		m.Weight = 0
		if m.Drained {
			m.ended()
			return
		}
		m.Deadline = m.at.Add(retireWithin)
		m.say("withdrawn", m.New.Release+" gets no traffic any more", nil)
	case Queued, Preparing, Verifying, Baking, Held, Promoting, Done, RolledBack, Superseded, Cancelled:
	}
}

func (m *machine) shifted() {
	step := m.step()
	within := step.Deadline
	if within <= 0 {
		within = max(stepAtMost, 2*step.Hold)
	}
	m.Weight, m.StepSince, m.Approved = step.Weight, m.at, false
	if m.Exposed.IsZero() {
		m.Exposed = m.at
	}
	m.Shifts = append(m.Shifts[:len(m.Shifts):len(m.Shifts)], Shift{m.at, step.Weight})
	m.become(Baking, within)
	m.say("shifted", fmt.Sprintf("step %d of %d (%s): %s of the traffic goes to %s", m.Step+1, len(m.Plan.Steps), step.Name, step.Weight, m.New.Release),
		map[string]string{"weight": fmt.Sprint(int(step.Weight)), "step": fmt.Sprint(m.Step), "name": step.Name})
	if m.Hold != nil { // asked for while traffic was being moved
		m.become(Held, m.Hold.Until.Sub(m.at))
	}
}

func (m *machine) smoked(in Smoked) {
	passed := in.Finding.Answer == davit.Passed
	switch m.Phase {
	case Verifying:
		m.found(in.Finding)
		if !passed {
			m.goBack("smoke", in.Finding.Reason, true)
			return
		}
		m.say("verified", "smoke tests passed while dark: "+in.Finding.Reason, nil)
		m.shift(0)
	case Promoting:
		m.found(in.Finding)
		if !passed {
			m.goBack("smoke after promotion", in.Finding.Reason, true)
			return
		}
		m.settle()
	case Queued, Preparing, Shifting, Baking, Held, Settling, Done, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
}

// shift enters step i: capacity first, then traffic.
func (m *machine) shift(i int) {
	m.Step, m.Last = i, nil
	within := effectWithin
	if m.Capacity < m.step().Capacity {
		within += m.startWithin()
	} else {
		m.Revision++
	}
	m.become(Shifting, within)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
