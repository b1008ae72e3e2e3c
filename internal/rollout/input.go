package rollout

import (
	"time"

	"github.com/davit-cd/davit"
)

// Input is something that happened. Each carries its time; Step reads no clock.
// An input that has no meaning in a state changes nothing: it came late or twice.
type Input interface{ when() time.Time }

type (
	// Begin says that it is this rollout's turn in its lane, and which version
	// is stable there by now.
	Begin struct {
		Old Side
		At  time.Time
	}
	// Gated brings what all gates of the environment say.
	Gated struct {
		Findings []davit.Finding
		At       time.Time
	}
	// Placed says that so many instances of a release are ready.
	Placed struct {
		Release string
		Ready   int
		At      time.Time
	}
	// PlaceFailed says that a release cannot be brought up, and why.
	PlaceFailed struct {
		Release string
		Reason  string
		At      time.Time
	}
	// Routed says that the router serves a revision of the route.
	Routed struct {
		Revision uint64
		At       time.Time
	}
	// Smoked brings the result of the smoke tests.
	Smoked struct {
		Finding davit.Finding
		At      time.Time
	}
	// Judged brings the judge's word about the current second.
	Judged struct {
		Verdict davit.Verdict
		Finding davit.Finding
		At      time.Time
	}
	// Crashed says that an instance keeps dying.
	Crashed struct {
		Release string
		Reason  string
		At      time.Time
	}
	// Retired says that a release is drained and stopped.
	Retired struct {
		Release string
		Note    string // "12 finished, 0 cancelled, 1 tunnel closed, 240 ms"
		At      time.Time
	}
	// Halt is a person's or a gate's wish to stay where it is.
	Halt struct {
		Actor  string
		Reason string
		Until  time.Time
		At     time.Time
	}
	// Resume ends a hold.
	Resume struct {
		Actor string
		At    time.Time
	}
	// Advance is a person's wish to go on to the next step. Force goes on
	// without the judge's PASS; it needs a reason.
	Advance struct {
		Actor  string
		Reason string
		Force  bool
		At     time.Time
	}
	// Abort is a person's wish to go back. It dominates everything else.
	Abort struct {
		Actor  string
		Reason string
		At     time.Time
	}
	// Supersede says that a newer rollout waits in the lane.
	Supersede struct {
		By string
		At time.Time
	}
	// Cancel ends a rollout that carries no traffic yet.
	Cancel struct {
		Actor  string
		Reason string
		At     time.Time
	}
	// Tick says what time it is.
	Tick struct{ At time.Time }
)

func (i Begin) when() time.Time       { return i.At }
func (i Gated) when() time.Time       { return i.At }
func (i Placed) when() time.Time      { return i.At }
func (i PlaceFailed) when() time.Time { return i.At }
func (i Routed) when() time.Time      { return i.At }
func (i Smoked) when() time.Time      { return i.At }
func (i Judged) when() time.Time      { return i.At }
func (i Crashed) when() time.Time     { return i.At }
func (i Retired) when() time.Time     { return i.At }
func (i Halt) when() time.Time        { return i.At }
func (i Resume) when() time.Time      { return i.At }
func (i Advance) when() time.Time     { return i.At }
func (i Abort) when() time.Time       { return i.At }
func (i Supersede) when() time.Time   { return i.At }
func (i Cancel) when() time.Time      { return i.At }
func (i Tick) when() time.Time        { return i.At }
