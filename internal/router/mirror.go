package router

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
)

// The bounds of mirroring: what is over them is dropped and counted, users
// never wait for it.
const (
	mirrorQueue   = 256
	mirrorHands   = 16
	mirrorTimeout = 10 * time.Second
)

// mirror sends copies of users' requests to the version that is watched, and
// drops the answers.
type mirror struct {
	plane   *plane
	queue   chan *copied
	hands   atomic.Int32
	dropped atomic.Int64
}

// copied is a request as it is sent once more.
type copied struct {
	lane  *lane
	head  []byte
	head2 bool
}

func newMirror(p *plane) *mirror {
	return &mirror{plane: p, queue: make(chan *copied, mirrorQueue)}
}

// offer copies the request if its turn has come and it may be sent twice.
func (m *mirror) offer(x *exchange) {
	rt := x.route
	if rt.Mirror < davit.Full && rand.Uint32N(uint32(davit.Full)) >= uint32(rt.Mirror) {
		return
	}
	if x.streamed || !safeToCopy(x.r) || rt.shadow.h2c || len(rt.shadow.backends) == 0 || rt.shadow == x.lane {
		return
	}
	if len(m.queue) == cap(m.queue) {
		m.dropped.Add(1)
		return
	}
	b := appendField(x.appendHead(nil), shadowHeader, "1")
	if len(x.body) > 0 {
		b = appendLength(b, int64(len(x.body)))
	}
	c := &copied{lane: rt.shadow, head: append(b, "\r\n"...), head2: x.r.Method == http.MethodHead}
	c.head = append(c.head, x.body...)
	c.lane.inflight.Add(1)
	select {
	case m.queue <- c:
	default:
		c.lane.inflight.Add(-1)
		m.dropped.Add(1)
		return
	}
	if n := m.hands.Load(); n < mirrorHands && m.hands.CompareAndSwap(n, n+1) {
		go m.work()
	}
}

// safeToCopy reports whether a request changes nothing, or nothing more when it
// is sent twice.
func safeToCopy(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return upgradeOf(r) == ""
	}
	return false
}

// work sends copies until there have been none for a while.
func (m *mirror) work() {
	defer m.hands.Add(-1)
	idle := time.NewTimer(mirrorTimeout)
	defer idle.Stop()
	for {
		select {
		case c := <-m.queue:
			m.send(c)
			idle.Reset(mirrorTimeout)
		case <-idle.C:
			return
		}
	}
}

func (m *mirror) send(c *copied) {
	defer c.lane.inflight.Add(-1)
	ctx, cancel := context.WithTimeout(context.Background(), mirrorTimeout) //nolint:forbidigo // a copy is on behalf of nobody: its request is answered already
	defer cancel()
	start := time.Now()
	b := c.lane.pick(momentOf(start), nil)
	out := outcome{failed: true}
	defer func() {
		out.took = time.Since(start)
		b.cells[mirrored].count(out)
	}()
	u := b.take(ctx, momentOf(start), true)
	if u == nil {
		var err error
		if u, err = b.dial(ctx, m.plane.opts.ConnectWithin); err != nil {
			b.cells[mirrored].refuse()
			return
		}
	}
	method := http.MethodGet
	if c.head2 {
		method = http.MethodHead
	}
	x := &exchange{w: &sink{h: http.Header{}}, r: (&http.Request{Method: method}).WithContext(ctx)}
	if _, err := u.Write(c.head); err != nil {
		b.drop(u)
		return
	}
	a, err := m.plane.await(x, u)
	if err == nil && a.status != http.StatusSwitchingProtocols {
		err = x.copyBody(u, a, mirrorTimeout)
	}
	out.status = a.status
	if err != nil || a.close || a.status == http.StatusSwitchingProtocols {
		b.drop(u)
		out.failed = out.failed && err != nil || a.status >= 500
		return
	}
	out.failed = a.status >= 500
	b.give(u, now())
}

// sink is where the answers to copies go.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}
