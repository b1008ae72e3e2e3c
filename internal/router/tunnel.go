package router

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tunnel is a connection that has left HTTP, such as a WebSocket. It outlives
// the switch away from its version, until its own deadline.
type tunnel struct {
	client   net.Conn
	instance net.Conn
	frames   *frames // nil: not a WebSocket

	mu    sync.Mutex
	timer *time.Timer
	going bool // closed by the deadline
}

// upgradeOf returns the protocol a client wants to change to, empty if it does
// not. HTTP/2 is not one of them: it is spoken from the start.
func upgradeOf(r *http.Request) string {
	up := r.Header["Upgrade"]
	if len(up) != 1 || r.ProtoMajor != 1 || !httpHas(r.Header["Connection"], "upgrade") {
		return ""
	}
	if strings.EqualFold(up[0], "h2c") || !validValue(up[0]) {
		return ""
	}
	return up[0]
}

// openTunnel answers 101 and carries bytes both ways until either end closes.
func (p *plane) openTunnel(x *exchange, u *upstream, a answer) {
	if !strings.EqualFold(a.upgrade, upgradeOf(x.r)) {
		x.backend.drop(u)
		clear(x.w.Header())
		x.failed = true
		x.refuse(http.StatusBadGateway, "the service changed to another protocol")
		return
	}
	h := x.w.Header()
	h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{a.upgrade}
	x.sign(h)
	x.status = http.StatusSwitchingProtocols
	x.w.WriteHeader(http.StatusSwitchingProtocols)
	client, in, err := http.NewResponseController(x.w).Hijack()
	if err != nil || !x.backend.detach(u) {
		u.close()
		x.failed = true
		return
	}
	t := &tunnel{client: client, instance: u.TCPConn}
	if strings.EqualFold(a.upgrade, "websocket") {
		t.frames = &frames{}
	}
	v, c := x.lane.version, x.cell()
	v.mu.Lock()
	v.tunnels[t] = struct{}{}
	v.mu.Unlock()
	if t2 := p.table.Load().routes[v.place]; p.lame.Load() || t2 == nil || t2.lane(v.release) == nil {
		t.expire(p.opts.TunnelWithin) // it lost a race against its version's end
	}
	x.took, x.tunnel = time.Since(x.start), true
	c.count(outcome{status: x.status, took: x.took, tries: x.tries})
	x.claimed = false
	v.inflight.Add(-1)
	x.bytes = t.carry(in.Reader, u, c)
	v.mu.Lock()
	delete(v.tunnels, t)
	v.mu.Unlock()
}

// carry copies both ways and returns the bytes that went to the client.
func (t *tunnel) carry(fromClient io.Reader, u *upstream, c *cell) int64 {
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = io.Copy(t.instance, fromClient)
		_ = u.CloseWrite()
	}()
	n := t.toClient(u.in, c)
	t.farewell()
	_ = t.client.Close()
	u.close()
	<-over
	t.mu.Lock()
	if t.timer != nil {
		t.timer.Stop()
	}
	t.mu.Unlock()
	return n
}

func (t *tunnel) toClient(from io.Reader, c *cell) int64 {
	buf := make([]byte, 16<<10)
	var total int64
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if t.frames != nil {
				t.frames.pass(buf[:n])
			}
			m, werr := t.client.Write(buf[:n])
			total += int64(m)
			c.moved(int64(m))
			if werr != nil {
				return total
			}
		}
		if err != nil {
			return total
		}
	}
}

// expire sets the tunnel's deadline, if it has none yet.
func (t *tunnel) expire(within time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil {
		t.timer = time.AfterFunc(within, t.end)
	}
}

// end makes the copying to the client stop; farewell does the rest.
func (t *tunnel) end() {
	t.mu.Lock()
	t.going = true
	t.mu.Unlock()
	_ = t.instance.SetReadDeadline(time.Unix(1, 0))
}

// farewell tells a WebSocket client whose tunnel has reached its deadline that
// the server is going away (1001), if that can be said between two frames, and
// gives it a moment to hear it.
func (t *tunnel) farewell() {
	t.mu.Lock()
	going := t.going
	t.mu.Unlock()
	if !going || t.frames == nil || !t.frames.between() {
		return
	}
	_ = t.client.SetDeadline(time.Now().Add(time.Second))
	_, _ = t.client.Write([]byte{0x88, 2, 1001 >> 8, 1001 & 0xff})
	if c, ok := t.client.(*net.TCPConn); ok {
		_ = c.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, t.client)
}

// expireTunnels sets the deadline of all tunnels of the version.
func (v *version) expireTunnels(within time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for t := range v.tunnels {
		t.expire(within)
	}
}

// frames follows the WebSocket frames that go by, to know where one ends.
type frames struct {
	head    [14]byte
	have    int    // bytes of the head seen
	payload uint64 // bytes of the payload still to come
}

// pass takes note of b.
func (f *frames) pass(b []byte) {
	for len(b) > 0 {
		if f.payload > 0 {
			n := min(f.payload, uint64(len(b)))
			f.payload -= n
			b = b[n:]
			continue
		}
		f.head[f.have] = b[0]
		f.have++
		b = b[1:]
		if f.have < 2 {
			continue
		}
		size, long := uint64(f.head[1]&0x7f), 0
		switch size {
		case 126:
			long = 2
		case 127:
			long = 8
		}
		need := 2 + long
		if f.head[1]&0x80 != 0 {
			need += 4
		}
		if f.have < need {
			continue
		}
		if long > 0 {
			size = 0
			for _, c := range f.head[2 : 2+long] {
				size = size<<8 | uint64(c)
			}
		}
		f.payload, f.have = size, 0
	}
}

// between reports whether the last byte that went by ended a frame.
func (f *frames) between() bool { return f.have == 0 && f.payload == 0 }
