package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/lab/uml"
)

// soon is how long anything in these tests may take that should not take long.
const soon = 60 * time.Second

// await polls until done says so. It is the only place that waits for the
// outside; text says what was waited for and what is there instead.
func await(t testing.TB, within time.Duration, what string, done func() (ok bool, instead string)) {
	t.Helper()
	deadline, atMost := time.Now().Add(within), 50*time.Millisecond
	if uml.Inside() { // asking costs more there
		atMost = 500 * time.Millisecond
	}
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, atMost) {
		ok, instead := done()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s; instead: %s", within, what, instead)
		}
		<-time.After(pause)
	}
}

// machine is a data folder with a server, a router and a repository.
type machine struct {
	t        testing.TB
	data     string
	listen   string
	router   string
	repo     string // the developer's clone
	client   *api.Client
	server   *exec.Cmd
	over     chan struct{}        // closed when server has ended
	force    bool                 // a person sends rollouts on that wait long for the judge
	patience time.Duration        // of that person; 0: 3 s
	met      map[string]time.Time // when that person first saw a rollout bake in a step
	log      *os.File
}

// newMachine makes a machine and starts its server.
func newMachine(t testing.TB) *machine {
	t.Helper()
	data, err := os.MkdirTemp("", "davit-")
	must(t, err)
	m := newMachineIn(t, data)
	m.start()
	m.ready()
	return m
}

// newMachineIn makes a machine without starting it.
func newMachineIn(t testing.TB, data string) *machine {
	t.Helper()
	logs, err := os.CreateTemp("", "davit-test-*.log") //nolint:usetesting // it is kept, when asked, after a failed test
	must(t, err)
	repo, err := os.MkdirTemp("", "davit-clone-")
	must(t, err)
	m := &machine{t: t, data: data, listen: freeAddress(t), router: freeAddress(t), repo: repo, log: logs, met: map[string]time.Time{}}
	t.Cleanup(m.close)
	m.git("init", "--quiet", "--initial-branch=main")
	return m
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// freeAddress returns an address that nobody listens on. It is none of those
// that outgoing connections are given: the load would take it before the
// server does.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(10_000))
		if _, taken := addresses.LoadOrStore(address, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			must(t, l.Close())
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

// addresses are those given out by freeAddress.
var addresses sync.Map

// start starts a server; env are further variables, such as endsAt.
func (m *machine) start(env ...string) {
	m.t.Helper()
	self, err := os.Executable()
	must(m.t, err)
	cmd := exec.Command(self, "server", "--data", m.data, "--listen", m.listen, "--router", m.router)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), m.log, m.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(m.t, cmd.Start())
	over := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(over)
	}()
	m.server, m.over = cmd, over
}

// running reports whether the server is there.
func (m *machine) running() bool {
	select {
	case <-m.over:
		return false
	default:
		return m.server != nil
	}
}

// ready waits until the server answers, or has ended.
func (m *machine) ready() {
	m.t.Helper()
	await(m.t, soon, "the server to answer", func() (bool, string) {
		if !m.running() {
			return true, ""
		}
		token, err := os.ReadFile(filepath.Join(m.data, app.TokenFile))
		if err != nil {
			return false, err.Error()
		}
		m.client = api.NewClient("http://"+m.listen, strings.TrimSpace(string(token)))
		if err := m.client.Alive(m.t.Context()); err != nil {
			return false, err.Error()
		}
		return true, ""
	})
}

// end sends the server a signal and waits until it is gone.
func (m *machine) end(s syscall.Signal) {
	m.t.Helper()
	_ = m.server.Process.Signal(s)
	m.ended()
}

func (m *machine) ended() {
	m.t.Helper()
	select {
	case <-m.over:
	case <-time.After(soon):
		m.t.Fatalf("the server did not end within %s", soon)
	}
}

