package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/davit-cd/davit"
)

// State is what a running worker says of itself.
type State struct {
	Version  string
	Address  string // public address it listens on
	PID      int    // of the worker
	Holder   int    // pid of its holder; 0: it died
	Started  time.Time
	Report   string // what was wrong with the kept routes when they were read; empty: nothing
	Routes   int
	Clients  int   // open client connections
	Dropped  int64 // copies that were not sent
	Versions []VersionState
}

// VersionState is what is under way on one version now.
type VersionState struct {
	Service     string
	Environment string
	Release     string
	InFlight    int
	Tunnels     int
	Ejected     []string // instances that refuse connections
}

// RouteState is a route and since when it stands.
type RouteState struct {
	Route davit.Route
	Put   time.Time
}

// The bodies of control requests.
type (
	drainRequest struct {
		Service, Environment, Release string
		Within                        time.Duration
	}
	upgradeRequest struct {
		Executable string   // empty: the one the holder was started with
		Args       []string // nil: those the holder was started with
	}
)

// control answers on the control socket. own is the worker's private socket,
// for its successor: there, samples are those this worker measured itself, a
// drain is of its own requests only, and a route is followed without being kept.
type control struct {
	worker *worker
	own    bool
}

func (c *control) handler() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, fn func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if !c.own && c.worker.leaving() { // the successor knows better; it has another connection
				w.Header().Set("Connection", "close")
				writeError(w, errLeaving)
				return
			}
			if err := fn(w, r); err != nil {
				writeError(w, err)
			}
		})
	}
	handle("GET /v1/state", c.state)
	handle("GET /v1/samples", c.samples)
	handle("GET /v1/history", c.history)
	handle("POST /v1/drain", c.drain)
	handle("PUT /v1/route", c.put)
	handle("DELETE /v1/route", c.remove)
	handle("PUT /v1/tagging", c.tag)
	if !c.own {
		handle("GET /v1/routes", c.routes)
		handle("GET /v1/taggings", c.taggings)
		handle("POST /v1/upgrade", c.upgrade)
	}
	return mux
}

func (c *control) put(w http.ResponseWriter, r *http.Request) error {
	var route davit.Route
	if err := decode(w, r, &route); err != nil {
		return err
	}
	if c.own {
		return c.worker.plane.follow(route)
	}
	if err := c.worker.plane.put(route); err != nil {
		return err
	}
	c.worker.tell(r.Context(), func(ctx context.Context, p *Client) error {
		return p.once(ctx, http.MethodPut, "/v1/route", route, nil)
	})
	return nil
}

func (c *control) remove(_ http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	epoch, err := strconv.ParseUint(q.Get("epoch"), 10, 64)
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: "delete route: epoch is no number"}
	}
	at := place{q.Get("service"), q.Get("environment")}
	if c.own {
		c.worker.plane.unfollow(at)
		return nil
	}
	if err := c.worker.plane.remove(at, epoch); err != nil {
		return err
	}
	c.worker.tell(r.Context(), func(ctx context.Context, p *Client) error {
		return p.once(ctx, http.MethodDelete, "/v1/route?"+q.Encode(), nil, nil)
	})
	return nil
}

func (c *control) tag(w http.ResponseWriter, r *http.Request) error {
	var t davit.Tagging
	if err := decode(w, r, &t); err != nil {
		return err
	}
	if c.own {
		return c.worker.plane.followTag(t)
	}
	if err := c.worker.plane.tag(t); err != nil {
		return err
	}
	c.worker.tell(r.Context(), func(ctx context.Context, p *Client) error {
		return p.once(ctx, http.MethodPut, "/v1/tagging", t, nil)
	})
	return nil
}

func (c *control) taggings(w http.ResponseWriter, _ *http.Request) error {
	p := c.worker.plane
	p.mu.Lock()
	list := p.kept(p.table.Load()).Taggings
	p.mu.Unlock()
	return json.NewEncoder(w).Encode(list)
}

func (c *control) routes(w http.ResponseWriter, _ *http.Request) error {
	list := []RouteState{}
	for _, r := range c.worker.plane.table.Load().routes {
		list = append(list, RouteState{r.Route, r.put})
	}
	return json.NewEncoder(w).Encode(list)
}

