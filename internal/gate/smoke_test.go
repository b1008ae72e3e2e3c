package gate_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/gate"
)

// stand is a router in miniature: it lets a request with the token reach the
// release it names.
func stand(t *testing.T, versions map[string]http.HandlerFunc) gate.Target {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		release := q.Header.Get("X-Davit-Release")
		if q.Host != "shop.localhost" || q.Header.Get("X-Davit-Probe") != "s3cret-token" || versions[release] == nil {
			http.Error(w, "no such release here", http.StatusNotFound)
			return
		}
		w.Header().Set("X-Davit-Release", release)
		versions[release](w, q)
	}))
	t.Cleanup(srv.Close)
	return gate.Target{RouterAddr: srv.Listener.Addr().String(), Host: "shop.localhost", Release: "shop-2", ProbeToken: "s3cret-token", Named: true}
}

func TestSmoke(t *testing.T) {
	var flaky atomic.Int32
	target := stand(t, map[string]http.HandlerFunc{"shop-2": func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/items":
			fmt.Fprint(w, `{"status":"ok","n":1.0,"items":[{"id":7,"tags":["a"]}],"a.b":null,"big":12345678901234567890}`)
		case "/echo":
			b, _ := io.ReadAll(q.Body)
			fmt.Fprintf(w, "%s %s %s %s", q.Method, q.Header.Get("X-One"), q.Header.Get("X-Davit-Probe"), b)
		case "/slow":
			select {
			case <-time.After(300 * time.Millisecond):
			case <-q.Context().Done():
			}
		case "/flaky":
			if flaky.Add(1) < 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		case "/redirect":
			http.Redirect(w, q, "http://elsewhere.example/", http.StatusFound)
		case "/broken":
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "half")
		case "/error":
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, "<b>\x00 boom\n", strings.Repeat("x", 1000))
		default:
			http.NotFound(w, q)
		}
	}})
	for name, c := range map[string]struct {
		test davit.SmokeTest
		want string // part of the reason; empty: passes
	}{
		"status":         {davit.SmokeTest{Path: "/items"}, ""},
		"other status":   {davit.SmokeTest{Path: "/none", Status: 404}, ""},
		"wrong status":   {davit.SmokeTest{Path: "/none"}, "status 404, want 200; it answered \"404 page not found"},
		"redirect":       {davit.SmokeTest{Path: "/redirect", Status: 302}, ""},
		"escaped, short": {davit.SmokeTest{Path: "/error"}, `it answered "<b>\x00 boom\n`},
		"json": {davit.SmokeTest{Path: "/items", JSON: map[string]string{
			"status": `"ok"`, "n": "1", "items.0.id": "7", "items.0": `{"tags":["a"],"id":7.0}`, `a\.b`: "null", "big": "12345678901234567890",
		}}, ""},
		"json value":       {davit.SmokeTest{Path: "/items", JSON: map[string]string{"items.0.id": "8"}}, "items.0.id is 7, want 8"},
		"json type":        {davit.SmokeTest{Path: "/items", JSON: map[string]string{"items.0.id": `"7"`}}, `items.0.id is 7, want "7"`},
		"json big":         {davit.SmokeTest{Path: "/items", JSON: map[string]string{"big": "12345678901234567891"}}, "big is 12345678901234567890"},
		"json missing":     {davit.SmokeTest{Path: "/items", JSON: map[string]string{"items.1.id": "7"}}, "items.1.id is missing"},
		"json index":       {davit.SmokeTest{Path: "/items", JSON: map[string]string{"items.-1": "7"}}, "items.-1 is missing"},
		"no json":          {davit.SmokeTest{Path: "/echo", JSON: map[string]string{"a": "1"}}, "not JSON"},
		"flaky":            {davit.SmokeTest{Path: "/flaky", Retries: 2}, ""},
		"slow":             {davit.SmokeTest{Path: "/slow", Within: 50 * time.Millisecond}, "want at most 50ms"},
		"time-out":         {davit.SmokeTest{Path: "/slow", Timeout: 50 * time.Millisecond}, "no answer within 50ms"},
		"broken":           {davit.SmokeTest{Path: "/broken"}, "broke off after 4 bytes"},
		"token not shown":  {davit.SmokeTest{Path: "/echo", Method: "POST", Body: "hello", Headers: map[string]string{"X-One": "1", "X-Davit-Probe": "other"}, Status: 201}, `it answered "POST 1 *** hello"`},
		"path":             {davit.SmokeTest{Path: "@evil.example/"}, "does not begin with /"},
		"method":           {davit.SmokeTest{Path: "/", Method: "BAD METHOD"}, "invalid method"},
		"attempts counted": {davit.SmokeTest{Path: "/none", Retries: 1}, "in the last of 2 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := gate.Smoke(t.Context(), target, []davit.SmokeTest{c.test})
			if want := davit.Refused; (f.Answer == davit.Passed) != (c.want == "") || (c.want != "" && f.Answer != want) {
				t.Errorf("%s: %s", f.Answer, f.Reason)
			}
			if !strings.Contains(f.Reason, c.want) || len(f.Reason) > 500 || strings.Contains(fmt.Sprint(f), "s3cret") {
				t.Errorf("reason %q, want %q", f.Reason, c.want)
			}
			if len(f.Evidence) != 1 || f.Gate != "smoke" || f.Release != "shop-2" {
				t.Errorf("finding %+v", f)
			}
		})
	}
}

