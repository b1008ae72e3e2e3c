package router

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// The test binary plays holder and worker, too: TestMain is their main.
const roleKey = "DAVIT_ROUTER_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(roleKey)
	if role == "" {
		os.Exit(m.Run())
	}
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	var opts Options
	if err := json.Unmarshal([]byte(os.Getenv(roleKey)), &opts); err != nil {
		panic(err)
	}
	opts.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	if len(os.Args) > 2 {
		opts.Version = os.Args[2]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var err error
	switch role {
	case "holder":
		err = Hold(ctx, opts)
	case "worker":
		err = Work(ctx, opts)
	case "panics":
		panic("at start")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// freeAddress is an address that nobody listens on, and that no outgoing
// connection of the tests' own load is given.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", 3000+rand.IntN(4000))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

// testOptions are those of a router on a free port, quick to end.
func testOptions(t testing.TB) Options {
	t.Helper()
	opts := Options{
		Data: t.TempDir(), Listen: freeAddress(t), Version: "1",
		WorkerArgs: []string{"worker"}, HolderArgs: []string{"holder"},
		LameWithin: 700 * time.Millisecond,
	}
	return opts
}

// process is a running router with both its processes.
type process struct {
	*Client
	t    testing.TB
	opts Options
}

// startProcess starts holder and worker and stops them with the test.
func startProcess(t testing.TB, change func(*Options)) *process {
	t.Helper()
	opts := testOptions(t)
	if change != nil {
		change(&opts)
	}
	opts.Env = []string{roleKey + "=" + encode(t, opts)}
	p := &process{t: t, opts: opts}
	t.Cleanup(p.stop)
	var err error
	if p.Client, err = Ensure(t.Context(), opts); err != nil {
		b, _ := os.ReadFile(filepath.Join(opts.Data, "logs", "router.log"))
		t.Fatalf("%v\n%s", err, b)
	}
	return p
}

func encode(t testing.TB, opts Options) string {
	t.Helper()
	opts.Env, opts.Log = nil, nil
	b, err := json.Marshal(opts)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (p *process) holder() int {
	var f pidFile
	b, err := os.ReadFile(pidPath(p.opts.folder()))
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return 0
	}
	return f.PID
}

func (p *process) stop() {
	pid := p.holder()
	if pid == 0 {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGTERM)
	eventually(p.t, 20*time.Second, "the holder ends", func() bool { return syscall.Kill(pid, 0) != nil })
	if p.t.Failed() {
		b, _ := os.ReadFile(filepath.Join(p.opts.Data, "logs", "router.log"))
		p.t.Logf("router.log:\n%s", b)
	}
}

// eventually polls until cond holds: for what happens in other processes.
func eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(within); ; {
		if cond() {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			buf := make([]byte, 1<<16)
			t.Fatalf("not within %s: %s\n%s", within, what, buf[:runtime.Stack(buf, os.Getenv("STACKS") != "")])
		}
	}
}

// local is a data plane in the test's own process, behind a real server.
type local struct {
	*plane
	t   testing.TB
	url string
}

func startLocal(t testing.TB, change func(*Options)) *local {
	t.Helper()
	opts := testOptions(t)
	opts.ProbeToken = "the-token"
	if change != nil {
		change(&opts)
	}
	opts = opts.withDefaults()
	if err := os.MkdirAll(opts.folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	p, err := newPlane(opts)
	if err != nil {
		t.Fatal(err)
	}
	k := &worker{plane: p, log: opts.Log}
	srv := httptest.NewUnstartedServer(p)
	srv.Config = k.newPublic(opts)
	srv.Start()
	t.Cleanup(srv.Close)
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); k.keepHouse(ctx) }()
	t.Cleanup(func() { stop(); <-over })
	return &local{plane: p, t: t, url: srv.URL}
}

// putRoute fails the test if the route is refused.
func (l *local) putRoute(r davit.Route) {
	l.t.Helper()
	if err := l.put(r); err != nil {
		l.t.Fatal(err)
	}
}

// counts sums what was measured of a release under a mark since it was last
// asked for.
func (l *local) counts(release string, mark davit.Mark) davit.Sample {
	l.t.Helper()
	l.meter.collect(time.Now().Unix())
	l.meter.mu.Lock()
	defer l.meter.mu.Unlock()
	var sum davit.Sample
	for _, b := range l.meter.own.batches {
		for _, s := range b.Samples {
			if s.Release == release && s.Mark == mark {
				sum = addSample(sum, s)
			}
		}
	}
	return sum
}

func addSample(a, b davit.Sample) davit.Sample {
	a.Requests += b.Requests
	a.Errors += b.Errors
	a.Bytes += b.Bytes
	a.Refused += b.Refused
	a.Retries += b.Retries
	for i := range a.Status {
		a.Status[i] += b.Status[i]
	}
	a.Hist = append(a.Hist, b.Hist...)
	return a
}

// instance starts a backend that answers with its name unless fn is given.
func instance(t testing.TB, name string, fn http.HandlerFunc) davit.Backend {
	t.Helper()
	if fn == nil {
		fn = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Instance", name)
			_, _ = w.Write([]byte(name))
		}
	}
	srv := httptest.NewUnstartedServer(fn)
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	srv.Config.Protocols = &protocols
	srv.Start()
	t.Cleanup(srv.Close)
	return davit.Backend{Instance: name, Address: srv.Listener.Addr().String()}
}

// shop is a route with a stable version and, with a share, a new one.
func shop(revision uint64, share davit.Weight, stable, fresh []davit.Backend) davit.Route {
	r := davit.Route{
		Service: "shop", Environment: "production", Epoch: 1, Revision: revision, Hosts: []string{"shop.localhost"}, Salt: "shop/1/",
		Versions: []davit.RouteVersion{{Release: "shop-1", Weight: davit.Full - share, Backends: stable}},
	}
	if fresh != nil {
		r.Versions = append(r.Versions, davit.RouteVersion{Release: "shop-2", New: true, Weight: share, Backends: fresh})
	}
	return r
}

// newRequest makes one for the shop's host.
func newRequest(t testing.TB, method, url string, change func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "shop.localhost"
	if change != nil {
		change(r)
	}
	return r
}
