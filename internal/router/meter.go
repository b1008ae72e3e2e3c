package router

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// Batch is all that was measured in one second. There is one for each second,
// also for an empty one.
type Batch struct {
	Second  int64
	Samples []davit.Sample // per version, instance and mark; see Client.Samples
}

// predecessorPatience is how long a second waits for the samples of a worker on
// its way out.
const predecessorPatience = 200 * time.Millisecond

// meter collects the counts at the end of each second and keeps them for a
// while. own holds what this worker measured, all what is given to clients: the
// same, and what its predecessors measured meanwhile.
type meter struct {
	plane *plane
	clock secondClock

	mu      sync.Mutex
	own     ring
	all     ring
	newest  int64 // no second up to this one is measured again
	frozen  bool  // a successor gives out the samples from here on
	before  map[*predecessor]struct{}
	changed chan struct{} // closed at the next change
}

// predecessor is a worker on its way out whose samples are still to come.
type predecessor struct {
	socket  string
	pending map[int64][]davit.Sample
	seen    int64 // last second that came
}

// over is what a predecessor has seen when its stream has ended.
const over = 1 << 62

// ring keeps the last seconds.
type ring struct{ batches []Batch }

func (r *ring) add(b Batch) {
	if len(r.batches) >= 2*ringSeconds {
		r.batches = slices.Clone(r.batches[len(r.batches)-ringSeconds:])
	}
	r.batches = append(r.batches, b)
}

// since returns what came after the given position of the ring's numbering by
// seconds; all of it for 0.
func (r *ring) since(second int64) []Batch {
	i := len(r.batches)
	for i > 0 && r.batches[i-1].Second > second {
		i--
	}
	return slices.Clip(r.batches[max(i, len(r.batches)-ringSeconds):])
}

func (r *ring) last() int64 {
	if len(r.batches) == 0 {
		return 0
	}
	return r.batches[len(r.batches)-1].Second
}

func newMeter(p *plane) *meter {
	return &meter{plane: p, before: map[*predecessor]struct{}{}, changed: make(chan struct{})}
}

// run collects at the end of every second until ctx is over, and once more
// then, so that nothing counted is lost.
func (m *meter) run(ctx context.Context) {
	for {
		now := m.clock.now()
		next := now.Truncate(time.Second).Add(time.Second)
		t := time.NewTimer(next.Sub(now))
		select {
		case <-t.C:
			m.collect(next.Unix() - 1)
			go m.publish(next.Unix() - 1)
		case <-ctx.Done():
			t.Stop()
			m.collect(now.Unix())
			m.publish(now.Unix())
			return
		}
	}
}

// collect takes the counts of the second that is over.
func (m *meter) collect(second int64) {
	b := Batch{Second: second}
	for _, v := range m.plane.known() {
		take := func(c *cell, instance string, mark davit.Mark) {
			s := davit.Sample{
				Second: second, Service: v.service, Environment: v.environment,
				Release: v.release, Instance: instance, Mark: mark,
			}
			if c.takeInto(&s) {
				b.Samples = append(b.Samples, s)
			}
		}
		takeAll := func(cells *[marks]cell, arms *arms, instance string) {
			for i := range cells {
				take(&cells[i], instance, markOf(i))
			}
			arms.each(func(m davit.Mark, c *cell) { take(c, instance, m) })
		}
		takeAll(&v.cells, &v.arms, "")
		v.each(func(k *backend) { takeAll(&k.cells, &k.arms, k.Instance) })
	}
	m.mu.Lock()
	if second <= m.newest { // the timer was early
		b.Second = m.newest + 1
	}
	m.newest = b.Second
	m.own.add(b)
	m.signal()
	m.mu.Unlock()
}

// signal wakes those who wait for a change. The lock is held.
func (m *meter) signal() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// publish gives out the seconds up to the given one, together with what the
// predecessors measured in them; it waits for those a little.
func (m *meter) publish(second int64) {
	deadline := time.After(predecessorPatience)
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.behind(second) {
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
			m.mu.Lock()
		case <-deadline:
			m.mu.Lock()
			m.release()
			return
		}
	}
	m.release()
}

func (m *meter) behind(second int64) bool {
	for p := range m.before {
		if p.seen < second {
			return true
		}
	}
	return false
}

// release moves what has been measured into the ring for clients.
func (m *meter) release() {
	if m.frozen {
		return
	}
	grew := false
	for _, b := range m.own.since(m.all.last()) {
		b.Samples = slices.Clone(b.Samples)
		for p := range m.before {
			for s, late := range p.pending {
				if s <= b.Second { // later than it should be, but not lost
					b.Samples = append(b.Samples, late...)
					delete(p.pending, s)
				}
			}
			if p.seen == over && len(p.pending) == 0 {
				delete(m.before, p)
			}
		}
		m.all.add(b)
		grew = true
	}
	if grew {
		m.signal()
	}
}

// setFrozen stops giving out samples, because a successor does, or goes on.
func (m *meter) setFrozen(frozen bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.frozen = frozen
	m.release()
	m.signal()
}

// lastGiven returns the last second that was given out.
func (m *meter) lastGiven() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all.last()
}

// nextSecond returns the second that will be measured next.
func (m *meter) nextSecond() int64 {
	second := m.clock.now().Unix()
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(second, m.newest+1)
}

// history is what a successor takes over: what was given out so far, and what
// has come of the workers before that was not.
type history struct {
	Batches []Batch
	Late    []davit.Sample
	Seen    map[string]int64 // last second that came, by private socket
}

func (m *meter) history() history {
	m.mu.Lock()
	defer m.mu.Unlock()
	h := history{Batches: m.all.since(0), Seen: map[string]int64{}}
	for p := range m.before {
		h.Seen[p.socket] = p.seen
		for _, late := range p.pending {
			h.Late = append(h.Late, late...)
		}
	}
	return h
}

// inherit takes over what the predecessor had.
func (m *meter) inherit(h history) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all.batches = h.Batches
	m.newest = max(m.newest, m.all.last())
	m.clock.notBefore(m.newest)
	if len(h.Late) > 0 {
		m.before[&predecessor{seen: over, pending: map[int64][]davit.Sample{0: h.Late}}] = struct{}{}
	}
}

// follow adds the samples of a worker on its way out until its stream ends.
func (m *meter) follow(socket string, since int64, stream func(fn func(Batch) error) error) {
	p := &predecessor{socket: socket, seen: since, pending: map[int64][]davit.Sample{}}
	m.mu.Lock()
	m.before[p] = struct{}{}
	m.mu.Unlock()
	_ = stream(func(b Batch) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		p.seen = b.Second
		if len(b.Samples) > 0 {
			p.pending[b.Second] = append(p.pending[b.Second], b.Samples...)
		}
		m.signal()
		return nil
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	p.seen = over // the next release takes what is pending
	m.signal()
}

// next returns the batches after a second, waiting for one. own selects what
// this worker measured itself. ok is false when there will be no more.
func (m *meter) next(ctx context.Context, second int64, own bool) (batches []Batch, ok bool) {
	for {
		m.mu.Lock()
		r, frozen := &m.all, m.frozen
		if own {
			r, frozen = &m.own, false
		}
		batches, changed := r.since(second), m.changed
		m.mu.Unlock()
		if len(batches) > 0 {
			return batches, true
		}
		if frozen {
			return nil, false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, false
		}
	}
}
