package runner_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/spec"
)

// TestMain lets the test program stand in for a server that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RUNNER_SERVER"); dir != "" {
		r, err := runner.New(dir, runner.Options{Path: os.Getenv("PATH")})
		if err == nil {
			_, err = r.Run(context.Background(), longJob(os.Getenv("RUNNER_MARK")))
		}
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// longJob leaves processes of all kinds.
func longJob(mark string) runner.Job {
	return job(files{"a": "1"}, "echo before; (setsid sleep "+mark+" &); sleep "+mark+" & trap '' TERM; echo ready; sleep "+mark+"; sleep "+mark)
}

// TestServerIsKilled kills a server with -9 while a stage runs; the next one ends
// what it left, and runs the same attempt again.
func TestServerIsKilled(t *testing.T) {
	r, dir := open(t, runner.Options{Grace: 100 * time.Millisecond})
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	mark := "55" + strconv.Itoa(os.Getpid())
	server := exec.Command(exe)
	server.Env = append(os.Environ(), "RUNNER_SERVER="+dir, "RUNNER_MARK="+mark)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "work/runs/shop-run-1/build.1.log")
	eventually(t, "the stage runs", func() bool {
		b, _ := os.ReadFile(log)
		return strings.Contains(string(b), "ready")
	})
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	if err := r.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	none(t, mark)
	j := longJob(mark)
	j.Stage.Steps = []spec.Step{{Name: "short", Shell: "test -e a; echo done"}}
	run(t, r, j, pipeline.OutcomePassed)
	if said := text(t, r, j); !strings.Contains(said, "before") || !strings.Contains(said, "the attempt starts again") || !strings.Contains(said, "short out: done") {
		t.Errorf("log:\n%s", said)
	}
	_ = r.Close()
	left, _ := filepath.Glob(filepath.Join(dir, "work/runs/*/*"))
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// eventually polls: what is waited for happens in another process.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it does not happen that %s", what)
		}
	}
}

// TestAskedForTwice holds that the same attempt does not run beside itself, and
// that reaping does not touch what is under way.
func TestAskedForTwice(t *testing.T) {
	r, _ := open(t, runner.Options{})
	shared := t.TempDir()
	j := job(nil, "mkdir "+shared+"/lock; echo > "+shared+"/began; while ! test -e "+shared+"/go; do sleep 0.01; done; rmdir "+shared+"/lock")
	outcomes := make(chan error, 2)
	start := func() {
		out, err := r.Run(t.Context(), j)
		if out.Outcome != pipeline.OutcomePassed {
			err = errors.Join(err, errors.New(out.Reason))
		}
		outcomes <- err
	}
	go start()
	eventually(t, "the first runs", func() bool { _, err := os.Stat(shared + "/began"); return err == nil })
	go start()
	if err := errors.Join(r.Reap(t.Context(), j.Run, "build"), r.Recover(t.Context())); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(shared+"/go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-outcomes; err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkStage measures what a stage costs besides its steps.
func BenchmarkStage(b *testing.B) {
	r, err := runner.New(b.TempDir(), runner.Options{})
	if err != nil {
		b.Fatal(err)
	}
	j := job(files{"a": "1"}, "true")
	for b.Loop() {
		if out, err := r.Run(b.Context(), j); err != nil || out.Outcome != pipeline.OutcomePassed {
			b.Fatal(out, err)
		}
	}
	_ = r.Close()
}