func (c *control) state(w http.ResponseWriter, _ *http.Request) error {
	return json.NewEncoder(w).Encode(c.worker.state())
}

// drain also asks the workers that are on their way out: requests they took
// before they were replaced may still be under way.
func (c *control) drain(w http.ResponseWriter, r *http.Request) error {
	var q drainRequest
	if err := decode(w, r, &q); err != nil {
		return err
	}
	at := place{q.Service, q.Environment}
	type part struct {
		Drained
		err error
	}
	var before []*Client
	if !c.own {
		before = c.worker.predecessors()
	}
	parts := make(chan part, len(before))
	for _, p := range before {
		go func() {
			d, err := p.Drain(r.Context(), q.Service, q.Environment, q.Release, q.Within)
			parts <- part{d, err}
		}()
	}
	total, err := c.worker.plane.drain(r.Context(), at, q.Release, q.Within)
	if err != nil {
		return err
	}
	for range before {
		p := <-parts
		if p.err == nil { // one that is gone has nothing under way
			total = total.add(p.Drained)
		}
	}
	return json.NewEncoder(w).Encode(total)
}

// samples streams one batch a second, from the first after since.
func (c *control) samples(w http.ResponseWriter, r *http.Request) error {
	since, err := strconv.ParseInt(r.URL.Query().Get("since"), 10, 64)
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: "samples: since is no number"}
	}
	if c.own {
		c.worker.followed.Store(true)
	}
	rc, enc := http.NewResponseController(w), json.NewEncoder(w)
	_ = rc.Flush()
	for {
		batches, ok := c.worker.plane.meter.next(r.Context(), since, c.own)
		if !ok {
			return nil
		}
		for _, b := range batches {
			if err := enc.Encode(b); err != nil {
				return nil //nolint:nilerr // the reader is gone
			}
			since = b.Second
		}
		if err := rc.Flush(); err != nil {
			return nil //nolint:nilerr // the reader is gone
		}
		if c.own && c.worker.drained(since) {
			return nil
		}
	}
}

// history returns what a successor takes over.
func (c *control) history(w http.ResponseWriter, _ *http.Request) error {
	return json.NewEncoder(w).Encode(c.worker.plane.meter.history())
}

func (c *control) upgrade(w http.ResponseWriter, r *http.Request) error {
	var q upgradeRequest
	if err := decode(w, r, &q); err != nil {
		return err
	}
	return c.worker.askUpgrade(r.Context(), q)
}

func decode(w http.ResponseWriter, r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<20)).Decode(into); err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%s %s: read the request", r.Method, r.URL.Path), Err: err}
	}
	return nil
}

// controlError is an error on the wire.
type controlError struct {
	Kind  davit.ErrorKind
	Text  string
	Hint  string
	Again bool // it will pass by itself at once
}

func writeError(w http.ResponseWriter, err error) {
	e := controlError{Kind: davit.KindOf(err), Text: err.Error(), Again: errors.Is(err, errLeaving)}
	if d, ok := errors.AsType[*davit.Error](err); ok {
		e.Hint = d.Hint
	}
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(e)
}

// state describes the worker.
func (k *worker) state() State {
	p := k.plane
	s := State{
		Version: p.opts.Version, PID: os.Getpid(), Holder: int(k.holder.Load()), Started: k.started, Address: k.address,
		Routes: len(p.table.Load().routes), Clients: int(k.clients.Load()), Dropped: p.mirror.dropped.Load(),
	}
	p.mu.Lock()
	s.Report = p.report
	p.mu.Unlock()
	at := int64(now())
	for _, v := range p.known() {
		vs := VersionState{
			Service: v.service, Environment: v.environment, Release: v.release,
			InFlight: int(v.inflight.Load()), Tunnels: v.tunnelCount(),
		}
		v.each(func(b *backend) {
			if b.ejected.Load() > at {
				vs.Ejected = append(vs.Ejected, b.Instance)
			}
		})
		s.Versions = append(s.Versions, vs)
	}
	return s
}
