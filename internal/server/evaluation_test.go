package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd"
	"github.com/davit-cd/davit/internal/ofrep"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// oneSet is a book of flags with one set in it.
type oneSet struct {
	set  atomic.Pointer[flag.Set]
	news atomic.Pointer[chan struct{}]
}

func (b *oneSet) Set(id string) (*flag.Set, error) {
	if id != "shop/production" {
		return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no flag set " + id}
	}
	return b.set.Load(), nil
}

func (b *oneSet) Sets() []string                                  { return []string{"shop/production"} }
func (b *oneSet) Changed() <-chan struct{}                        { return *b.news.Load() }
func (b *oneSet) Evaluated(*flag.Set, flag.Result, *flag.Context) {}
func (b *oneSet) publish(t testing.TB, value string) {
	t.Helper()
	set, _, err := flag.Parse([]byte(`{"flags":{"a//..":{"state":"ENABLED","variants":{"v":"`+value+`"},"defaultVariant":"v"}}}`), flag.ParseOptions{ID: "shop/production"})
	if err != nil {
		t.Fatal(err)
	}
	b.set.Store(set)
	next := make(chan struct{})
	if old := b.news.Swap(&next); old != nil {
		close(*old)
	}
}

// evaluating is a server that serves flags, with a token for each role and one
// that is bound to a set.
type evaluating struct {
	t      testing.TB
	book   *oneSet
	store  *store.Store
	tokens map[string]string // name → secret
	ids    map[string]string // name → id
	url    string
	now    atomic.Pointer[time.Time]
	server *server.Server
	stop   context.CancelFunc
	over   chan error
}

func newEvaluating(t testing.TB, change func(*server.Evaluation)) *evaluating {
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	e := &evaluating{t: t, book: &oneSet{}, store: st, tokens: map[string]string{}, ids: map[string]string{}, over: make(chan error, 1)}
	e.book.publish(t, "1")
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	e.now.Store(&noon)
	for name, flags := range map[string][]string{"bound": {"shop/production"}, "elsewhere": {"shop/staging"}} {
		e.token(name, davit.Client, flags)
	}
	e.token("viewer", davit.Viewer, nil)
	o := server.Evaluation{
		OFREP: ofrep.New(ofrep.Options{
			Book: e.book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping,
			StreamToken: func(ctx context.Context, set string) string { return e.server.StreamToken(ctx, set) },
		}),
		Flagd:     flagd.New(flagd.Options{Book: e.book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping}),
		StreamKey: []byte("a key for this test"),
	}
	if change != nil {
		change(&o)
	}
	e.server = server.New(server.Options{
		Records: e.store, Tokens: tokens{e.store}, Memory: memory{e.store}, Version: api.Version{Version: "test"}, Evaluation: o,
		Now: func() time.Time { return *e.now.Load() },
	})
	e.serve(e.server.Serve)
	return e
}

// serve starts the server as the program does.
func (e *evaluating) serve(serve func(context.Context, net.Listener) error) {
	e.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(e.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		e.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	e.url, e.stop = "http://"+l.Addr().String(), stop
	go func() { e.over <- serve(ctx, l) }()
	e.t.Cleanup(func() {
		stop()
		if err := <-e.over; err != nil {
			e.t.Error(err)
		}
		e.over <- nil
	})
}

func (e *evaluating) token(name string, role davit.Role, flags []string) {
	e.t.Helper()
	k, secret := server.MakeToken(name, role, *e.now.Load())
	k.Flags = flags
	e.tokens[name], e.ids[name] = secret, k.ID
	if _, err := (tokens{e.store}).PutToken(e.t.Context(), k, made()); err != nil {
		e.t.Fatal(err)
	}
}

func made() davit.Change {
	return davit.Change{Events: []davit.Event{{Kind: "token.made", Actor: "davit", Text: "A token."}}}
}

func (e *evaluating) revoke(name string) {
	e.t.Helper()
	if _, err := (tokens{e.store}).RevokeToken(e.t.Context(), e.ids[name], made()); err != nil {
		e.t.Fatal(err)
	}
}

func (e *evaluating) ask(method, path, body string, headers ...string) (*http.Response, string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b strings.Builder
	_, _ = bufio.NewReader(res.Body).WriteTo(&b)
	return res, b.String()
}

const bulkPath = "/ofrep/v1/evaluate/flags"

func TestEvaluationWhoAsks(t *testing.T) {
	e := newEvaluating(t, nil)
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"nobody", nil, 401},
		{"unknown", []string{"Authorization", "Bearer dvt_x"}, 401},
		{"bearer", []string{"Authorization", "Bearer " + e.tokens["bound"]}, 200},
		{"bearer in small letters", []string{"Authorization", "bearer " + e.tokens["bound"]}, 200},
		{"api key", []string{"X-API-Key", e.tokens["bound"]}, 200},
		{"selector", []string{"Flagd-Selector", "token=" + e.tokens["bound"]}, 200},
		{"selector with a set", []string{"Flagd-Selector", "flagSetId=shop/production,token=" + e.tokens["bound"]}, 200},
		{"selector with another set", []string{"Flagd-Selector", "flagSetId=shop/staging,token=" + e.tokens["bound"]}, 403},
		{"elsewhere", []string{"X-API-Key", e.tokens["elsewhere"], "Flagd-Selector", "flagSetId=shop/production"}, 403},
		{"viewer", []string{"X-API-Key", e.tokens["viewer"]}, 200},
	} {
		res, body := e.ask("POST", bulkPath, `{}`, c.headers...)
		if res.StatusCode != c.want || (c.want == 401 || c.want == 403) && body != "" {
			t.Errorf("%s: %d %s", c.name, res.StatusCode, body)
		}
		res, body = e.ask("POST", "/flagd.evaluation.v2.Service/ResolveString", `{"flagKey":"a//.."}`, append([]string{"Content-Type", "application/json"}, c.headers...)...)
		if (res.StatusCode == 200) != (c.want == 200) || c.want == 200 && !strings.Contains(body, `"1"`) {
			t.Errorf("flagd, %s: %d %s", c.name, res.StatusCode, body)
		}
	}
	// A key that no table of addresses would leave as it is.
	if res, body := e.ask("POST", bulkPath+"/a//..", `{}`, "X-API-Key", e.tokens["bound"]); res.StatusCode != 200 || !strings.Contains(body, `"key":"a//.."`) {
		t.Error(res.StatusCode, body)
	}
	// The selector's token is for flags, and the rest of the server does not look there.
	if res, _ := e.ask("GET", api.Base+"/version", "", "Flagd-Selector", "token="+e.tokens["viewer"]); res.StatusCode != 401 {
		t.Error(res.StatusCode)
	}
	e.revoke("bound")
	if res, _ := e.ask("POST", bulkPath, `{}`, "X-API-Key", e.tokens["bound"]); res.StatusCode != 401 {
		t.Error("revoked:", res.StatusCode)
	}
}

