package ramp

import (
	"fmt"

	"github.com/davit-cd/davit"
)

// Effect is something that has to be true in the world now. Key is the same as
// long as the same thing is wanted. All effects are idempotent.
type Effect interface{ Key() string }

type (
	// Expose publishes a share and tells the router whom to tag; Exposed
	// answers it.
	Expose struct {
		Revision uint64
		Share    davit.Weight
		Off      bool
	}
	// Watch asks judge and gates about every second; Looked answers it.
	Watch struct {
		Step  int
		Guard bool // there is nobody to compare with: only harm is looked for
	}
)

// Key names the revision.
func (e Expose) Key() string { return fmt.Sprintf("expose %d", e.Revision) }

// Key names the step and the kind of judgement.
func (e Watch) Key() string {
	if e.Guard {
		return fmt.Sprintf("watch %d guard", e.Step)
	}
	return fmt.Sprintf("watch %d", e.Step)
}

// Wanted says what has to be true in the world while the ramp is in state s. It
// depends on the state alone: after a crash it gives the same answer.
func Wanted(s State) []Effect {
	var wanted []Effect
	if s.Phase.Final() {
		return nil
	}
	if s.Confirmed < s.Revision {
		wanted = append(wanted, Expose{Revision: s.Revision, Share: s.Share, Off: s.Off})
	}
	if s.Phase.growing() {
		wanted = append(wanted, Watch{Step: s.Step, Guard: !s.Compares()})
	}
	return wanted
}
