package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
)

// sample is an example, and the edit that makes its second version.
type sample struct {
	folder string
	needs  []string // programs that must be there
	hosts  []host
	edit   string // file
	old    string
	new    string
	adds   string // to davit.yaml: quicker than the defaults, which wait for evidence
	back   bool   // and is rolled back by a person in the end
}

// host is a page of an example: what it holds before and after the edit.
type host struct{ service, before, after string }

const quick = `
environments:
  production: {strategy: {rolling: {hold: 1s}}, settle: 1m}
`

func samples() []sample {
	return []sample{
		{
			folder: "go", needs: []string{"go"}, adds: quick, back: true, edit: "behaviour.go", old: "Welcome to the chandlery.", new: "Welcome aboard.",
			hosts: []host{{"shop", "Welcome to the chandlery.", "Welcome aboard."}},
		},
		{
			folder: "node", needs: []string{"node"}, back: true, edit: "server.js", old: "Tides of the harbour", new: "Water at the pier",
			hosts: []host{{"tides", "Tides of the harbour", "Water at the pier"}},
		},
		{
			folder: "python", needs: []string{"python3"}, edit: "app.py", old: "Log of the harbour", new: "Log of the Tern",
			hosts: []host{{"logbook", "Log of the harbour\nlantern: lit", "Log of the Tern\nlantern: lit"}},
		},
		{
			folder: "static", edit: "public/index.html", old: "Welcome to the harbour", new: "Welcome ashore",
			hosts: []host{{"harbour", "Welcome to the harbour", "Welcome ashore"}},
		},
		{
			folder: "monorepo", needs: []string{"go", "node"}, edit: "board/server.js", old: "Arrivals today", new: "Arrivals this morning",
			hosts: []host{{"berths", `"free":[2,5]`, `"free":[2,5]`}, {"board", "Arrivals today", "Arrivals this morning"}},
		},
	}
}

// TestExamples deploys each example as a person would, twice, with a real
// server, router and repository: the first version by davit ship, the second by
// git push, while requests keep coming. None of them may fail. A rollback by
// hand brings the first version back.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short: the examples are not deployed")
	}
	h := newHarbour(t)
	for _, s := range samples() {
		t.Run(s.folder, func(t *testing.T) {
			for _, program := range s.needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("SKIPPED: %s is not installed: examples/%s is not deployed", program, s.folder)
				}
			}
			t.Parallel()
			h.deploy(t, s)
		})
	}
}

// harbour is a running server.
type harbour struct {
	data   string
	url    string
	router string
	home   string
}

func newHarbour(t *testing.T) *harbour {
	t.Helper()
	h := &harbour{data: filepath.Join(t.TempDir(), "data"), home: t.TempDir(), router: freeAddress(t)}
	listen := freeAddress(t)
	h.url = "http://" + listen
	var out bytes.Buffer
	cmd := exec.Command("davit", "server", "--data", h.data, "--listen", listen, "--router", h.router, "--pass", "GOCACHE,GOPROXY,GOFLAGS,CGO_ENABLED")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOCACHE="+goCache(t))
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if err := app.Down(context.Background(), h.data); err != nil {
			t.Errorf("stop services and router: %v", err)
		}
		if t.Failed() {
			t.Logf("the server said:\n%s", out.String())
		}
	})
	h.await(t)
	return h
}

