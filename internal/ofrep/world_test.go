package ofrep_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/ofrep"
)

// book is a Book in memory.
type book struct {
	mu      sync.Mutex
	sets    map[string]*flag.Set
	changed chan struct{}
	counted []string
	asked   int // how often a set was asked for
}

func (b *book) Set(id string) (*flag.Set, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	if s := b.sets[id]; s != nil {
		return s, nil
	}
	return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no flag set " + id}
}

func (b *book) Sets() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(maps.Keys(b.sets))
}

func (b *book) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *book) Evaluated(_ *flag.Set, r flag.Result, _ *flag.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := ""
	if r.Flag != nil {
		key = r.Flag.Key()
	}
	b.counted = append(b.counted, key+" "+r.Variant+" "+string(r.Reason)+string(r.Code))
}

// count returns what was counted since it was asked last.
func (b *book) count() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.counted
	b.counted = nil
	return c
}

// publish makes doc the newest version of a set.
func (b *book) publish(t testing.TB, id, doc string) *flag.Set {
	t.Helper()
	set, _, err := flag.Parse([]byte(doc), flag.ParseOptions{ID: id, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sets[id] = set
	close(b.changed)
	b.changed = make(chan struct{})
	return set
}

// flags is a set with a flag for each thing that can come out.
const flags = `{"metadata":{"team":"shop"},"flags":{
	"on":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"yes"},
	"off":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
	"zero":{"state":"ENABLED","variants":{"z":0},"defaultVariant":"z"},
	"empty":{"state":"ENABLED","variants":{"e":""},"defaultVariant":"e"},
	"object":{"state":"ENABLED","variants":{"o":{}},"defaultVariant":"o"},
	"disabled":{"state":"DISABLED","variants":{"yes":true},"defaultVariant":"yes"},
	"code":{"state":"ENABLED","variants":{"yes":true}},
	"rule":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no","targeting":{"if":[{"==":[{"var":"plan"},"pro"]},"yes"]},"metadata":{"owner":"ann"}},
	"split":{"state":"ENABLED","variants":{"a":"A","b":"B"},"targeting":{"fractional":[["a",50],["b",50]]}},
	"split-with-default":{"state":"ENABLED","variants":{"a":"A","b":"B"},"defaultVariant":"a","targeting":{"fractional":[["a",50],["b",50]]}},
	"wrong":{"state":"ENABLED","variants":{"a":"A"},"defaultVariant":"a","targeting":{"if":[true,"nowhere"]}},
	"a/b":{"state":"ENABLED","variants":{"slash":"/"},"defaultVariant":"slash"},
	"..//x":{"state":"ENABLED","variants":{"v":1.5},"defaultVariant":"v"},
	"schlüssel 🔑":{"state":"ENABLED","variants":{"größe":"ß\n"},"defaultVariant":"größe"}
}}`

const id = "shop/production"

// world is a handler on a server. The test's tokens are names of grants.
type world struct {
	t       testing.TB
	book    *book
	handler *ofrep.Handler
	http    *httptest.Server
	mu      sync.Mutex
	grants  map[string]access.Grant
}

type grantKey struct{}

func newWorld(t testing.TB, change func(*ofrep.Options)) *world {
	w := &world{t: t, book: &book{sets: map[string]*flag.Set{}, changed: make(chan struct{})}, grants: map[string]access.Grant{
		"bound": {Name: "sdk", Role: davit.Client, Flags: []string{id}},
		"all":   {Name: "ops", Role: davit.Viewer},
	}}
	o := ofrep.Options{
		Book: w.book,
		Grant: func(ctx context.Context) (access.Grant, error) {
			return w.grant(ctx)
		},
		Still: func(ctx context.Context) error {
			_, err := w.grant(ctx)
			return err
		},
	}
	if change != nil {
		change(&o)
	}
	w.handler = ofrep.New(o)
	w.http = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.handler.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), grantKey{}, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))))
	}))
	t.Cleanup(w.http.Close)
	w.book.publish(t, id, flags)
	w.book.count()
	return w
}

func (w *world) grant(ctx context.Context) (access.Grant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name, _ := ctx.Value(grantKey{}).(string)
	g, ok := w.grants[name]
	if !ok {
		return g, &davit.Error{Kind: davit.Unauthorized, Text: "no token"}
	}
	return g, nil
}

// revoke ends a test token.
func (w *world) revoke(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.grants, name)
}

// request makes a request that is not sent yet.
func (w *world) request(method, path, body string, headers ...string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.http.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer bound")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

// ask sends a request and returns the answer.
func (w *world) ask(method, path, body string, headers ...string) answer {
	w.t.Helper()
	res, err := (&http.Client{Timeout: time.Minute}).Do(w.request(method, path, body, headers...))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(b) > 0 && !json.Valid(b) {
		w.t.Errorf("%s: not JSON: %s", path, b)
	}
	return answer{res.StatusCode, string(b), res.Header}
}

type answer struct {
	status int
	body   string
	head   http.Header
}

const single = "/ofrep/v1/evaluate/flags/"

const bulk = "/ofrep/v1/evaluate/flags"
