package flagd_test

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd"
)

// book is a Book in memory.
type book struct {
	mu      sync.Mutex
	sets    map[string]*flag.Set
	changed chan struct{}
	counted []string
}

func (b *book) Set(id string) (*flag.Set, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
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
	b.counted = append(b.counted, string(r.Reason)+string(r.Code))
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

const id = "shop/production"

const flags = `{"metadata":{"team":"shop"},"$evaluators":{"pro":{"==":[{"var":"plan"},"pro"]}},"flags":{
	"bool":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
	"text":{"state":"ENABLED","variants":{"empty":"","full":"x"},"defaultVariant":"empty","targeting":{"if":[{"$ref":"pro"},"full"]},"metadata":{"owner":"ann","count":3,"live":true}},
	"float":{"state":"ENABLED","variants":{"half":0.5},"defaultVariant":"half"},
	"int":{"state":"ENABLED","variants":{"big":9007199254740991},"defaultVariant":"big"},
	"object":{"state":"ENABLED","variants":{"o":{"a":[1,{"b":null}],"c":"d"}},"defaultVariant":"o"},
	"disabled":{"state":"DISABLED","variants":{"yes":true},"defaultVariant":"yes"},
	"code":{"state":"ENABLED","variants":{"yes":true}},
	"general":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes","targeting":{"if":[true,"nowhere"]}},
	"parse":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes","targeting":{"$ref":"nowhere"}},
	"a/b":{"state":"ENABLED","variants":{"v":1},"defaultVariant":"v"}
}}`

// world is a handler on a server that speaks HTTP/1.1 and HTTP/2 without TLS.
type world struct {
	t      testing.TB
	book   *book
	url    string
	quit   chan struct{}
	mu     sync.Mutex
	grants map[string]access.Grant
}

type grantKey struct{}

func newWorld(t testing.TB, change func(*flagd.Options)) *world {
	w := &world{t: t, quit: make(chan struct{}), book: &book{sets: map[string]*flag.Set{}, changed: make(chan struct{})}, grants: map[string]access.Grant{
		"bound": {Name: "sdk", Role: davit.Client, Flags: []string{id}},
		"all":   {Name: "ops", Role: davit.Viewer},
	}}
	still := func(ctx context.Context) error { _, err := w.grant(ctx); return err }
	o := flagd.Options{Book: w.book, Grant: w.grant, Still: still, Stopping: func(context.Context) <-chan struct{} { return w.quit }}
	if change != nil {
		change(&o)
	}
	h := flagd.New(o)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), grantKey{}, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))))
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	w.url = s.URL
	w.book.publish(t, id, flags)
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

func (w *world) revoke(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.grants, name)
}

// way is one of the protocols that all services are served by.
type way struct {
	name    string
	client  func(t testing.TB) *http.Client
	options []connect.ClientOption
}

func ways() []way {
	return []way{
		{"connect", h1, nil},
		{"connect json", h1, []connect.ClientOption{connect.WithProtoJSON()}},
		{"connect over h2c", h2c, nil},
		{"grpc", h2c, []connect.ClientOption{connect.WithGRPC()}},
		{"grpc-web", h1, []connect.ClientOption{connect.WithGRPCWeb()}},
		{"grpc gzip", h2c, []connect.ClientOption{connect.WithGRPC(), connect.WithSendGzip()}},
	}
}

func h1(t testing.TB) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func h2c(t testing.TB) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// as makes a request with a token and a selector.
func as[T any](msg *T, token, selector string) *connect.Request[T] {
	q := connect.NewRequest(msg)
	q.Header().Set("Authorization", "Bearer "+token)
	if selector != "" {
		q.Header().Set("Flagd-Selector", selector)
	}
	return q
}
