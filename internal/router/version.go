package router

import (
	"sync"
	"sync/atomic"

	"github.com/davit-cd/davit"
)

// version is a release in an environment as long as anything of it is under
// way; it outlives the tables that name it.
type version struct {
	place
	release string

	inflight counter // requests that claimed it and are not over
	turn     atomic.Uint32
	retries  budget
	cells    [marks]cell // of requests that reached no instance
	arms     arms        // of the same

	mu       sync.Mutex
	backends map[davit.Backend]*backend
	tunnels  map[*tunnel]struct{}
	streams  map[*exchange]func() // requests over HTTP/2, and how to cut them
}

func newVersion(at place, release string) *version {
	v := &version{
		place: at, release: release,
		backends: map[davit.Backend]*backend{},
		tunnels:  map[*tunnel]struct{}{},
		streams:  map[*exchange]func(){},
	}
	v.retries.left.Store(retryRoom)
	return v
}

// backend returns the instance b of the version, made if need be.
func (v *version) backend(b davit.Backend) *backend {
	v.mu.Lock()
	defer v.mu.Unlock()
	k, ok := v.backends[b]
	if !ok {
		k = newBackend(b)
		v.backends[b] = k
	}
	return k
}

// retire gives up the instances that keep does not name, once their requests
// are over, and their idle connections at once.
func (v *version) retire(keep map[*backend]bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.backends {
		b.retire(!keep[b])
	}
}

// each calls fn for the instances, retired ones included.
func (v *version) each(fn func(*backend)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, b := range v.backends {
		fn(b)
	}
}

// pick returns the instance for the next attempt: in turn, without those that
// lately refused a connection unless all did, and not last if there is another.
func (l *lane) pick(at moment, last *backend) *backend {
	n := uint32(len(l.backends))
	switch n {
	case 0:
		return nil
	case 1:
		return l.backends[0]
	}
	turn := l.turn.Add(1)
	var fallback *backend
	for i := range n {
		b := l.backends[(turn+i)%n]
		if b == last {
			continue
		}
		if b.ejected.Load() <= int64(at) {
			return b
		}
		if fallback == nil || b.ejected.Load() < fallback.ejected.Load() {
			fallback = b
		}
	}
	return fallback
}

// tunnelCount returns how many tunnels are open.
func (v *version) tunnelCount() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.tunnels)
}

// budget bounds the retries of a version to a tenth of its requests, so that
// retries never make an outage worse. Amounts are in tenths of a retry.
type budget struct{ left atomic.Int32 }

// retryRoom is how much of the budget may be saved up: 20 retries.
const retryRoom = 200

// earn adds what one request allows. It may lose a race against another; a
// tenth of a retry is not worth a loop.
func (b *budget) earn() {
	if n := b.left.Load(); n < retryRoom {
		b.left.CompareAndSwap(n, n+1)
	}
}

// spend takes one retry and reports whether there was one.
func (b *budget) spend() bool {
	if b.left.Add(-10) >= 0 {
		return true
	}
	b.left.Add(10)
	return false
}
