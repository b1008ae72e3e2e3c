package picture

import (
	"sync"
	"time"
)

// kept is how many drawings of things under way an Album has.
const kept = 32

// Album keeps the drawings that somebody looks at, so that each goes on where it
// was: at most 32, those that were asked for last. The zero Album is empty.
type Album[T any] struct {
	mu     sync.Mutex
	leaves map[string]*leaf[T]
}

type leaf[T any] struct {
	drawing *T
	used    time.Time
}

// Of returns the drawing of an id: the one that is kept, unless stale says that
// it cannot go on, else a fresh one. What is over is not kept: nobody looks at
// it every second.
func (a *Album[T]) Of(id string, over bool, now time.Time, stale func(*T) bool, fresh func() *T) *T {
	a.mu.Lock()
	defer a.mu.Unlock()
	if over {
		delete(a.leaves, id)
		return fresh()
	}
	if l := a.leaves[id]; l != nil && !stale(l.drawing) {
		l.used = now
		return l.drawing
	}
	if a.leaves == nil {
		a.leaves = map[string]*leaf[T]{}
	}
	delete(a.leaves, id)
	for len(a.leaves) >= kept {
		oldest := ""
		for id, l := range a.leaves {
			if oldest == "" || l.used.Before(a.leaves[oldest].used) {
				oldest = id
			}
		}
		delete(a.leaves, oldest)
	}
	l := &leaf[T]{drawing: fresh(), used: now}
	a.leaves[id] = l
	return l.drawing
}
