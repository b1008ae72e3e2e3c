package process

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

func TestRestartsWhatDies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("die")
	w.ensure(l, 1, 1)
	first := w.await(l, 1)[0]
	fetch(t, "http://"+first.Address+"/die")
	eventually(t, "it is ready again", func() bool {
		i := w.Instances("", "")[0]
		return i.State == davit.Ready && i.Restarts == 1 && i.Address == first.Address
	})
	if !strings.Contains(w.log(1), "davit: the process ended with exit status 7") {
		t.Errorf("the log does not say how it died:\n%s", w.log(1))
	}
	for range 2 {
		eventually(t, "it answers", func() bool { s, _ := fetch(t, "http://"+first.Address+"/"); return s == 200 })
		fetch(t, "http://"+first.Address+"/die")
	}
	eventually(t, "the crash loop is seen", func() bool { return w.saw(davit.CrashLoop) })
	eventually(t, "it comes out of it", func() bool { return w.Instances("", "")[0].State == davit.Ready })
}

// saw reports whether a state was reported.
func (w *world) saw(s davit.InstanceState) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.reports {
		if r.State == s {
			return true
		}
	}
	return false
}

func TestReadinessAndLiveness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	l := w.load("switch", dir)
	l.Live = davit.Check{HTTP: "/live", Interval: 50 * time.Millisecond, Timeout: time.Second, Failures: 2}
	w.ensure(l, 1, 1)
	w.await(l, 1)
	answer := func(path string, status int) {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(strconv.Itoa(status)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	state := func() davit.InstanceState { return w.Instances("", "")[0].State }
	answer("ready", 503)
	eventually(t, "not ready", func() bool { return state() == davit.NotReady })
	if r := w.Instances("", "")[0].Reason; r != "GET /ready: 503 Service Unavailable" {
		t.Errorf("reason: %q", r)
	}
	answer("ready", 200)
	eventually(t, "ready again", func() bool { return state() == davit.Ready })
	before := w.pid("shop-1-production-1")
	answer("live", 500)
	eventually(t, "restarted", func() bool { return w.Instances("", "")[0].Restarts == 1 })
	answer("live", 200)
	eventually(t, "ready again", func() bool { return state() == davit.Ready })
	if before.alive() || !strings.Contains(w.log(1), "davit: restarted because the liveness check failed: GET /live: 500 Internal Server Error") {
		t.Errorf("log:\n%s", w.log(1))
	}
}

func TestChecksByConnectionAndCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("good")
	l.Ready = davit.Check{TCP: true}
	w.ensure(l, 1, 1)
	w.await(l, 1)
	c := w.load("good")
	c.Release = "shop-2"
	c.Ready = davit.Check{Command: []string{"sh", "-c", `test "$DAVIT_RELEASE" = shop-2 && test -n "$PORT"`}}
	w.ensure(c, 1, 1)
	w.await(c, 1)
	bad := w.load("good")
	bad.Release, bad.StartWithin = "shop-3", 500*time.Millisecond
	bad.Ready = davit.Check{Command: []string{"sh", "-c", "echo no database; exit 4"}}
	w.ensure(bad, 1, 1)
	if _, err := w.Await(t.Context(), "shop-3", "production", 1); err == nil || !strings.Contains(err.Error(), "command sh: exit status 4: no database") {
		t.Errorf("got %v", err)
	}
}

func TestStubbornServiceIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("stubborn")
	l.Ready = davit.Check{TCP: true}
	l.StopWithin = 300 * time.Millisecond
	w.ensure(l, 1, 1)
	w.await(l, 1)
	p := w.pid("shop-1-production-1")
	begin := time.Now()
	w.stop(l, 2)
	if took := time.Since(begin); p.alive() || took < l.StopWithin || took > 5*time.Second {
		t.Errorf("alive %v after %v", p.alive(), took)
	}
	if !strings.Contains(w.log(1), "davit: still running 300ms after SIGTERM; killed") {
		t.Errorf("log:\n%s", w.log(1))
	}
}

func TestStaticSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) {
		o.Unpack = func(_ context.Context, _ davit.Digest, dir string) error {
			return os.CopyFS(dir, os.DirFS("testdata/site"))
		}
	})
	l := w.load("")
	l.Command, l.Static, l.Artifact = nil, "public", davit.DigestOf([]byte("site"))
	l.Ready = davit.Check{HTTP: "/"}
	w.ensure(l, 1, 1)
	i := w.await(l, 1)[0]
	for path, want := range map[string]int{"/": 200, "/about": 200, "/sub": 200, "/sub/": 200, "/none": 404, "/.env": 404, "/../secret.txt": 404, "/%2e%2e/secret.txt": 404, "/.well-known/x": 200, "/link": 404, "/empty/": 404} {
		if got, body := fetch(t, "http://"+i.Address+path); got != want {
			t.Errorf("GET %s: %d %s", path, got, body)
		}
	}
	unpacked := w.artifacts.path(l.Artifact)
	info, err := os.Stat(filepath.Join(unpacked, "public", "index.html"))
	if err != nil || info.Mode().Perm()&0o222 != 0 {
		t.Errorf("the copy may be written: %v %v", info, err)
	}
	w.stop(l, 2)
	if _, err := os.Stat(unpacked); err == nil {
		t.Error("the unpacked artifact was left")
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("DAVIT_TEST_LEAK", "server-only")
	w := newWorld(t)
	l := w.load("env")
	l.Env = map[string]string{"GREETING": "hello", "PORT": "1", "DAVIT_COMMIT": "abc"}
	w.ensure(l, 1, 1)
	i := w.await(l, 1)[0]
	var log string
	eventually(t, "all is printed", func() bool { log = w.log(1); return strings.Contains(log, "TMPDIR=") })
	_, port, _ := strings.Cut(i.Address, ":")
	for _, want := range []string{"GREETING=hello", "PORT=" + port, "HOST=127.0.0.1", "DAVIT_SERVICE=shop", "DAVIT_ENVIRONMENT=production", "DAVIT_RELEASE=shop-1", "DAVIT_COMMIT=abc", "DAVIT_INSTANCE=shop-1-production-1"} {
		if !strings.Contains("\n"+log, "\n"+want+"\n") {
			t.Errorf("%s is not in\n%s", want, log)
		}
	}
	if strings.Contains(log, "server-only") {
		t.Error("the environment of the server leaks into the service")
	}
}

func TestPortsAreNotSharedBetweenServers(t *testing.T) {
	t.Parallel()
	narrow := func(o *Options) { o.FirstPort, o.LastPort = 19990, 19993 }
	a, b := newWorld(t, narrow), newWorld(t, narrow)
	l := a.load("good")
	a.ensure(l, 2, 1)
	b.ensure(l, 2, 1)
	seen := map[string]bool{}
	for _, i := range append(a.await(l, 2), b.await(l, 2)...) {
		seen[i.Address] = true
	}
	if len(seen) != 4 {
		t.Errorf("ports: %v", seen)
	}
	if err := a.Ensure(t.Context(), l, 3, 1); davit.KindOf(err) != davit.Unavailable {
		t.Errorf("a fifth port of four: %v", err)
	}
	b.stop(l, 2)
	a.ensure(l, 3, 1)
	a.await(l, 3)
}

func TestHTTP2Check(t *testing.T) {
	t.Parallel()
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	s := &http.Server{Addr: "127.0.0.1:19980", Protocols: &p, Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
	go func() { _ = s.ListenAndServe() }()
	defer s.Close()
	check := withDefaults(davit.Check{HTTP: "/x"})
	eventually(t, "it answers", func() bool {
		what, ok := probe{port: 19980, protocol: "h2c"}.try(t.Context(), check)
		return what == "GET /x: 404 Not Found" && !ok
	})
}

// TestNoSecretInSight looks for a secret wherever the target writes, and in
// what others see of the process.
func TestNoSecretInSight(t *testing.T) {
	t.Parallel()
	const value = "correct-horse-battery"
	w := newWorld(t, func(o *Options) {
		o.Secrets = func(context.Context, string, string, []string) (map[string]string, error) {
			return map[string]string{"db": value}, nil
		}
	})
	l := w.load("secrets")
	l.Secrets = []davit.SecretRef{{Name: "db", Env: "PASSWORD"}, {Name: "db", File: "key"}}
	w.ensure(l, 1, 1)
	w.await(l, 1)
	eventually(t, "it printed", func() bool { return strings.Contains(w.log(1), "password *** key *** <nil>") })
	w.reopen()
	w.await(l, 1)
	p := w.pid("shop-1-production-1")
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID)); err == nil && bytes.Contains(b, []byte(value)) {
		t.Error("the secret is in the command line")
	}
	out, err := exec.CommandContext(t.Context(), "grep", "-rlaF", value, w.data).CombinedOutput()
	if err == nil {
		t.Errorf("the secret is in %s", out)
	}
	dir := w.secretDir("shop-1-production-1")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	w.stop(l, 2)
	if _, err := os.Stat(dir); err == nil {
		t.Error("the secret files were left")
	}
}
