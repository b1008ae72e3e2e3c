package router

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
)

// place names what a route belongs to.
type place struct{ service, environment string }

// table is where every request goes. It is never changed, only replaced.
type table struct {
	hosts    map[string]*route
	routes   map[place]*route
	replaced chan struct{} // closed when another table has taken its place
}

// route is one davit.Route made ready to use.
type route struct {
	davit.Route
	put    time.Time
	cookie string // name of the cookie the router sets itself
	stable *lane  // nil: none
	fresh  *lane  // the new version; nil: none
	shadow *lane  // receives copies; nil: none
	lanes  []*lane
	tags   *tagging // of the place
}

// lane is a version's share of a route.
type lane struct {
	*version
	weight   davit.Weight
	h2c      bool
	backends []*backend
}

func newTable() *table {
	return &table{hosts: map[string]*route{}, routes: map[place]*route{}, replaced: make(chan struct{})}
}

// with returns a copy of t in which r takes the place of the route it replaces;
// a nil r removes that of at.
func (t *table) with(at place, r *route) *table {
	n := newTable()
	for p, old := range t.routes {
		if p != at {
			n.add(p, old)
		}
	}
	if r != nil {
		n.add(at, r)
	}
	return n
}

func (t *table) add(at place, r *route) {
	t.routes[at] = r
	for _, h := range r.Hosts {
		t.hosts[hostKey(h)] = r
	}
}

// find returns the route of a request's host, nil if there is none.
func (t *table) find(host string) *route {
	if r, ok := t.hosts[host]; ok { // without port and in small letters already
		return r
	}
	return t.hosts[hostKey(host)]
}

// hostKey returns host as the table knows it: without port, brackets and final
// dot, in small letters.
func hostKey(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// cookieName returns the name of the cookie the router sets for a route. It
// does not depend on the rollout, so a user keeps the key from one to the next;
// the salt sees to it that the cohorts differ.
func cookieName(at place) string {
	sum := sha256.Sum256([]byte(at.service + "\x00" + at.environment))
	return "davit_" + hex.EncodeToString(sum[:4])
}

// lane of a release, nil if the route has none.
func (r *route) lane(release string) *lane {
	for _, l := range r.lanes {
		if l.release == release {
			return l
		}
	}
	return nil
}

// live reports whether users' requests may reach the release by this route.
func (r *route) live(release string) bool {
	for _, l := range []*lane{r.stable, r.fresh} {
		if l != nil && l.release == release && (l.weight > 0 || l == r.fresh && len(r.Match) > 0) {
			return true
		}
	}
	return r.Mirror > 0 && r.shadow != nil && r.shadow.release == release
}

// counter is a number that many goroutines change, on a cache line of its own.
type counter struct {
	atomic.Int64
	_ [56]byte
}
