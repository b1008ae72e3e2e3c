package main

import (
	"encoding/json"
	"errors"
	"flag"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect, and the generated reference")

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"davit": main}) }

// TestScripts runs the sessions of testdata. Each has a server of its own,
// with what world_test.go keeps in it; $VIEWER and $DEPLOYER are further tokens.
func TestScripts(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			w, err := newWorld(filepath.Join(e.WorkDir, ".world"))
			if err != nil {
				return err
			}
			s := httptest.NewServer(w.server)
			e.Defer(func() {
				s.Close()
				if err := w.store.Close(); err != nil {
					t.Error(err)
				}
			})
			e.Defer(func() { stopRouter(filepath.Join(e.WorkDir, "data")) })
			home := filepath.Join(e.WorkDir, ".home")
			if err := os.MkdirAll(filepath.Join(home, ".local/state"), 0o700); err != nil {
				return err
			}
			for k, v := range map[string]string{
				"DAVIT_SERVER": s.URL, "DAVIT_TOKEN": w.tokens["admin"], "VIEWER": w.tokens["viewer"], "DEPLOYER": w.tokens["deployer"],
				"HOME": home, "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
				"GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com", "XDG_STATE_HOME": "",
				"DOCS": filepath.Join(here, "..", "..", "docs"), "PORT_A": freePort(t), "PORT_B": freePort(t),
			} {
				e.Setenv(k, v)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "waitfor": waitFor, "examples": examples},
	})
}

// freePort returns a port that nobody listens on now.
func freePort(t *testing.T) string {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// waitFor waits until a file is there: the server runs as a process.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	ts.Fatalf("%s does not come", args[0])
}

// stopRouter ends the router that a session's server left behind, as it should.
func stopRouter(data string) {
	raw, err := os.ReadFile(filepath.Join(data, "router", "router.pid"))
	if err != nil {
		return
	}
	var router struct{ PID int }
	if err := json.Unmarshal(raw, &router); err == nil && router.PID > 1 {
		_ = syscall.Kill(router.PID, syscall.SIGTERM)
	}
}

// exits runs a command that must end with the given exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG …]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("%q is not an exit code", args[0])
	}
	err = ts.Exec(args[1], args[2:]...)
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}
