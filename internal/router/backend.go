package router

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
)

// backend is one instance: its connections, its counts and what is known of
// its health.
type backend struct {
	davit.Backend
	cells   [marks]cell
	arms    arms
	ejected atomic.Int64 // moment until which others are preferred; 0: well
	misses  atomic.Int32 // connections refused in a row

	mu      sync.Mutex
	retired bool
	since   time.Time   // of retired
	idle    []*upstream // the one used last comes last
	active  *upstream   // head of the list of those carrying a request
}

func newBackend(b davit.Backend) *backend { return &backend{Backend: b} }

// take returns an idle connection that is still open, nil if there is none.
// Those that were idle for long, and all if sure is set, are asked first.
func (b *backend) take(ctx context.Context, at moment, sure bool) *upstream {
	for {
		b.mu.Lock()
		n := len(b.idle) - 1
		if n < 0 {
			b.mu.Unlock()
			return nil
		}
		u := b.idle[n]
		b.idle[n] = nil
		b.idle = b.idle[:n]
		b.link(ctx, u, at)
		b.mu.Unlock()
		if rested := time.Duration(at - u.rested); rested < upstreamIdle && (!sure && rested < 5*time.Millisecond || u.open()) {
			u.reused = true
			return u
		}
		b.drop(u)
	}
}

// dial opens a new connection for a request.
func (b *backend) dial(ctx context.Context, within time.Duration) (*upstream, error) {
	d := net.Dialer{Timeout: within, KeepAlive: 30 * time.Second}
	c, err := d.DialContext(ctx, "tcp", b.Address)
	if err != nil {
		if ctx.Err() == nil {
			b.refused()
		}
		return nil, err
	}
	if b.misses.Load() != 0 {
		b.misses.Store(0)
		b.ejected.Store(0)
	}
	u := newUpstream(c.(*net.TCPConn), b)
	b.mu.Lock()
	b.link(ctx, u, now())
	b.mu.Unlock()
	return u, nil
}

// refused notes that no connection could be had: others are preferred for a
// while that doubles from 1 s to 8 s.
func (b *backend) refused() {
	n := min(b.misses.Add(1)-1, 3)
	b.ejected.Store(int64(now()) + int64(time.Second<<n))
}

// give returns a connection whose exchange is over and that may carry another.
func (b *backend) give(u *upstream, at moment) {
	b.mu.Lock()
	b.unlink(u)
	if b.retired || u.cut.Load() != 0 || len(b.idle) >= upstreamSpare {
		b.mu.Unlock()
		u.close()
		return
	}
	u.rested = at
	b.idle = append(b.idle, u)
	b.mu.Unlock()
}

// drop closes a connection that can not be used again.
func (b *backend) drop(u *upstream) {
	b.mu.Lock()
	b.unlink(u)
	b.mu.Unlock()
	u.close()
}

// detach takes a connection out of the backend's care: it became a tunnel. It
// reports false if it was cut meanwhile.
func (b *backend) detach(u *upstream) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlink(u)
	return u.cut.Load() == 0
}

func (b *backend) link(ctx context.Context, u *upstream, at moment) {
	u.ctx, u.linked = ctx, true
	u.begun.Store(int64(at))
	u.cut.Store(0)
	u.prev, u.next = nil, b.active
	if b.active != nil {
		b.active.prev = u
	}
	b.active = u
}

func (b *backend) unlink(u *upstream) {
	if !u.linked {
		return
	}
	if u.prev != nil {
		u.prev.next = u.next
	} else {
		b.active = u.next
	}
	if u.next != nil {
		u.next.prev = u.prev
	}
	u.prev, u.next, u.ctx, u.linked = nil, nil, nil, false
}

// retire says whether the instance has left the route for now.
func (b *backend) retire(gone bool) {
	b.mu.Lock()
	if gone && !b.retired {
		b.since = time.Now()
	}
	b.retired = gone
	var idle []*upstream
	if gone {
		idle, b.idle = b.idle, nil
	}
	b.mu.Unlock()
	for _, u := range idle {
		u.close()
	}
}

// unused reports whether the instance left the route before then and carries
// nothing any more.
func (b *backend) unused(then time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.retired && b.active == nil && b.since.Before(then)
}

// sweep ends what has taken too long: exchanges whose client is gone, whose
// answer has not begun in time, and connections idle for too long.
func (b *backend) sweep(at moment, answerWithin time.Duration) {
	b.mu.Lock()
	for u := b.active; u != nil; u = u.next {
		switch {
		case u.ctx.Err() != nil:
			u.interrupt(cutClient)
		case u.begun.Load() != 0 && int64(at)-u.begun.Load() > int64(answerWithin):
			u.interrupt(cutSlow)
		}
	}
	n := 0
	for n < len(b.idle) && time.Duration(at-b.idle[n].rested) > upstreamIdle {
		n++
	}
	var old []*upstream
	if n > 0 {
		old = append(old, b.idle[:n]...)
		b.idle = append(b.idle[:0], b.idle[n:]...)
	}
	b.mu.Unlock()
	for _, u := range old {
		u.close()
	}
}

// cutAll interrupts every exchange under way and returns how many there were.
func (b *backend) cutAll(why cut) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for u := b.active; u != nil; u = u.next {
		u.interrupt(why)
		n++
	}
	return n
}

// cut interrupts one exchange.
func (b *backend) cut(u *upstream, why cut) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if u.linked {
		u.interrupt(why)
	}
}