func TestEvaluationOrigins(t *testing.T) {
	const shop = "https://shop.example.org"
	for name, c := range map[string]struct {
		allowed []string
		origin  string
		want    string
	}{
		"by default none": {nil, shop, ""},
		"allowed":         {[]string{"https://a.example.org", shop}, shop, shop},
		"another":         {[]string{"https://a.example.org"}, shop, ""},
		"all":             {[]string{"*"}, shop, shop},
		"no page":         {[]string{"*"}, "", ""},
	} {
		e := newEvaluating(t, func(o *server.Evaluation) { o.Origins = c.allowed })
		headers := []string{"X-API-Key", e.tokens["bound"]}
		if c.origin != "" {
			headers = append(headers, "Origin", c.origin)
		}
		for _, path := range []string{bulkPath, "/flagd.evaluation.v1.Service/ResolveAll"} {
			res, _ := e.ask("POST", path, `{}`, append(headers, "Content-Type", "application/json")...)
			if got := res.Header.Get("Access-Control-Allow-Origin"); got != c.want || res.StatusCode != 200 {
				t.Errorf("%s %s: %q %d", name, path, got, res.StatusCode)
			}
			if res.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("cookies are not for flags")
			}
			if c.origin == "" {
				continue
			}
			// The browser asks first, without a credential.
			res, body := e.ask("OPTIONS", path, "", "Origin", c.origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization")
			if res.StatusCode != 204 || body != "" || res.Header.Get("Access-Control-Allow-Origin") != c.want || res.Header.Get("Vary") != "Origin" {
				t.Errorf("%s %s: %d %v", name, path, res.StatusCode, res.Header)
			}
			if allowed := res.Header.Get("Access-Control-Allow-Headers"); strings.Contains(allowed, "If-None-Match") != (c.want != "") {
				t.Errorf("%s: %q", name, allowed)
			}
		}
		if res, _ := e.ask("OPTIONS", api.Base+"/version", "", "Origin", shop, "Access-Control-Request-Method", "GET"); res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Error("the API is not for pages from elsewhere")
		}
	}
}

func TestEvaluationRate(t *testing.T) {
	e := newEvaluating(t, func(o *server.Evaluation) { o.Rate = 5 })
	spend := func(name string) (ok int) {
		for range 20 {
			if res, _ := e.ask("POST", bulkPath, `{}`, "X-API-Key", e.tokens[name]); res.StatusCode == 200 {
				ok++
			} else if res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" {
				t.Fatal(res.StatusCode, res.Header)
			}
		}
		return ok
	}
	if got := spend("bound"); got != 5 {
		t.Errorf("%d at once, want a second's worth", got)
	}
	if got := spend("viewer"); got != 5 {
		t.Errorf("%d: one token's rate is another's", got)
	}
	later := e.now.Load().Add(600 * time.Millisecond)
	e.now.Store(&later)
	if got := spend("bound"); got != 3 {
		t.Errorf("%d after 0.6 s, want 3", got)
	}
	back := e.now.Load().Add(-time.Hour)
	e.now.Store(&back)
	if got := spend("bound"); got != 0 {
		t.Errorf("%d after the clock was set back, want 0", got)
	}
	if res, _ := e.ask("POST", bulkPath, `{}`); res.StatusCode != 401 {
		t.Error(res.StatusCode)
	}
}

