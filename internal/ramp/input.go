package ramp

import (
	"time"

	"github.com/davit-cd/davit"
)

// Input is something that happened. Each carries its time; Step reads no clock.
// An input that has no meaning in a state changes nothing: it came late or twice.
type Input interface{ when() time.Time }

type (
	// Exposed says that a revision is published and that the router knows it.
	Exposed struct {
		Revision uint64
		At       time.Time
	}
	// Looked brings what judge and gates say at one moment. The finding names
	// the epoch and step that it is about.
	Looked struct {
		Verdict davit.Verdict
		Finding davit.Finding
		Gates   []davit.Finding // of every gate that was asked; one that is missing is none
		Samples [2]uint64       // units or requests in this step: exposed, not exposed
		At      time.Time
	}
	// Halt is a person's wish to stay where it is.
	Halt struct {
		Actor  string
		Reason string
		Until  time.Time // zero: until somebody resumes
		At     time.Time
	}
	// Resume ends a hold; the judge decides again.
	Resume struct {
		Actor string
		At    time.Time
	}
	// Advance is a person's wish to go on to the next step. Force goes on
	// without the judge's PASS and past gates that wait; it needs a reason.
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
	// Kill says that the flag was switched off, or changed so that the ramp has
	// no meaning any more.
	Kill struct {
		Actor  string
		Reason string
		At     time.Time
	}
	// Unlock lets a flag whose ramp failed or was aborted be ramped again.
	Unlock struct {
		Actor  string
		Reason string
		At     time.Time
	}
	// Tick says what time it is.
	Tick struct{ At time.Time }
)

func (i Exposed) when() time.Time { return i.At }
func (i Looked) when() time.Time  { return i.At }
func (i Halt) when() time.Time    { return i.At }
func (i Resume) when() time.Time  { return i.At }
func (i Advance) when() time.Time { return i.At }
func (i Abort) when() time.Time   { return i.At }
func (i Kill) when() time.Time    { return i.At }
func (i Unlock) when() time.Time  { return i.At }
func (i Tick) when() time.Time    { return i.At }