func (m *machine) close() {
	if m.server != nil {
		_ = m.server.Process.Signal(syscall.SIGTERM)
		select {
		case <-m.over:
		case <-time.After(20 * time.Second):
			_ = m.server.Process.Kill()
			<-m.over
		}
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if err := app.Down(ctx, m.data); err != nil {
			m.t.Errorf("down: %v", err)
		}
		for _, p := range m.processes() {
			m.t.Errorf("left behind: %s", p)
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
		}
	}
	_ = m.log.Close()
	text, _ := os.ReadFile(m.log.Name())
	if i := max(bytes.Index(text, []byte("DATA RACE")), bytes.Index(text, []byte("panic: "))); i >= 0 {
		m.t.Errorf("the server's log has:\n%s", text[i:min(len(text), i+4000)])
	}
	if m.t.Failed() {
		m.t.Logf("log of %s:\n%s", m.data, last(text, 6000))
	}
	if os.Getenv("DAVIT_TEST_KEEP") != "" && m.t.Failed() {
		m.t.Logf("kept: %s", m.data)
		return
	}
	for _, path := range []string{m.data, m.repo, m.log.Name()} {
		_ = os.RemoveAll(path)
	}
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// --- repository ---

func (m *machine) gitCommand(args ...string) *exec.Cmd {
	cmd := exec.Command("git", args...)
	cmd.Dir = m.repo
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ana", "GIT_AUTHOR_EMAIL=ana@example.com", "GIT_COMMITTER_NAME=Ana", "GIT_COMMITTER_EMAIL=ana@example.com")
	if m.client != nil {
		secret := base64.StdEncoding.EncodeToString([]byte("davit:" + m.client.Token))
		cmd.Env = append(cmd.Env, "GIT_CONFIG_COUNT=2",
			"GIT_CONFIG_KEY_0=http.extraHeader", "GIT_CONFIG_VALUE_0=Authorization: Basic "+secret,
			"GIT_CONFIG_KEY_1=http.extraHeader", "GIT_CONFIG_VALUE_1="+api.QuietHeader+": 1")
	}
	return cmd
}

func (m *machine) git(args ...string) string {
	m.t.Helper()
	out, err := m.gitCommand(args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("git %s: %v: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// write writes a file of the clone.
func (m *machine) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.repo, name)
	must(m.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(m.t, os.WriteFile(path, []byte(text), 0o600))
}

// commit makes a commit of everything in the clone and returns it.
func (m *machine) commit(subject string) string {
	m.t.Helper()
	m.git("add", "--all")
	m.git("commit", "--quiet", "--allow-empty", "--message", subject)
	return m.git("rev-parse", "HEAD")
}

// tryPush pushes main and returns what git said.
func (m *machine) tryPush(args ...string) (string, error) {
	args = append([]string{"push", "--quiet"}, args...)
	out, err := m.gitCommand(append(args, "http://"+m.listen+"/git/shop.git", "main")...).CombinedOutput()
	return string(out), err
}

// ship commits a version with a behaviour, pushes it and returns the commit.
func (m *machine) ship(subject, behaviour string) string {
	m.t.Helper()
	m.write("behaviour", "# "+subject+"\n"+behaviour+"\n")
	commit := m.commit(subject)
	if out, err := m.tryPush(); err != nil {
		m.t.Fatalf("push: %v: %s", err, out)
	}
	return commit
}

// configure writes davit.yaml: a service in two environments, with settings
// that make a rollout quick and the judge quick to be sure.
func (m *machine) configure(strategy, more string) {
	m.t.Helper()
	self, err := os.Executable()
	must(m.t, err)
	m.write("davit.yaml", fmt.Sprintf(`service: shop
build: mkdir -p out && cp behaviour out/
package: out
run:
  command: [%q, service]
  health: {ready: {http: /healthz, interval: 100ms}}
  start_within: 10s
  stop_within: 2s
environments:
  staging:
    instances: 1
    strategy: {rolling: {hold: 0s}}
    settle: 0s
    drain: 2s
  production:
    strategy: {%s}
    instances: 2
    judge: {min_bake: 1s, min_requests: 1, margin: 20%%, beta: 0.2, warmup: 1s, deadline: 40s}
    settle: 1s
    drain: 5s
%s`, self, strategy, more))
}

// --- what the server says ---

// get reads one thing and fails the test if it cannot be read.
func get[T any](m *machine, id string, params api.Params) T {
	m.t.Helper()
	v, err := api.Get[T](m.t.Context(), m.client, id, params)
	if err != nil {
		m.t.Fatalf("%s %v: %v", id, params, err)
	}
	return v
}

// runsOf returns the runs of a commit.
func (m *machine) runsOf(commit string) []api.Run {
	m.t.Helper()
	var runs []api.Run
	for _, r := range get[api.Page[api.Run]](m, "list-runs", api.Params{"limit": "20"}).Items {
		if r.Commit == commit {
			runs = append(runs, r)
		}
	}
	return runs
}

// awaitRun waits until the only run of a commit, and every rollout, is over.
func (m *machine) awaitRun(commit string) api.Run {
	m.t.Helper()
	var run api.Run
	await(m.t, 2*soon, "the run of "+commit, func() (bool, string) {
		runs := m.runsOf(commit)
		if len(runs) == 0 {
			return false, "there is none"
		}
		if len(runs) > 1 {
			m.t.Fatalf("commit %s has %d runs", commit, len(runs))
		}
		run = runs[0]
		m.sendOn()
		return run.Final, fmt.Sprintf("%s %+v", run.Phase, run.Deployments)
	})
	m.quiet()
	return run
}

// quiet waits until no rollout is under way.
func (m *machine) quiet() {
	m.t.Helper()
	await(m.t, 2*soon, "all rollouts to be over", func() (bool, string) {
		for _, r := range get[api.Page[api.Rollout]](m, "list-rollouts", api.Params{"limit": "20"}).Items {
			if !r.Final {
				m.sendOn()
				return false, fmt.Sprintf("%s is %s: %s", r.ID, r.Phase, r.Reason)
			}
		}
		return true, ""
	})
}

// sendOn is a person who does not wait for the judge: on a machine that others
// keep busy it may take long until a version is shown to be no slower.
func (m *machine) sendOn() {
	if !m.force {
		return
	}
	rollouts, err := api.Get[api.Page[api.Rollout]](m.t.Context(), m.client, "list-rollouts", api.Params{"limit": "3"})
	if err != nil {
		return
	}
	patience := m.patience
	if patience == 0 {
		patience = 3 * time.Second
	}
	for _, r := range rollouts.Items {
		judged := r.Phase == "baking" && (r.Steps[r.Step].Judge == "pass" || r.Steps[r.Step].Judge == "mirror")
		if !judged {
			continue
		}
		// By the clock of the test, which nobody sets.
		step := fmt.Sprintf("%s %d", r.ID, r.Step)
		if m.met[step].IsZero() {
			m.met[step] = time.Now()
		}
		if time.Since(m.met[step]) > patience {
			// A refusal is as good: it has gone on by itself.
			_ = m.client.Call(m.t.Context(), "advance-rollout", api.Params{"rollout": r.ID}, api.Advance{Force: true, Reason: "it has baked long enough"}, nil)
		}
	}
}

func (m *machine) environment(name string) api.Environment {
	m.t.Helper()
	return get[api.Environment](m, "get-environment", api.Params{"service": "shop", "environment": name})
}

// --- users ---

// users send requests at a steady rate. What the service answers with an error
// of its own is bad; what the router refuses, or nobody answers, has failed.
type users struct {
	client *http.Client
	url    string
	host   string
	stop   context.CancelFunc
	under  sync.WaitGroup

	sent, bad atomic.Int64
	mu        sync.Mutex
	failed    []string
}

// load lets users come to a host until the test ends.
func (m *machine) load(host string, rate int) *users {
	ctx, stop := context.WithCancel(context.Background())
	u := &users{
		url: "http://" + m.router + "/buy", host: host, stop: stop,
		client: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	u.under.Go(func() {
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				u.under.Go(u.one)
			}
		}
	})
	m.t.Cleanup(u.leave)
	return u
}

func (u *users) one() {
	q, err := http.NewRequest(http.MethodGet, u.url, nil)
	if err != nil {
		return
	}
	q.Host = u.host
	u.sent.Add(1)
	a, err := u.client.Do(q)
	if err != nil {
		u.fail(err.Error())
		return
	}
	text, err := io.ReadAll(a.Body)
	_ = a.Body.Close()
	switch {
	case err != nil:
		u.fail(err.Error())
	case a.StatusCode == http.StatusInternalServerError:
		u.bad.Add(1)
	case a.StatusCode != http.StatusOK:
		u.fail(a.Status + " " + string(last(text, 200)))
	}
}

func (u *users) fail(text string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failed = append(u.failed, time.Now().Format("15:04:05.000 ")+text)
}

// failures returns what has failed since the last call.
func (u *users) failures() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.failed
	u.failed = nil
	return f
}

// leave stops the users and waits for those under way.
func (u *users) leave() {
	u.stop()
	u.under.Wait()
	u.client.CloseIdleConnections()
}
