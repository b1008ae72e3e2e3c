package pipeline

import (
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Bounds that make every run end, whatever its stages and the server do.
const (
	startWithin   = 24 * time.Hour   // from asking for a stage until it must have started
	timeoutGrace  = time.Minute      // on top of a stage's own timeout, which the runner keeps
	packageWithin = time.Hour        // packing
	maxLosses     = 50               // restarts of the server under one attempt
	maxBackoff    = 30 * time.Minute // between two attempts
)

// Step takes s through in. It changes nothing of s itself.
func Step(s State, in Input) (State, []Effect, []davit.Event) {
	if s.Phase.Final() {
		known(in)
		return s, nil, nil
	}
	m := machine{State: s.clone(), at: in.when()}
	switch in := in.(type) {
	case Start:
		m.start()
	case Carry:
		m.carry(in)
	case StageStarted:
		m.stageStarted(in)
	case StageFinished:
		m.stageFinished(in)
	case Lost:
		m.stageLost(in.Stage)
	case Packaged:
		m.packaged(in)
	case RolloutStarted:
		m.rolloutStarted(in)
	case RolloutHeld:
		m.rolloutHeld(in)
	case RolloutFinished:
		m.rolloutFinished(in)
	case Cancel:
		m.cancel(in)
	case Supersede:
		m.supersede(in)
	case Tick:
		m.tick()
	default:
		known(in)
	}
	m.setWake()
	return m.State, m.effects, m.events
}

// known panics for an input that no version of this room has known.
func known(in Input) {
	switch in.(type) {
	case Start, Carry, StageStarted, StageFinished, Lost, Packaged, RolloutStarted, RolloutHeld, RolloutFinished, Cancel, Supersede, Tick:
	default:
		panic(fmt.Sprintf("pipeline: unknown input %T", in))
	}
}

// machine is a State under way through one Step.
type machine struct {
	State
	at      time.Time
	effects []Effect
	events  []davit.Event
}

func (m *machine) do(e Effect) { m.effects = append(m.effects, e) }

// tell adds an event with facts given as name, value, name, value …; empty
// values are left out.
func (m *machine) tell(kind, text string, facts ...string) {
	e := davit.Event{
		At: m.at, Kind: kind, Actor: "davit", Service: m.Service, Run: m.ID,
		Release: m.Release, Commit: m.Commit, Digest: m.Artifact, Text: text,
	}
	for i := 0; i+1 < len(facts); i += 2 {
		name, value := facts[i], facts[i+1]
		switch {
		case value == "":
		case name == "actor":
			e.Actor = value
		case name == "environment":
			e.Environment = value
		case name == "rollout":
			e.Rollout = value
		default:
			if e.Data == nil {
				e.Data = map[string]string{}
			}
			e.Data[name] = value
		}
	}
	m.events = append(m.events, e)
}

func (m *machine) enter(p Phase) {
	m.Phase, m.Deadline = p, time.Time{}
	m.Entered = append(m.Entered, Entry{p, m.at})
}

func (m *machine) start() {
	if m.Phase != Queued {
		return
	}
	m.enter(Running)
	waited := ""
	if d := m.Spent(Queued, m.at); d >= time.Second {
		waited = fmt.Sprintf(" after %s in the queue", span(d))
	}
	m.tell("run.started", fmt.Sprintf("%s started%s: commit %s by %s, %s.", m.ID, waited, short(m.Commit), person(m.Author), subject(m.Subject)))
	m.skipNeedless()
	m.advance()
}

func (m *machine) carry(in Carry) {
	if m.Phase != Queued {
		return
	}
	for _, c := range in.Commits {
		if c.Run == m.ID || m.carries(c.Run) {
			continue
		}
		m.Carried = append(m.Carried, c)
	}
}

func (m *machine) carries(run string) bool {
	for _, c := range m.Carried {
		if c.Run == run {
			return true
		}
	}
	return false
}

func (m *machine) supersede(in Supersede) {
	switch m.Phase {
	case Queued, Running, Packaging:
		m.SupersededBy = in.By
		m.end(Superseded, fmt.Sprintf("Superseded by %s.", in.By), "")
	case Deploying: // its rollouts decide who supersedes whom
	case Succeeded, Failed, Cancelled, Superseded:
	}
}

func (m *machine) cancel(in Cancel) {
	if m.Cancelled != nil {
		return
	}
	m.Cancelled = &Cancellation{Actor: in.Actor, Reason: in.Reason, At: m.at}
	d := m.underWay()
	if d == nil {
		m.end(Cancelled, m.cancelledBy(), "")
		return
	}
	// A rollout is stopped by taking it back, which takes its time: the run
	// ends when the rollout says what came of it.
	m.do(StopRollout{Run: m.ID, Environment: d.Environment, Rollout: d.Rollout, Actor: in.Actor, Reason: in.Reason})
	m.tell("run.cancelling", fmt.Sprintf("%s is being cancelled by %s; its rollout in %s is stopped first.", m.ID, person(in.Actor), d.Environment),
		"actor", in.Actor, "environment", d.Environment, "rollout", d.Rollout, "reason", in.Reason)
}

func (m *machine) cancelledBy() string {
	why := "Cancelled by " + person(m.Cancelled.Actor)
	if m.Cancelled.Reason != "" {
		why += ": " + strings.TrimSuffix(m.Cancelled.Reason, ".")
	}
	return why + "."
}

// end makes p, which is final, the outcome of the run.
func (m *machine) end(p Phase, why, stoppedBy string) {
	because := "the run " + outcomeWord[p]
	for i := range m.Stages {
		m.stop(&m.Stages[i], because)
	}
	for i := range m.Deployments {
		if d := &m.Deployments[i]; d.Phase == DeploymentWaiting {
			d.Phase, d.Reason = DeploymentSkipped, "Not entered: "+because+"."
		}
	}
	m.enter(p)
	m.Why, m.StoppedBy = why, stoppedBy
	actor := ""
	if p == Cancelled && m.Cancelled != nil {
		actor = m.Cancelled.Actor
	}
	text := fmt.Sprintf("%s %s after %s: %s", m.ID, p, span(m.at.Sub(m.Created)), lowerFirst(why))
	if strings.HasPrefix(lowerFirst(why), string(p)) {
		text = fmt.Sprintf("%s was %s", m.ID, lowerFirst(why))
	}
	m.tell("run."+string(p), text,
		"actor", actor, "gate", stoppedBy, "by", m.SupersededBy)
	m.do(Finish{Run: m.ID, Phase: p})
}

var outcomeWord = map[Phase]string{
	Succeeded: "had succeeded", Failed: "failed", Cancelled: "was cancelled", Superseded: "was superseded",
}

// tick does what is due at m.at.
func (m *machine) tick() {
	switch m.Phase {
	case Running:
		m.giveUpStages()
		if m.Phase == Running {
			m.advance()
		}
	case Packaging:
		if !m.at.Before(m.Deadline) {
			m.notPackaged(fmt.Sprintf("packing timed out after %s", span(packageWithin)))
		}
	case Queued, Deploying, Succeeded, Failed, Cancelled, Superseded: // nothing falls due
	}
}

// setWake stores the earliest moment at which something falls due.
func (m *machine) setWake() {
	m.Wake = time.Time{}
	due := func(t time.Time) {
		if !t.IsZero() && (m.Wake.IsZero() || t.Before(m.Wake)) {
			m.Wake = t
		}
	}
	switch m.Phase {
	case Running:
		for _, s := range m.Stages {
			if s.Phase == StageWaiting {
				due(s.NotBefore)
			}
			if s.Phase.Active() {
				due(s.Deadline)
			}
		}
	case Packaging:
		due(m.Deadline)
	case Queued, Deploying, Succeeded, Failed, Cancelled, Superseded:
	}
}

// config returns the configuration of the stage of that name.
func (m *machine) config(name string) spec.Stage {
	for _, s := range m.Spec.Stages {
		if s.Name == name {
			return s
		}
	}
	return spec.Stage{Name: name}
}
