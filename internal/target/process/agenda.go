package process

import (
	"container/heap"
	"sync"
	"time"
)

// agenda runs turns when they are due. One goroutine waits for the earliest of
// all, so a thousand idle instances cost a heap of a thousand times.
type agenda struct {
	mu     sync.Mutex
	due    dueHeap
	poke   chan struct{} // the earliest time has changed
	closed chan struct{}
	turns  sync.WaitGroup
}

// turn is something done again and again, never twice at a time.
type turn struct {
	do    func(now time.Time) (next time.Time) // zero: not before it is woken
	at    time.Time
	index int // in the heap; -1: not in it
	busy  bool
	again bool // woken while busy
	gone  bool
}

func newAgenda() *agenda {
	a := &agenda{poke: make(chan struct{}, 1), closed: make(chan struct{})}
	go a.run()
	return a
}

// add takes up a turn whose first time is at; its index is -1.
func (a *agenda) add(t *turn, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.schedule(t, at)
}

// wake makes t due now, and once more if it is under way.
func (a *agenda) wake(t *turn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t.busy {
		t.again = true
		return
	}
	a.schedule(t, time.Now())
}

// sooner makes t due at the latest in d.
func (a *agenda) sooner(t *turn, d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at := time.Now().Add(d); !t.busy && (t.index < 0 || at.Before(t.at)) {
		a.schedule(t, at)
	}
}

// drop takes a turn out for good.
func (a *agenda) drop(t *turn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t.gone = true
	if t.index >= 0 {
		heap.Remove(&a.due, t.index)
	}
}

// close ends the agenda and waits for the turns under way.
func (a *agenda) close() {
	a.mu.Lock()
	select {
	case <-a.closed:
	default:
		close(a.closed)
	}
	a.mu.Unlock()
	a.turns.Wait()
}

func (a *agenda) schedule(t *turn, at time.Time) {
	if t.gone {
		return
	}
	t.at = at
	if t.index < 0 {
		heap.Push(&a.due, t)
	} else {
		heap.Fix(&a.due, t.index)
	}
	if t.index == 0 {
		select {
		case a.poke <- struct{}{}:
		default:
		}
	}
}

func (a *agenda) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(a.begin())
		select {
		case <-a.closed:
			return
		case <-a.poke:
		case <-timer.C:
		}
	}
}

// begin starts what is due and returns the time until the next.
func (a *agenda) begin() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.due) > 0 {
		t := a.due[0]
		if wait := time.Until(t.at); wait > 0 {
			return wait
		}
		select {
		case <-a.closed:
			return time.Hour
		default:
		}
		heap.Pop(&a.due)
		t.busy, t.again = true, false
		a.turns.Go(func() { a.take(t) })
	}
	return time.Hour
}

func (a *agenda) take(t *turn) {
	next := t.do(time.Now())
	a.mu.Lock()
	defer a.mu.Unlock()
	t.busy = false
	if t.again {
		next = time.Now()
	}
	if !next.IsZero() {
		a.schedule(t, next)
	}
}

// dueHeap has the earliest turn first.
type dueHeap []*turn

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *dueHeap) Push(x any) {
	t := x.(*turn)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *dueHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