// address returns where a token's event stream is.
func (e *evaluating) address(name string) string {
	e.t.Helper()
	res, body := e.ask("POST", bulkPath, `{}`, "X-API-Key", e.tokens[name])
	var all struct {
		EventStreams []struct{ Endpoint struct{ RequestURI string } }
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil || res.StatusCode != 200 || len(all.EventStreams) != 1 {
		e.t.Fatal(res.StatusCode, body, err)
	}
	return all.EventStreams[0].Endpoint.RequestURI
}

// status asks for a stream and does not read it.
func (e *evaluating) status(path string) int {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", e.url+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestEvaluationStream holds that the address of a stream is enough to read it,
// that it is good for nothing else, and that it ends in time and with its token.
func TestEvaluationStream(t *testing.T) {
	e := newEvaluating(t, nil)
	path := e.address("bound")
	if u, err := url.Parse(path); err != nil || !strings.HasPrefix(u.Query().Get("token"), "dvs_") || strings.Contains(path, e.tokens["bound"]) {
		t.Fatal(path)
	}
	if got := e.status(path); got != 200 {
		t.Error(got)
	}
	if got := e.status(strings.Split(path, "?")[0]); got != 401 {
		t.Error("without a credential:", got)
	}
	if got := e.status(path[:len(path)-6] + "AAAAAA"); got != 401 {
		t.Error("changed:", got)
	}
	if res, _ := e.ask("POST", strings.Replace(path, "/stream", "/evaluate/flags", 1), `{}`); res.StatusCode != 401 {
		t.Error("it evaluates flags:", res.StatusCode)
	}
	if got := e.status(strings.Replace(path, "/ofrep/v1/stream", api.Base+"/version", 1)); got != 401 {
		t.Error("it reads the API:", got)
	}
	later := e.now.Load().Add(2 * time.Hour)
	e.now.Store(&later)
	if got := e.status(path); got != 401 {
		t.Error("after its time:", got)
	}
	path = e.address("bound")
	r, err := http.NewRequestWithContext(t.Context(), "GET", e.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	messages := func() (n int) {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data:") {
				return 1
			}
		}
		return 0
	}
	if messages() != 1 {
		t.Fatal("no message at once")
	}
	e.revoke("bound")
	e.book.publish(t, "2")
	if messages() != 0 {
		t.Error("a revoked token hears of changes")
	}
	if got := e.status(path); got != 401 {
		t.Error("after its token was revoked:", got)
	}
}

// TestEvaluationStreamEnds holds that the server does not wait for streams when
// it stops.
func TestEvaluationStreamEnds(t *testing.T) {
	e := newEvaluating(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), "GET", e.url+e.address("bound"), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	e.stop()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		continue
	}
}

// TestServeOpen holds that what is open is open to all, for the sets that are
// named, and that nothing else of the server is there.
func TestServeOpen(t *testing.T) {
	e := newEvaluating(t, nil)
	closed := e.url
	open := &evaluating{t: t, server: e.server, over: make(chan error, 1)}
	open.serve(func(ctx context.Context, l net.Listener) error {
		return e.server.ServeOpen(ctx, l, []string{"shop/production"})
	})
	for _, c := range []struct {
		method, path, selector string
		want                   int
	}{
		{"POST", bulkPath, "", 200},
		{"POST", bulkPath, "flagSetId=shop/production", 200},
		{"POST", bulkPath, "flagSetId=shop/staging", 403},
		{"POST", bulkPath + "/a//..", "", 200},
		{"POST", "/flagd.sync.v1.FlagSyncService/FetchAllFlags", "", 200},
		{"GET", "/healthz", "", 200},
		{"GET", api.Base + "/version", "", 404},
		{"GET", "/git/shop.git/info/refs?service=git-upload-pack", "", 404},
		{"GET", "/v2/", "", 404},
		{"GET", "/", "", 404},
	} {
		res, body := open.ask(c.method, c.path, `{}`, "Content-Type", "application/json", "Flagd-Selector", c.selector)
		if res.StatusCode != c.want {
			t.Errorf("%+v: %d %s", c, res.StatusCode, body)
		}
	}
	// Its streams need no credential, and get none.
	_, body := open.ask("POST", bulkPath, `{}`)
	if !strings.Contains(body, `"requestUri":"/ofrep/v1/stream"`) {
		t.Error(body)
	}
	if got := open.status("/ofrep/v1/stream"); got != 200 {
		t.Error(got)
	}
	if res, _ := (&evaluating{t: t, url: closed}).ask("POST", bulkPath, `{}`); res.StatusCode != 401 {
		t.Error("the server's own port is open too:", res.StatusCode)
	}
}
