package router

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
)

// plane is the data plane: the table, the versions behind it, and the handler
// of users' requests.
type plane struct {
	opts   Options
	table  atomic.Pointer[table]
	lame   atomic.Bool // answers ask clients to come back on a new connection
	log    *accessLog  // nil: none
	meter  *meter
	mirror *mirror
	h2     http.RoundTripper // to instances that speak HTTP/2
	spare  sync.Pool         // of *exchange

	everyone atomic.Pointer[[]*version] // those in versions, to be read without the lock

	mu       sync.Mutex // of all that changes the table
	versions map[versionKey]*version
	fences   map[place]fence
	taggings map[place]*tagging
	state    *stateFile
	report   string // what was wrong with the state file
	leaving  bool   // changes are the successor's
}

type versionKey struct {
	place
	release string
}

// newPlane makes a data plane that serves what was last kept in the data
// folder.
func newPlane(opts Options) (*plane, error) {
	p := &plane{opts: opts, versions: map[versionKey]*version{}, fences: map[place]fence{}, taggings: map[place]*tagging{}}
	p.spare.New = func() any { return &exchange{} }
	p.table.Store(newTable())
	p.everyone.Store(&[]*version{})
	p.meter = newMeter(p)
	p.mirror = newMirror(p)
	p.h2 = newH2(opts)
	if opts.AccessLog != "" {
		log, err := openAccessLog(opts)
		if err != nil {
			return nil, err
		}
		p.log = log
	}
	p.state = &stateFile{folder: opts.folder()}
	return p, p.restore()
}

// ServeHTTP takes one request of a user to an instance.
func (p *plane) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := p.spare.Get().(*exchange)
	x.reset(w, r)
	defer p.finish(x)
	if p.lame.Load() && r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	if r.Method == http.MethodConnect {
		x.refuse(http.StatusMethodNotAllowed, "this is not a forward proxy")
		return
	}
	x.trusted = trusts(p.opts.Trusted, x.client)
	p.admit(x)
	if p.table.Load().find(r.Host) == nil {
		x.refuse(http.StatusNotFound, "no such host here")
		return
	}
	if !p.readBody(x) || !p.claim(x) {
		return
	}
	if rt := x.route; rt.Mirror > 0 && rt.shadow != nil && x.mark == live {
		p.mirror.offer(x)
	}
	if x.lane.h2c {
		p.carryH2(x)
		return
	}
	p.carry(x)
}

// admit notes whether the request is Davit's own.
func (p *plane) admit(x *exchange) {
	token := x.r.Header[ProbeHeader]
	if len(token) == 0 || !sameToken(token[0], p.opts.ProbeToken) {
		return
	}
	x.mark = probe
	if release := x.r.Header[ReleaseHeader]; len(release) > 0 {
		x.release = release[0]
	}
}

// claim counts the request into the version it goes to. The table is looked at
// again after that: a drain changes it first and counts then, so either the
// drain sees this request or this request sees the change.
func (p *plane) claim(x *exchange) bool {
	var patience *time.Timer
	for {
		t := p.table.Load()
		rt := t.find(x.r.Host)
		if rt == nil {
			x.refuse(http.StatusNotFound, "no such host here")
			return false
		}
		l := rt.choose(x)
		if l == nil || len(l.backends) == 0 {
			if rt.Hold && x.release == "" {
				if patience == nil {
					patience = time.NewTimer(p.opts.HoldWithin)
					defer patience.Stop()
				}
				select {
				case <-t.replaced:
					continue
				case <-patience.C:
				case <-x.r.Context().Done():
					x.gone = true
				}
			}
			p.unserved(x, rt, l)
			return false
		}
		l.inflight.Add(1)
		if p.table.Load() == t {
			x.route, x.lane, x.claimed = rt, l, true
			return true
		}
		l.inflight.Add(-1)
	}
}

// unserved answers a request for which there is no instance. It counts for the
// version that should have taken it, so a canary without instances shows.
func (p *plane) unserved(x *exchange, rt *route, l *lane) {
	if l == nil && x.release == "" {
		if l = rt.stable; l == nil {
			l = rt.fresh
		}
	}
	x.route, x.lane = rt, l
	if l == nil && x.release != "" {
		x.refuse(http.StatusNotFound, "no such release here")
		return
	}
	x.w.Header().Set("Retry-After", "1")
	x.refuse(http.StatusServiceUnavailable, "no instance of this service can answer")
}

// finish counts the request and writes its line, also if it was aborted.
func (p *plane) finish(x *exchange) {
	if x.took == 0 {
		x.took = time.Since(x.start)
	}
	switch {
	case x.status >= 500:
		x.failed = true
	case x.gone && x.status == 0:
		x.failed = false // nobody knows what the answer would have been
	}
	if x.lane != nil && !x.tunnel {
		o := outcome{status: x.status, failed: x.failed, bytes: x.bytes, took: x.took, tries: x.tries}
		x.cell().count(o)
		if t := x.route.tags.Load(); t != nil && x.mark == live {
			x.countArms(t, o)
		}
		x.lane.retries.earn()
	}
	if x.claimed {
		x.lane.inflight.Add(-1)
	}
	if p.log != nil {
		p.log.write(x)
	}
	unanswered := x.status == 0
	p.recycle(x)
	if unanswered { // else net/http would answer 200
		panic(http.ErrAbortHandler)
	}
}

func (p *plane) recycle(x *exchange) {
	x.w, x.r, x.route, x.lane, x.backend = nil, nil, nil, nil, nil
	p.spare.Put(x)
}

// refuse answers in the router's own name: plainly, and with nothing a stranger
// could use.
func (x *exchange) refuse(status int, text string) {
	if x.gone { // nobody listens
		return
	}
	h := x.w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["Cache-Control"] = []string{"no-store"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	x.status = status
	x.w.WriteHeader(status)
	n, _ := x.w.Write([]byte(text + "\n"))
	x.bytes = int64(n)
}

// markOf returns the mark of an index.
func markOf(i int) davit.Mark { return markNames[i] }