func TestSmokeNamesTheFirstFailureAndAllTests(t *testing.T) {
	target := stand(t, map[string]http.HandlerFunc{"shop-2": http.NotFound})
	f := gate.Smoke(t.Context(), target, []davit.SmokeTest{{Path: "/a", Status: 404}, {Path: "/b"}, {Path: "/b"}, {Name: "last", Path: "/c", Status: 404}})
	if f.Answer != davit.Refused || !strings.HasPrefix(f.Reason, "smoke test GET /b: status 404") {
		t.Errorf("%s: %s", f.Answer, f.Reason)
	}
	for name, verdict := range map[string]string{"GET /a": "pass", "GET /b": "fail", "GET /b (2)": "fail", "last": "pass"} {
		if !strings.HasPrefix(f.Evidence[name], verdict) {
			t.Errorf("%s: %q", name, f.Evidence[name])
		}
	}
}

func TestDefaultSmoke(t *testing.T) {
	for status, want := range map[int]davit.Answer{200: davit.Passed, 404: davit.Passed, 302: davit.Passed, 503: davit.Refused} {
		target := stand(t, map[string]http.HandlerFunc{"shop-2": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }})
		tests := gate.Default()
		tests[0].Retries = 0
		if f := gate.Smoke(t.Context(), target, tests); f.Answer != want {
			t.Errorf("%d: %s, %s", status, f.Answer, f.Reason)
		}
	}
}

// Nothing but the named version's own answer is a pass: not the router's 404,
// not another version's 200, not silence, not an interruption.
func TestSmokeNeverPassesOnAnotherAnswer(t *testing.T) {
	stable := map[string]http.HandlerFunc{"shop-1": func(http.ResponseWriter, *http.Request) {}}
	any404 := []davit.SmokeTest{{Path: "/", Status: 404}}
	target := stand(t, stable)
	if f := gate.Smoke(t.Context(), target, any404); f.Answer != davit.Refused || !strings.Contains(f.Reason, "router itself") {
		t.Errorf("router's own answer: %s, %s", f.Answer, f.Reason)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Davit-Release", "shop-1") }))
	defer srv.Close()
	target.RouterAddr, target.Named = srv.Listener.Addr().String(), false
	if f := gate.Smoke(t.Context(), target, []davit.SmokeTest{{Path: "/"}}); f.Answer != davit.Refused || !strings.Contains(f.Reason, `"shop-1" answered`) {
		t.Errorf("another version's answer: %s, %s", f.Answer, f.Reason)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f := gate.Smoke(ctx, target, []davit.SmokeTest{{Path: "/"}}); f.Answer != davit.Waiting {
		t.Errorf("interrupted: %s, %s", f.Answer, f.Reason)
	}
	srv.Close()
	if f := gate.Smoke(t.Context(), target, []davit.SmokeTest{{Path: "/"}}); f.Answer != davit.Refused || !strings.Contains(f.Reason, "could not be reached") {
		t.Errorf("no router: %s, %s", f.Answer, f.Reason)
	}
}

func TestProberSendsPairs(t *testing.T) {
	var log [2]atomic.Int64
	var first [2]atomic.Int64
	var order atomic.Int64
	done := make(chan struct{})
	count := func(i int) http.HandlerFunc {
		return func(w http.ResponseWriter, q *http.Request) {
			if order.Add(1)%2 == 1 {
				first[i].Add(1)
			}
			if log[i].Add(1) == 20 {
				done <- struct{}{}
			}
			w.WriteHeader(200 + 300*i)
		}
	}
	target := stand(t, map[string]http.HandlerFunc{"shop-1": count(0), "shop-2": count(1)})
	p, err := gate.NewProber(gate.ProberOptions{Target: target, Releases: [2]string{"shop-1", "shop-2"}, Path: "/probe", Rate: 100})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { p.Run(ctx); close(ended) }()
	<-done
	<-done
	cancel()
	<-ended
	c := p.Counts()
	if c.Failed[0] != 0 || c.Failed[1] < 19 || c.Pairs < 20 || log[0].Load()-log[1].Load() > 1 || log[1].Load()-log[0].Load() > 1 {
		t.Errorf("%+v, served %d and %d", c, log[0].Load(), log[1].Load())
	}
	if first[0].Load() < 5 || first[1].Load() < 5 {
		t.Errorf("one version is always first: %d and %d", first[0].Load(), first[1].Load())
	}
}

func TestProberIsBounded(t *testing.T) {
	block := make(chan struct{})
	var at atomic.Int64
	slow := func(http.ResponseWriter, *http.Request) { at.Add(1); <-block }
	target := stand(t, map[string]http.HandlerFunc{"shop-1": slow, "shop-2": slow})
	p, err := gate.NewProber(gate.ProberOptions{Target: target, Releases: [2]string{"shop-1", "shop-2"}, Rate: 100, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { p.Run(ctx); close(ended) }()
	eventually(t, func() bool { return p.Counts().Skipped >= 5 })
	cancel()
	<-ended
	close(block)
	if at.Load() > 16 {
		t.Errorf("%d at once", at.Load())
	}
	for _, rate := range []float64{0, -1, 101} {
		if _, err := gate.NewProber(gate.ProberOptions{Target: target, Releases: [2]string{"a", "b"}, Rate: rate}); err == nil {
			t.Errorf("rate %g is taken", rate)
		}
	}
}

// eventually asks until the answer is yes: for real processes and connections,
// which no synthetic clock moves.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(5 * time.Second); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 5 s")
		}
	}
}
