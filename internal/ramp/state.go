package ramp

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// State is all that is remembered of one ramp; the store keeps it as JSON.
type State struct {
	ID          string // "shop/production/new-checkout/3"
	Project     string
	Environment string
	Flag        string
	Service     string // whose telemetry judges it; empty: only events and gates do
	Salt        string // of the bucket that decides who has the variant
	Actor       string // who asked for it
	Epoch       uint64 // counts the ramps of this flag in this environment, from 1
	Plan        Plan

	Phase     Phase
	Step      int          // index into Plan.Steps
	Share     davit.Weight // what is to be published: a user below it has the variant
	Off       bool         // the flag is to be switched off altogether
	Revision  uint64       // of what is to be published; grows with every change of Share or Off
	Confirmed uint64       // the revision that is published and known to the router
	Shown     davit.Weight // the share at Confirmed
	Safe      davit.Weight // the share of the last step that passed
	Created   time.Time
	Since     time.Time // when the phase began
	StepSince time.Time // when the step's share was confirmed; zero while it is not
	Exposed   time.Time // when the first users got the variant: the judge's second 0
	Shifts    []Shift   // which share was confirmed when, oldest first
	Deadline  time.Time // when the phase takes its default way out; zero only in final phases
	Ended     time.Time

	Last     *davit.Finding  // the judge's last word that was of consequence
	Findings []davit.Finding // evidence of each decision
	Waiting  []string        // what the gates that wait say, sorted
	Hold     *Hold           // who keeps it where it is
	Into     Phase           // the final phase after lowering
	Reason   string          // why it ended, or is going back
	Decided  string          // gate, metric or person that ended it

	Locked   bool   // no ramp of this flag may follow until a person unlocks it
	Unlocked string // who did, and why
}

// Hold says who stopped a ramp and how it goes on.
type Hold struct {
	By     string // "judge", "plan", a gate's name or a person
	Kind   HoldKind
	Reason string
	Since  time.Time
	Until  time.Time // persons only: when the ramp goes on under the judge; zero: not by itself
}

// HoldKind says what ends a hold.
type HoldKind string

// The kinds of holds.
const (
	HoldGate   HoldKind = "gate"   // ends when no gate waits any more
	HoldData   HoldKind = "data"   // ends when the judge passes the step
	HoldPlan   HoldKind = "plan"   // ends when a person promotes
	HoldPerson HoldKind = "person" // ends when a person resumes or promotes
)

// Shift is a share that was confirmed.
type Shift struct {
	At    time.Time
	Share davit.Weight
}

// New returns a ramp that has not begun to expose anybody.
func New(s State, at time.Time) State {
	s.Phase, s.Created, s.Since = Pending, at, at
	s.Revision = 1
	s.Deadline = at.Add(patience)
	return s
}

// Planned tells that a ramp was made.
func Planned(s State) davit.Event {
	m := &machine{State: s, at: s.Created, actor: s.Actor}
	m.say("planned", fmt.Sprintf("%s is to be given to %s of the users in %d steps", s.Plan.Variant, s.Plan.Steps[len(s.Plan.Steps)-1].Share, len(s.Plan.Steps)), nil)
	return m.events[0]
}

// stage is the plan's current step.
func (s *State) stage() Stage { return s.Plan.Steps[s.Step] }

// last reports whether the current step is the plan's last.
func (s *State) last() bool { return s.Step == len(s.Plan.Steps)-1 }

// ShareAt is the confirmed share when a second began.
func (s *State) ShareAt(second int64) davit.Weight {
	share := davit.Weight(0)
	for _, shift := range s.Shifts {
		if shift.At.Unix() < second {
			share = shift.Share
		}
	}
	return share
}

// Scale says how many times the margin is enough to leave the current step:
// going on exposes only the next share, so a variant that is worse by
// margin/share there costs all users together no more than the margin.
func (s *State) Scale() float64 {
	if s.Phase == Pending {
		return 1
	}
	return s.ScaleAt(s.stage().Share)
}

// ScaleAt is Scale in the step that has a share.
func (s *State) ScaleAt(share davit.Weight) float64 {
	for _, step := range s.Plan.Steps {
		if step.Share > share {
			return min(1/step.Share.Fraction(), mostScale)
		}
	}
	return 1
}

// mostScale is the widest margin, at the smallest exposure.
const mostScale = 20

// Wake returns when the machine wants a Tick at the latest; zero: never.
func (s *State) Wake() time.Time {
	if s.Phase.Final() {
		return time.Time{}
	}
	if s.Phase == Paused && s.Hold.Kind == HoldPerson && !s.Hold.Until.IsZero() && s.Hold.Until.Before(s.Deadline) {
		return s.Hold.Until
	}
	return s.Deadline
}

// Compares reports whether exposed and not exposed users can be measured side
// by side in the current step.
func (s *State) Compares() bool {
	return s.Shown > 0 && s.Shown < davit.Full && s.stage().Judge != davit.JudgeNone
}
