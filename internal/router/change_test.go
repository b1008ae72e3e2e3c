package router

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

func durationOf(ns float64) time.Duration { return time.Duration(ns) }

func TestEpochFencingLetsOneControllerWin(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	route := func(epoch, revision uint64, share davit.Weight) davit.Route {
		r := shop(revision, share, stable, fresh)
		r.Epoch = epoch
		return r
	}
	l.putRoute(route(5, 1, 1000))
	l.putRoute(route(5, 2, davit.Full))
	l.putRoute(route(5, 2, davit.Full)) // the same again is nothing
	l.putRoute(route(6, 1, 0))          // the abort
	for _, late := range []davit.Route{route(5, 3, davit.Full), route(6, 0, davit.Full), route(6, 1, 5000)} {
		if err := l.put(late); davit.KindOf(err) != davit.Conflict {
			t.Errorf("epoch %d revision %d: %v, want a conflict", late.Epoch, late.Revision, err)
		}
	}
	if _, who, _ := l.get(nil); who != "old" {
		t.Errorf("%s answers after the abort", who)
	}
	at := place{"shop", "production"}
	if err := l.remove(at, 5); davit.KindOf(err) != davit.Conflict {
		t.Errorf("delete with an old epoch: %v", err)
	}
	if err := l.remove(at, 6); err != nil {
		t.Fatal(err)
	}
	if err := l.put(route(5, 9, davit.Full)); davit.KindOf(err) != davit.Conflict {
		t.Errorf("the fence did not outlive the route: %v", err)
	}
}

func TestPutRefusesWhatIsNoRoute(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b := []davit.Backend{{Instance: "a", Address: "127.0.0.1:1"}}
	l.putRoute(shop(1, 0, b, nil))
	for name, change := range map[string]func(*davit.Route){
		"no host":          func(r *davit.Route) { r.Hosts = nil },
		"weights":          func(r *davit.Route) { r.Versions[0].Weight = 5 },
		"negative":         func(r *davit.Route) { r.Versions[0].Weight, r.Versions[1].Weight = 10_001, -1 },
		"two stable":       func(r *davit.Route) { r.Versions[1].New = false },
		"release twice":    func(r *davit.Route) { r.Versions[1].Release = "shop-1" },
		"protocol":         func(r *davit.Route) { r.Versions[0].Protocol = "ftp" },
		"address":          func(r *davit.Route) { r.Versions[0].Backends = []davit.Backend{{Instance: "x", Address: "nowhere"}} },
		"instance twice":   func(r *davit.Route) { r.Versions[0].Backends = append(b, b...) },
		"sticky injection": func(r *davit.Route) { r.Sticky.Header = "X\r\nY" },
		"mirror":           func(r *davit.Route) { r.Mirror = 10_001 },
	} {
		r := shop(2, 100, b, b)
		change(&r)
		if err := l.put(r); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := shop(1, 0, b, nil)
	other.Service, other.Hosts = "thief", []string{"SHOP.localhost:80"}
	if err := l.put(other); davit.KindOf(err) != davit.Conflict {
		t.Errorf("a host of another service: %v", err)
	}
}

// A file cut or damaged at any byte never means no routes: the table before it
// is served, and it is said.
func TestStateTruncatedOrCorruptedAtEachByteKeepsThePreviousTable(t *testing.T) {
	t.Parallel()
	f := &stateFile{folder: t.TempDir()}
	first, second := kept{Routes: []keptRoute{{Route: shop(1, 0, nil, nil)}}}, kept{Routes: []keptRoute{{Route: shop(2, 0, nil, nil)}}}
	if err := f.save(first); err != nil {
		t.Fatal(err)
	}
	if err := f.save(second); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(f.path(".json"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(f.path(".json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		k, report, err := f.load()
		if err != nil || report == "" || len(k.Routes) != 1 || k.Routes[0].Route.Revision != 1 {
			t.Fatalf("%s: %+v, %q, %v", what, k, report, err)
		}
	}
	for i := range good {
		check(fmt.Sprintf("cut at %d", i), good[:i])
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x20
		check(fmt.Sprintf("byte %d wrong", i), bad)
	}
	if err := os.WriteFile(f.path(".json"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if k, report, err := f.load(); err != nil || report != "" || k.Routes[0].Route.Revision != 2 {
		t.Fatalf("the whole file: %+v, %q, %v", k, report, err)
	}
}

func TestStateSurvivesAndSaysWhatItLost(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, _ := two(t)
	l.putRoute(shop(1, 0, stable, nil))
	l.putRoute(shop(2, 0, stable, nil))
	if err := os.WriteFile(l.state.path(".json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newPlane(l.opts)
	if err != nil {
		t.Fatal(err)
	}
	if p.report == "" || p.table.Load().find("shop.localhost:80").Revision != 1 {
		t.Errorf("report %q", p.report)
	}
	// The next change must not put the broken file in the place of the good one.
	if err := p.put(shop(3, 0, stable, nil)); err != nil {
		t.Fatal(err)
	}
	if k, report, err := p.state.load(); err != nil || report != "" || k.Routes[0].Route.Revision != 3 {
		t.Errorf("%+v %q %v", k, report, err)
	}
}

func TestPutThatCanNotBeKeptDoesNotTakeEffect(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	l.putRoute(shop(1, 0, stable, fresh))
	l.state.folder = "/dev/null/nowhere"
	if err := l.put(shop(2, davit.Full, stable, fresh)); davit.KindOf(err) != davit.Unavailable {
		t.Fatalf("%v", err)
	}
	if _, who, _ := l.get(nil); who != "old" {
		t.Error("what could not be kept took effect")
	}
}

func TestUnknownHostAnd503TellNothing(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	l.putRoute(shop(1, 0, nil, nil))
	res, err := http.DefaultClient.Do(newRequest(t, "GET", l.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("no instance: %d %v", res.StatusCode, res.Header)
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 1 || n.Status[5] != 1 {
		t.Errorf("it is not counted: %+v", n)
	}
	if status, _, _ := l.get(func(r *http.Request) { r.Host = "other.localhost" }); status != 404 {
		t.Errorf("unknown host: %d", status)
	}
	if status, _, _ := l.get(func(r *http.Request) { r.Host = "SHOP.localhost.:99" }); status != 503 {
		t.Errorf("host in capitals with port: %d", status)
	}
}

func TestHoldWaitsForABackend(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) { o.HoldWithin = 300 * time.Millisecond })
	r := shop(1, 0, nil, nil)
	r.Hold = true
	l.putRoute(r)
	if status, _, _ := l.get(nil); status != 503 {
		t.Fatalf("after the wait: %d", status)
	}
	got := make(chan string, 1)
	go func() {
		_, who, _ := l.get(nil)
		got <- who
	}()
	stable, _ := two(t)
	r = shop(2, 0, stable, nil)
	l.putRoute(r)
	if who := <-got; who != "old" {
		t.Errorf("the request that waited was answered by %q", who)
	}
}
