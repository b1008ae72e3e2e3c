package pipeline

import (
	"time"

	"github.com/davit-cd/davit"
)

// Input is something that happened in the world. Every input carries its time.
type Input interface{ when() time.Time }

type (
	// Start says that the run's turn has come.
	Start struct{ At time.Time }

	// Carry says that a queued run takes a superseded commit along.
	Carry struct {
		Commits []Carried // the superseded run and those it had taken along itself
		At      time.Time
	}

	// StageStarted says that the first process of an attempt runs.
	StageStarted struct {
		Stage   string
		Attempt int
		At      time.Time
	}

	// StageFinished says what came of an attempt.
	StageFinished struct {
		Stage   string
		Attempt int
		Outcome StageOutcome
		Reason  string // one plain sentence; may be empty for passed
		Facts   Facts
		At      time.Time
	}

	// Lost says that the server went away under a running stage.
	Lost struct {
		Stage string
		At    time.Time
	}

	// Packaged says what came of packing: a release, or Err.
	Packaged struct {
		Release string
		Digest  davit.Digest
		Err     string
		At      time.Time
	}

	// RolloutStarted brings the id of the rollout that was asked for.
	RolloutStarted struct {
		Environment string
		Rollout     string
		At          time.Time
	}

	// RolloutHeld says that a rollout waits, and for what, or (with an empty
	// Reason) that it waits no longer.
	RolloutHeld struct {
		Environment string
		Rollout     string
		Reason      string
		At          time.Time
	}

	// RolloutFinished says how the rollout in an environment ended.
	RolloutFinished struct {
		Environment string
		Rollout     string
		Outcome     RolloutOutcome
		Reason      string
		By          string // superseded: the run or release that took its place; refused: the gate
		At          time.Time
	}

	// Cancel is a person's stop.
	Cancel struct {
		Actor  string
		Reason string
		At     time.Time
	}

	// Supersede says that a newer run takes this one's place.
	Supersede struct {
		By string
		At time.Time
	}

	// Tick says that State.Wake has come.
	Tick struct{ At time.Time }
)

func (in Start) when() time.Time           { return in.At }
func (in Carry) when() time.Time           { return in.At }
func (in StageStarted) when() time.Time    { return in.At }
func (in StageFinished) when() time.Time   { return in.At }
func (in Lost) when() time.Time            { return in.At }
func (in Packaged) when() time.Time        { return in.At }
func (in RolloutStarted) when() time.Time  { return in.At }
func (in RolloutHeld) when() time.Time     { return in.At }
func (in RolloutFinished) when() time.Time { return in.At }
func (in Cancel) when() time.Time          { return in.At }
func (in Supersede) when() time.Time       { return in.At }
func (in Tick) when() time.Time            { return in.At }

// StageOutcome is how an attempt of a stage ended.
type StageOutcome string

// The outcomes of an attempt. An outcome that is none of these counts as
// failed.
const (
	OutcomePassed   StageOutcome = "passed"
	OutcomeFailed   StageOutcome = "failed"
	OutcomeTimedOut StageOutcome = "timed-out"
	OutcomeLost     StageOutcome = "lost" // nothing is known of it: the same attempt is started again
)
