package rollout

import (
	"fmt"
	"slices"
)

const historyKept = 20

// Lane is one service in one environment: which version is stable, which
// rollout is under way, and which ones wait. At most one rollout is active.
type Lane struct {
	Service     string
	Environment string
	Epoch       uint64   // of the newest rollout
	Stable      Side     // what runs when no rollout is under way
	History     []Side   // stable versions before it, newest first
	Active      string   // rollout id
	Waiting     []string // rollout ids, oldest first
}

// Stable says which side is the environment's stable version in state s.
func Stable(s State) Side {
	switch s.Phase {
	case Promoting, Settling, Done:
		if s.Phase == Done && s.New.Same(s.Old) {
			return s.Old
		}
		return s.New
	case Queued, Preparing, Verifying, Shifting, Baking, Held, RollingBack, RolledBack, Stranded, Superseded, Cancelled:
	}
	return s.Old
}

// Admit gives a new rollout its epoch and id and puts it last in line.
func (l Lane) Admit() (Lane, string, uint64) {
	l.Epoch++
	id := fmt.Sprintf("%s-%s-r%d", l.Service, l.Environment, l.Epoch)
	l.Waiting = append(slices.Clone(l.Waiting), id)
	return l, id, l.Epoch
}

// Turn makes the first that waits active, if nothing is; it returns its id or "".
func (l Lane) Turn() (Lane, string) {
	if l.Active != "" || len(l.Waiting) == 0 {
		return l, ""
	}
	l.Active, l.Waiting = l.Waiting[0], slices.Clone(l.Waiting[1:])
	return l, l.Active
}

// Leave takes a rollout that is over out of the lane.
func (l Lane) Leave(id string) Lane {
	if l.Active == id {
		l.Active = ""
	}
	l.Waiting = slices.DeleteFunc(slices.Clone(l.Waiting), func(w string) bool { return w == id })
	return l
}

// Settle makes side the stable version and remembers the one before it.
func (l Lane) Settle(side Side) Lane {
	if side == l.Stable {
		return l
	}
	history := slices.DeleteFunc(slices.Clone(l.History), func(h Side) bool { return h == side })
	if l.Stable.Release != "" {
		history = slices.Insert(history, 0, l.Stable)
	}
	l.History = history[:min(len(history), historyKept)]
	l.Stable = side
	return l
}

// Unsettle goes back from a stable version that turned out bad: it is dropped,
// not remembered.
func (l Lane) Unsettle(bad, side Side) Lane {
	l.Stable = side
	l.History = slices.DeleteFunc(slices.Clone(l.History), func(h Side) bool { return h == bad || h == side })
	return l
}

// LastGood returns the newest stable version before the present one that bad
// does not reject, or an empty side.
func (l Lane) LastGood(bad func(Side) bool) Side {
	for _, h := range l.History {
		if !h.Same(l.Stable) && !bad(h) {
			return h
		}
	}
	return Side{}
}
