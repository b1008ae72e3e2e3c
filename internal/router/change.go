package router

import (
	"errors"
	"fmt"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// errLeaving says that a successor is about to decide.
var errLeaving = &davit.Error{Kind: davit.Unavailable, Text: "the router's worker is being replaced", Hint: "try again"}

// put makes r the route of its place: kept first, then in effect. To put the
// very same route again changes nothing.
func (p *plane) put(r davit.Route) error {
	if err := checkRoute(&r); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leaving {
		return errLeaving
	}
	at := place{r.Service, r.Environment}
	t := p.table.Load()
	if err := p.admits(at, r.Epoch, r.Revision); err != nil {
		return err
	}
	if old := t.routes[at]; old != nil && old.Epoch == r.Epoch && old.Revision == r.Revision {
		if reflect.DeepEqual(old.Route, r) {
			return nil
		}
		return conflict("put route of %s: revision %d of epoch %d is another route", at, r.Revision, r.Epoch)
	}
	for _, h := range r.Hosts {
		if other := t.hosts[hostKey(h)]; other != nil && (place{other.Service, other.Environment}) != at {
			return conflict("put route of %s: host %s is that of %s", at, h, place{other.Service, other.Environment})
		}
	}
	next := t.with(at, p.ready(r, time.Now()))
	before := p.fences[at]
	p.fences[at] = fence{r.Service, r.Environment, r.Epoch, r.Revision}
	if err := p.state.save(p.kept(next)); err != nil {
		p.fences[at] = before
		p.tidy()
		return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("put route of %s", at), Err: err}
	}
	p.install(next)
	return nil
}

// remove takes a route away; its fence stays.
func (p *plane) remove(at place, epoch uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leaving {
		return errLeaving
	}
	f := p.fences[at]
	if err := p.admits(at, epoch, f.Revision); err != nil {
		return err
	}
	t := p.table.Load()
	if t.routes[at] == nil {
		return nil
	}
	next := t.with(at, nil)
	if epoch > f.Epoch {
		p.fences[at] = fence{at.service, at.environment, epoch, 0}
	}
	if err := p.state.save(p.kept(next)); err != nil {
		p.fences[at] = f
		return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("delete route of %s", at), Err: err}
	}
	p.install(next)
	return nil
}

// follow and unfollow change the table as the successor did, which has checked
// and kept the change.
func (p *plane) follow(r davit.Route) error {
	if err := checkRoute(&r); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := place{r.Service, r.Environment}
	p.install(p.table.Load().with(at, p.ready(r, time.Now())))
	return nil
}

func (p *plane) unfollow(at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.install(p.table.Load().with(at, nil))
}

// admits refuses what is older than something seen before.
func (p *plane) admits(at place, epoch, revision uint64) error {
	f, ok := p.fences[at]
	switch {
	case !ok || epoch > f.Epoch || epoch == f.Epoch && revision >= f.Revision:
		return nil
	case epoch < f.Epoch:
		return conflict("change route of %s: epoch %d is over, %d has begun", at, epoch, f.Epoch)
	}
	return conflict("change route of %s: revision %d of epoch %d is over, %d has been seen", at, revision, epoch, f.Revision)
}

func (at place) String() string { return at.service + "/" + at.environment }

func conflict(format string, args ...any) error {
	return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf(format, args...)}
}

// install puts a table in place. Versions it does not name any more are on
// their way out: their tunnels get a deadline, their idle connections are
// closed.
func (p *plane) install(next *table) {
	old := p.table.Swap(next)
	close(old.replaced)
	named := map[*version]map[*backend]bool{}
	for _, r := range next.routes {
		for _, l := range r.lanes {
			keep := named[l.version]
			if keep == nil {
				keep = map[*backend]bool{}
				named[l.version] = keep
			}
			for _, b := range l.backends {
				keep[b] = true
			}
		}
	}
	for _, v := range p.versions {
		v.retire(named[v])
		if named[v] == nil {
			v.expireTunnels(p.opts.TunnelWithin)
		}
	}
	p.tidy()
}

// tidy forgets what nothing refers to any more.
func (p *plane) tidy() {
	t, now := p.table.Load(), time.Now()
	all := make([]*version, 0, len(p.versions))
	for k, v := range p.versions {
		r, told := t.routes[v.place], p.tags(v.place).Load()
		v.arms.keep(told)
		v.each(func(b *backend) { b.arms.keep(told) })
		if named := r != nil && r.lane(v.release) != nil; v.prune(now) && !named {
			delete(p.versions, k)
			continue
		}
		all = append(all, v)
	}
	p.everyone.Store(&all)
}

// known returns the versions of which anything may be counted.
func (p *plane) known() []*version { return *p.everyone.Load() }

