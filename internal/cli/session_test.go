package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/davit-cd/davit/internal/api"
)

// at is a call of the program in a made-up environment.
func at(t *testing.T, env map[string]string) (*line, *bytes.Buffer) {
	t.Helper()
	out := &bytes.Buffer{}
	if env["HOME"] == "" {
		env["HOME"] = t.TempDir()
	}
	return &line{Env: Env{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Dir: t.TempDir(), Getenv: func(k string) string { return env[k] }}}, out
}

// TestTokenStaysHere holds that the admin token of this machine is never sent
// to another one.
func TestTokenStaysHere(t *testing.T) {
	home := t.TempDir()
	data := filepath.Join(home, ".local", "state", "davit")
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "admin.token"), []byte("dvt_admin\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, _ := at(t, map[string]string{"HOME": home})
	for address, want := range map[string]string{
		"http://127.0.0.1:7400": "dvt_admin", "http://localhost:7400": "dvt_admin", "http://[::1]:7400": "dvt_admin", "http://127.9.9.9": "dvt_admin",
		"http://example.com": "", "http://127.0.0.1.example.com": "", "http://localhost.example.com": "", "http://10.0.0.1:7400": "", "http://0.0.0.0:7400": "",
	} {
		if got := a.token(address); got != want {
			t.Errorf("%s gets %q", address, got)
		}
	}
	a, _ = at(t, map[string]string{"HOME": home, "DAVIT_TOKEN": "dvt_mine"})
	if got := a.token("http://example.com"); got != "dvt_mine" {
		t.Errorf("a token of one's own: %q", got)
	}
}

// TestAddress holds where the server is looked for, in order.
func TestAddress(t *testing.T) {
	home := t.TempDir()
	a, _ := at(t, map[string]string{"HOME": home})
	want := func(what, address string) {
		t.Helper()
		if got, err := a.address(); err != nil || got != address {
			t.Errorf("%s: %q %v, want %q", what, got, err, address)
		}
	}
	want("nothing is known", "http://127.0.0.1:7400")
	if err := os.MkdirAll(a.folder(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.folder(), urlFile), []byte("http://127.0.0.1:9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("noted", "http://127.0.0.1:9")
	a, _ = at(t, map[string]string{"HOME": home, "DAVIT_SERVER": "ci.example.com:80/"})
	want("environment", "http://ci.example.com:80")
	a.data = filepath.Join(home, ".local", "state", "davit")
	want("a data folder by name", "http://127.0.0.1:9")
	a.server = "https://x"
	want("flag", "https://x")
	for _, bad := range []string{"ftp://x", "http://", "http://u:p@x", "http://a b", "://"} {
		a.server = bad
		if got, err := a.address(); err == nil {
			t.Errorf("%q is an address: %q", bad, got)
		}
	}
}

// TestPlain holds that foreign text cannot command the terminal.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"a\tb": "a b", "\x1b[31mred\x1b[0m": "red", "a\x1b]0;title\x07b": "ab", "a\u202eb": "ab", "a\rb": "ab", "\x00\x7f": "", "日本": "日本",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := headline("first:\nsecond"); got != "first …" {
		t.Errorf("headline: %q", got)
	}
}

// TestLiveScreen draws the live screen; it fits every window.
func TestLiveScreen(t *testing.T) {
	a, _ := at(t, map[string]string{})
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := &watching{app: a, client: api.NewClient("http://127.0.0.1:7400", ""), at: begin, status: api.Status{
		Services: []api.Service{{Name: "shop", Environments: []api.Environment{{Name: "staging", Release: "shop-2", Health: "ok", Ready: 1, Wanted: 1}, {Name: "production", Release: "shop-1", Health: "degraded", Ready: 1, Wanted: 2}}}},
		Runs:     []api.Run{{ID: "shop-run-2", Phase: "deploying", Commit: "b2d4c6e8", Subject: "Take card payments", Stages: []api.Stage{{Name: "test", Phase: "passed"}}}},
		Rollouts: []api.Rollout{{ID: "shop-production-r2", Phase: "baking", Release: "shop-2", From: "shop-1", Percent: 25, Waiting: &api.Waiting{For: "the judge to pass 25 %"}}},
		Problems: []api.StatusIssue{{About: "shop production", Text: "is degraded"}},
	}}
	for i := range 300 {
		_, _ = w.Update(eventMsg(api.Event{At: begin.Add(time.Duration(i) * time.Second), Text: "something happened\x1b[2J"}))
	}
	for _, size := range [][2]int{{100, 24}, {20, 5}, {1, 1}, {0, 0}} {
		w.width, w.height = size[0], size[1]
		lines := strings.Split(w.draw(), "\n")
		if len(lines) > max(1, size[1]) {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, l := range lines {
			if ansi.StringWidth(l) > size[0] || strings.Contains(l, "\x1b[2J") {
				t.Errorf("%v: %q", size, l)
			}
		}
	}
	w.width, w.height = 100, 24
	screen := ansi.Strip(w.draw())
	for _, want := range []string{
		"! shop production: is degraded", "shop                 staging      shop-2       ok        1/1", "                     production   shop-1       degraded  1/2",
		"shop-run-2 deploying b2d4c6e8  Take card payments", "  test passed", "shop-production-r2 baking  shop-1 → shop-2", "██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 25 %", "waits for the judge to pass 25 %",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%s", want, screen)
		}
	}
}
