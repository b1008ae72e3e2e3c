package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bench is what all measurements share: a folder that goes at the end, and the
// binaries in it.
type bench struct {
	n       int
	verbose bool
	root    string // of the module
	work    string
	davit   string // the binary that is measured
	answer  string // a small service, see testdata/answer
	folders int
}

func newBench(ctx context.Context, n int, verbose bool) (*bench, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	work, err := os.MkdirTemp("", "davit-bench-")
	if err != nil {
		return nil, fmt.Errorf("make work folder: %w", err)
	}
	b := &bench{n: n, verbose: verbose, root: strings.TrimSpace(string(out)), work: work}
	if b.davit, err = b.build(ctx, "davit", "./cmd/davit"); err == nil {
		b.answer, err = b.build(ctx, "answer", "./bench/testdata/answer")
	}
	if err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// build compiles a program as the Makefile does. More variables may choose
// another platform.
func (b *bench) build(ctx context.Context, name, from string, env ...string) (string, error) {
	to := filepath.Join(b.work, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, from)
	cmd.Dir, cmd.Env = b.root, append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return to, nil
}

func (b *bench) close() { _ = os.RemoveAll(b.work) }

// times is how often a measurement is repeated.
func (b *bench) times(usual int) int {
	if b.n > 0 {
		return b.n
	}
	return usual
}

// folder returns the path of a fresh folder, not made yet.
func (b *bench) folder(name string) string {
	b.folders++
	return filepath.Join(b.work, fmt.Sprintf("%s-%d", name, b.folders))
}

// note tells what a repetition came to.
func (b *bench) note(format string, args ...any) {
	if b.verbose {
		fmt.Fprintf(os.Stderr, format+"\n", args...)
	}
}
