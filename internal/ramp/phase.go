package ramp

import "slices"

// Phase says where a ramp stands.
type Phase string

// The phases; see the drawing in the package comment.
const (
	Pending   Phase = "pending"
	Raising   Phase = "raising"
	Holding   Phase = "holding"
	Paused    Phase = "paused"
	Lowering  Phase = "lowering"
	Done      Phase = "done"
	Failed    Phase = "failed"
	Aborted   Phase = "aborted"
	Cancelled Phase = "cancelled"
)

// Phases lists all phases in the order of the drawing.
func Phases() []Phase {
	return []Phase{Pending, Raising, Holding, Paused, Lowering, Done, Failed, Aborted, Cancelled}
}

// Final reports whether nothing more can happen in p, but for a person who
// unlocks the flag.
func (p Phase) Final() bool {
	switch p {
	case Done, Failed, Aborted, Cancelled:
		return true
	case Pending, Raising, Holding, Paused, Lowering:
	}
	return false
}

// growing reports whether the share may still be raised in p.
func (p Phase) growing() bool {
	switch p {
	case Pending, Raising, Holding, Paused:
		return true
	case Lowering, Done, Failed, Aborted, Cancelled:
	}
	return false
}

func moves(from, to Phase) bool {
	next := map[Phase][]Phase{
		Pending:  {Raising, Cancelled, Lowering, Paused},
		Raising:  {Holding, Paused, Lowering},
		Holding:  {Raising, Paused, Done, Lowering},
		Paused:   {Paused, Pending, Holding, Raising, Done, Lowering, Cancelled},
		Lowering: {Failed, Aborted, Lowering},
	}
	return slices.Contains(next[from], to)
}
