package rollout

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
	gateWithin    = 24 * time.Hour   // gates may say wait so long, unless State.GateWithin says otherwise
	effectWithin  = 2 * time.Minute  // a route, or the smoke tests
	retireWithin  = 15 * time.Minute // longer than any drain and stop deadline
	holdAtMost    = 24 * time.Hour
	stepAtMost    = time.Hour // when a plan gives no deadline
	startAtLeast  = 30 * time.Second
	freshWithin   = 10 * time.Second // a PASS older than this is no PASS
	settleAtLeast = 10 * time.Second // of the settling window, however much a newer release is in a hurry
	findingsAtEnd = 200              // findings kept in the state
)

// machine is one call of Step at work.
type machine struct {
	State
	at     time.Time
	actor  string // whose wish the input is; empty: Davit's own
	events []davit.Event
}

// Step takes s through in and returns the next state with the events that
// belong to it; state and events are kept in one transaction. Where nothing
// changes it returns s and no event. Where something does, the first event
// carries the input, so that Replay can take the same step again.
func Step(s State, in Input) (State, []davit.Event) {
	if s.Phase.Final() {
		return s, nil
	}
	in = clip(in)
	m := &machine{State: s, at: in.when()}
	m.Findings = slices.Clip(s.Findings)
	m.take(in)
	if len(m.events) > 0 {
		first := &m.events[0]
		if first.Data = maps.Clone(first.Data); first.Data == nil {
			first.Data = map[string]string{}
		}
		first.Data[inputKey] = EncodeInput(in)
	}
	return m.State, m.events
}

func (m *machine) take(in Input) {
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
}

// become moves to a phase that takes its default way out at deadline. It
// panics on a move that the drawing does not have: such a bug must not reach
// traffic.
func (m *machine) become(p Phase, deadline time.Time) {
	if !moves(m.Phase, p) {
		panic(fmt.Sprintf("rollout: %s cannot become %s", m.Phase, p))
	}
	m.Phase, m.Since, m.Deadline = p, m.at, deadline
	switch {
	case p.Final():
		m.Ended, m.Deadline = m.at, time.Time{}
	case p == Stranded:
		m.Deadline = time.Time{}
	case deadline.Before(m.at): // over already: the next tick ends it
		m.Deadline = m.at
	}
}

func (m *machine) within(d time.Duration) time.Time { return m.at.Add(d) }

func moves(from, to Phase) bool {
	if to == RollingBack {
		return from != Queued && !from.Final()
	}
	next := map[Phase][]Phase{
		Queued:      {Preparing, Done, Superseded, Cancelled},
		Preparing:   {Verifying, Superseded, Cancelled},
		Verifying:   {Shifting},
		Shifting:    {Baking, Held},
		Baking:      {Shifting, Held, Promoting},
		Held:        {Baking, Shifting, Promoting, Held},
		Promoting:   {Settling},
		Settling:    {Done},
		RollingBack: {RolledBack, Superseded, Cancelled, Stranded},
		Stranded:    {RolledBack, Superseded, Cancelled},
	}
	return slices.Contains(next[from], to)
}

// say adds an event about this rollout.
func (m *machine) say(kind, text string, data map[string]string) {
	actor := "davit"
	if m.actor != "" {
		actor = m.actor
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

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
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

func orNothing(release string) string {
	if release == "" {
		return "nothing"
	}
	return release
}