// await waits until the server answers.
func (h *harbour) await(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		token, err := os.ReadFile(filepath.Join(h.data, app.TokenFile))
		if err == nil {
			if err = api.NewClient(h.url, strings.TrimSpace(string(token))).Alive(ctx); err == nil {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the server was not ready in time: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// deploy carries an example to production, then its second version.
func (h *harbour) deploy(t *testing.T, s sample) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), s.folder)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", s.folder))); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "davit.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(text, s.adds...), 0o644); err != nil {
		t.Fatal(err)
	}
	h.run(t, dir, "git", "init", "--quiet", "--initial-branch=main")
	h.run(t, dir, "git", "add", "--all")
	h.run(t, dir, "git", "commit", "--quiet", "--message=First version")
	h.run(t, dir, "davit", "--data", h.data, "ship")
	for _, page := range s.hosts {
		h.holds(t, page.service, page.before)
	}

	text, err = os.ReadFile(filepath.Join(dir, s.edit))
	if err != nil || strings.Count(string(text), s.old) != 1 {
		t.Fatalf("%s does not hold %q once: %v", s.edit, s.old, err)
	}
	if err := os.WriteFile(filepath.Join(dir, s.edit), []byte(strings.Replace(string(text), s.old, s.new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	h.run(t, dir, "git", "commit", "--quiet", "--all", "--message=Second version")
	h.run(t, dir, "git", "remote", "add", "davit", h.url+"/git/"+s.folder+".git")
	h.run(t, dir, "git", "config", "credential."+h.url+".helper", "!davit --data '"+h.data+"' credential")
	users := make(chan string, 1)
	visiting, leave := context.WithCancel(context.Background())
	defer leave()
	go func() { users <- h.visit(visiting, s.hosts) }()
	told := h.run(t, dir, "git", "push", "davit", "main")
	leave()
	if trouble := <-users; trouble != "" {
		t.Errorf("while the second version was deployed: %s", trouble)
	}
	for _, page := range s.hosts {
		h.holds(t, page.service, page.after)
		runs := 1
		if page.before != page.after {
			runs = 2
			if !strings.Contains(told, page.service+"-2") {
				t.Errorf("the push did not tell of %s-2:\n%s", page.service, told)
			}
		}
		h.hadRuns(t, dir, page.service, runs)
	}
	if s.back {
		page := s.hosts[0]
		told := h.run(t, dir, "davit", "--data", h.data, "rollback", page.service, "--to", page.service+"-1", "--reason", "a look back")
		h.holds(t, page.service, page.before)
		// While the first version is warm, nothing has to be started for it.
		if !strings.Contains(told, page.service+"-2 was taken back") && (s.adds != "" || !strings.Contains(told, page.service+"-1 serves all of")) {
			t.Errorf("the rollback told:\n%s", told)
		}
	}
}

// run runs a command that must succeed, and returns all it prints.
func (h *harbour) run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+h.home, "DAVIT_SERVER=", "DAVIT_TOKEN=", "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Ana", "GIT_AUTHOR_EMAIL=ana@example.com", "GIT_COMMITTER_NAME=Ana", "GIT_COMMITTER_EMAIL=ana@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// hadRuns holds how many runs a service has had: a commit that does not concern
// it makes none.
func (h *harbour) hadRuns(t *testing.T, dir, service string, want int) {
	t.Helper()
	var page api.Page[api.Run]
	if err := json.Unmarshal([]byte(h.run(t, dir, "davit", "--data", h.data, "runs", "--service", service, "--json")), &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != want {
		t.Errorf("%s had %d runs, want %d", service, len(page.Items), want)
	}
}

// holds asks for the page of a service through the router.
func (h *harbour) holds(t *testing.T, service, want string) {
	t.Helper()
	body, err := h.get(context.Background(), service)
	if err != nil {
		t.Errorf("%s: %v", service, err)
	} else if !strings.Contains(body, want) {
		t.Errorf("the page of %s does not hold %q:\n%s", service, want, body)
	}
}

// visit asks for the pages until ctx ends, and says what went wrong first.
func (h *harbour) visit(ctx context.Context, hosts []host) string {
	for {
		for _, page := range hosts {
			// A user who has asked waits for the answer, whatever the test does.
			body, err := h.get(context.WithoutCancel(ctx), page.service)
			if err != nil {
				return page.service + ": " + err.Error()
			}
			if !strings.Contains(body, page.before) && !strings.Contains(body, page.after) {
				return fmt.Sprintf("%s answered %q", page.service, body)
			}
		}
		select {
		case <-ctx.Done():
			return ""
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (h *harbour) get(ctx context.Context, service string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.router+"/", nil)
	if err != nil {
		return "", err
	}
	q.Host = service + ".localhost"
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(a.Body)
	if err = errors.Join(err, a.Body.Close()); err == nil && a.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", a.StatusCode, body)
	}
	return string(body), err
}

// freeAddress is an address of this machine that nobody listens on, and that no
// outgoing connection is given.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 200 {
		address := fmt.Sprintf("127.0.0.1:%d", 8500+rand.IntN(1400))
		if l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

// goCache is the compiler's cache of whoever runs the test: what it holds need
// not be compiled again.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return t.TempDir()
	}
	return strings.TrimSpace(string(out))
}
