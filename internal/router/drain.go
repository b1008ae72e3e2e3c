package router

import (
	"context"
	"time"
)

// Drained says how a drain ended.
type Drained struct {
	Finished  int           // requests that ended by themselves
	Cancelled int           // requests cut at the deadline
	Tunnels   int           // tunnels still open; they have a deadline of their own
	Took      time.Duration // until the last request was over
}

// add sums the parts of two workers.
func (d Drained) add(o Drained) Drained {
	return Drained{
		Finished: d.Finished + o.Finished, Cancelled: d.Cancelled + o.Cancelled,
		Tunnels: d.Tunnels + o.Tunnels, Took: max(d.Took, o.Took),
	}
}

// drain waits until no request and no tunnel of the release is under way, at
// most until the deadline; then it cuts the requests that are left. Tunnels are
// left to their own deadline, which begins now.
func (p *plane) drain(ctx context.Context, at place, release string, within time.Duration) (Drained, error) {
	start := time.Now()
	p.mu.Lock()
	v := p.versions[versionKey{at, release}]
	if r := p.table.Load().routes[at]; r != nil && r.live(release) {
		p.mu.Unlock()
		return Drained{}, conflict("drain %s of %s: requests are still sent to it", release, at)
	}
	p.mu.Unlock()
	if v == nil {
		return Drained{}, nil
	}
	v.expireTunnels(p.opts.TunnelWithin)
	begun := int(v.inflight.Load())
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	var d Drained
	for v.inflight.Load() > 0 || v.tunnelCount() > 0 {
		if v.inflight.Load() > 0 {
			d.Took = time.Since(start)
		}
		select {
		case <-poll.C:
			continue
		case <-ctx.Done():
			return d, context.Cause(ctx)
		case <-deadline.C:
		}
		if d.Cancelled = v.cutAll(); d.Cancelled > 0 {
			d.Took = time.Since(start)
		}
		// What was cut needs a moment to say so to its client.
		for wait := 0; v.inflight.Load() > 0 && wait < 200; wait++ {
			<-poll.C
		}
		break
	}
	d.Finished = max(0, begun-d.Cancelled)
	d.Tunnels = v.tunnelCount()
	return d, nil
}

// cutAll interrupts all requests under way and returns how many there were.
func (v *version) cutAll() int {
	n := 0
	v.each(func(b *backend) { n += b.cutAll(cutDrain) })
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, stop := range v.streams {
		stop()
		n++
	}
	return n
}

// prune forgets the instances that left the route a while ago and on which
// nothing is under way, and reports whether nothing of the version is left.
func (v *version) prune(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.streams) == 0 {
		for k, b := range v.backends {
			if b.unused(now.Add(-retiredFor)) && !dirty(&b.cells) {
				delete(v.backends, k)
			}
		}
	}
	return len(v.backends) == 0 && len(v.tunnels) == 0 && len(v.streams) == 0 && v.inflight.Load() == 0 && !dirty(&v.cells)
}

// retiredFor is longer than a request can be between its claim and its
// connection.
const retiredFor = time.Minute

func dirty(cells *[marks]cell) bool {
	for i := range cells {
		cells[i].mu.Lock()
		d := cells[i].dirty
		cells[i].mu.Unlock()
		if d {
			return true
		}
	}
	return false
}

// sweep is called every now and then: it ends what has taken too long and
// forgets the instances that are gone.
func (p *plane) sweep(now time.Time) {
	for _, v := range p.known() {
		v.mu.Lock()
		for _, b := range v.backends {
			b.sweep(momentOf(now), p.opts.AnswerWithin)
		}
		v.mu.Unlock()
	}
}

// forget drops versions and instances that are out of use.
func (p *plane) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tidy()
}