// ready makes a route usable, with the versions and instances there are.
func (p *plane) ready(r davit.Route, put time.Time) *route {
	at := place{r.Service, r.Environment}
	rt := &route{Route: r, put: put, cookie: cookieName(at), tags: p.tags(at)}
	for _, rv := range r.Versions {
		key := versionKey{at, rv.Release}
		v, ok := p.versions[key]
		if !ok {
			v = newVersion(at, rv.Release)
			p.versions[key] = v
		}
		l := &lane{version: v, weight: rv.Weight, h2c: rv.Protocol == "h2c"}
		for _, b := range rv.Backends {
			l.backends = append(l.backends, v.backend(b))
		}
		rt.lanes = append(rt.lanes, l)
		if rv.Mirror {
			rt.shadow = l
		}
		switch {
		case rv.Mirror && rv.Weight == 0 && !rv.New:
		case rv.New:
			rt.fresh = l
		default:
			rt.stable = l
		}
	}
	return rt
}

func (p *plane) kept(t *table) kept {
	var k kept
	for _, r := range t.routes {
		k.Routes = append(k.Routes, keptRoute{r.Route, r.put})
	}
	for _, f := range p.fences {
		k.Fences = append(k.Fences, f)
	}
	for _, tags := range p.taggings {
		if t := tags.Load(); t != nil {
			k.Taggings = append(k.Taggings, *t)
		}
	}
	return k
}

// restore installs what was kept. It is called before the worker serves, twice
// if it has a predecessor that may change the table until it yields.
func (p *plane) restore() error {
	k, report, err := p.state.load()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if report != "" {
		p.report = report
	}
	for _, f := range k.Fences {
		p.fences[f.place()] = f
	}
	for _, t := range k.Taggings {
		if err := checkTagging(&t); err != nil {
			return fmt.Errorf("restore taggings: %w", err)
		}
		p.tags(place{t.Service, t.Environment}).Store(&t)
	}
	t := newTable()
	for _, r := range k.Routes {
		if err := checkRoute(&r.Route); err != nil {
			return fmt.Errorf("restore routes: %w", err)
		}
		t.add(place{r.Route.Service, r.Route.Environment}, p.ready(r.Route, r.Put))
	}
	p.install(t)
	return nil
}

// checkRoute refuses what can not be a route, and completes what may be left
// out.
func checkRoute(r *davit.Route) error {
	bad := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("route of %s/%s: "+format, append([]any{r.Service, r.Environment}, args...)...)}
	}
	if r.Service == "" || r.Environment == "" || len(r.Hosts) == 0 {
		return bad("a service, an environment and a host are needed")
	}
	for _, h := range r.Hosts {
		if k := hostKey(h); k == "" || strings.ContainsAny(k, "/ \t\r\n") {
			return bad("host %q is none", h)
		}
	}
	if s := r.Sticky; s.Header != "" && !validName(s.Header) || s.Cookie != "" && !validName(s.Cookie) {
		return bad("the sticky header or cookie is no name")
	}
	if r.Mirror < 0 || r.Mirror > davit.Full {
		return bad("mirror %d is not within 0 … %d", r.Mirror, davit.Full)
	}
	var sum davit.Weight
	kinds := map[string]string{}
	for _, v := range r.Versions {
		kind := "stable"
		switch {
		case v.Mirror && v.Weight == 0 && !v.New:
			kind = "mirror"
		case v.New:
			kind = "new"
		}
		if other, twice := kinds[kind]; twice {
			return bad("%s and %s are both %s", other, v.Release, kind)
		}
		kinds[kind] = v.Release
		if v.Weight < 0 || v.Release == "" {
			return bad("release %q has weight %d", v.Release, v.Weight)
		}
		sum += v.Weight
		if err := checkVersion(v); err != nil {
			return bad("%v", err)
		}
	}
	if len(kinds) > 0 && duplicateRelease(r.Versions) {
		return bad("a release is named twice")
	}
	if sum != 0 && sum != davit.Full {
		return bad("the weights add up to %d, not to %d or 0", sum, davit.Full)
	}
	return nil
}

func duplicateRelease(versions []davit.RouteVersion) bool {
	seen := map[string]bool{}
	for _, v := range versions {
		if seen[v.Release] {
			return true
		}
		seen[v.Release] = true
	}
	return false
}

func checkVersion(v davit.RouteVersion) error {
	if v.Protocol != "" && v.Protocol != "http" && v.Protocol != "h2c" {
		return fmt.Errorf("protocol %q of %s is neither http nor h2c", v.Protocol, v.Release)
	}
	seen := map[davit.Backend]bool{}
	for _, b := range v.Backends {
		_, port, err := net.SplitHostPort(b.Address)
		if n, e := strconv.Atoi(port); err != nil || e != nil || n < 1 || n > 65535 {
			return fmt.Errorf("address %q of %s is not host:port", b.Address, b.Instance)
		}
		if seen[b] {
			return errors.New("instance " + b.Instance + " is named twice")
		}
		seen[b] = true
	}
	return nil
}
