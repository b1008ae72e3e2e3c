package rollout

import (
	"time"

	"github.com/davit-cd/davit"
)

// State is all that is remembered of one rollout; the store keeps it as JSON.
type State struct {
	ID          string // "shop-production-r12"
	Service     string
	Environment string
	Run         string // the run it belongs to; empty when a person promoted
	Actor       string // who or what asked for it
	Intent      Intent
	Epoch       uint64 // fences router, target and store; grows with every rollout of the lane
	New, Old    Side
	Plan        davit.Plan
	Instances   int           // full capacity
	NoData      string        // what happens at a step's deadline without data: "rollback" or "hold"
	GateWithin  time.Duration // how long gates may say wait
	StartWithin time.Duration // how long instances may take to be ready
	OneWay      bool          // a migration has passed its contract phase: never go back by itself

	Phase     Phase
	Step      int       // index into Plan.Steps
	Created   time.Time // when it was queued
	Since     time.Time // when the phase began
	StepSince time.Time // when the step's weight was confirmed
	Exposed   time.Time // when the new version got its first share: the judge's second 0
	Shifts    []Shift   // when which weight was confirmed, oldest first
	Deadline  time.Time // when the phase takes its default way out; zero only in queued, stranded and final phases
	Ended     time.Time

	Gated      bool         // all gates have passed
	OldStopped bool         // the old version is not warm any more, or about to be stopped
	Capacity   int          // instances of the new version confirmed ready
	Revision   uint64       // of the route that is wanted
	Routed     uint64       // revision the router has confirmed
	Weight     davit.Weight // weight the router has confirmed
	Probed     bool         // the smoke tests have passed without traffic, and a person holds it there
	Settled    bool         // the settling window is over
	Drained    bool         // what the phase has to retire is retired

	Last     *davit.Finding  // the judge's last stored word
	Findings []davit.Finding // what gates, smoke tests and judge said at each decision
	Hold     *Hold           // who keeps it where it is; what it points to never changes
	Approved bool            // a person let it out of the step

	Reason       string // why it ended as it did, or is going back
	DecidedBy    string // gate, metric or person
	Quarantine   bool   // the digest is quarantined when it goes back
	Into         Phase  // the final phase after rolling back: rolled-back, superseded or cancelled
	SupersededBy string // the rollout it made way for
	Next         string // the newest rollout that waits behind it in the lane
}

// Intent says why a rollout exists.
type Intent string

// The intents.
const (
	Deploy   Intent = "deploy"   // a new release
	Rollback Intent = "rollback" // back to a release that was good before
)

// Hold says who stopped a rollout, until when, and what happens then.
type Hold struct {
	By     string
	Reason string
	Since  time.Time
	Until  time.Time
	Back   bool // at Until the rollout goes back; otherwise it goes on under the judge
	Gate   bool // a gate says wait: it is over when the gates pass
	OneWay bool // it must go back and cannot: at Until people are told again
}

// Shift is a weight that the router confirmed.
type Shift struct {
	At     time.Time
	Weight davit.Weight
}

// step returns the plan's current step.
func (s *State) step() davit.Step { return s.Plan.Steps[s.Step] }

// last reports whether the current step is the plan's last.
func (s *State) last() bool { return s.Step == len(s.Plan.Steps)-1 }

// Wake returns when the machine wants a Tick at the latest; zero means only
// when something happens.
func (s *State) Wake() time.Time {
	if s.Phase.Final() || s.Phase == Stranded {
		return time.Time{}
	}
	wake := s.Deadline
	if s.Phase == Baking && !s.needsPass() {
		wake = s.StepSince.Add(s.step().Hold)
	}
	if s.heldByPerson() && s.Hold.Until.Before(wake) {
		wake = s.Hold.Until
	}
	return wake
}

// concerns reports whether f speaks of this very rollout of the new version.
func (s *State) concerns(f davit.Finding) bool {
	return f.Artifact == s.New.Artifact && f.Config == s.New.Config && f.Epoch == s.Epoch
}

// about reports whether f speaks of exactly what is at stake now.
func (s *State) about(f davit.Finding) bool { return s.concerns(f) && f.Step == s.Step }
