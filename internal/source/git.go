package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

const (
	gitTimeout = 10 * time.Minute // of one command that reads or checks out
	gitOutput  = 64 << 20         // bytes of its answer
)

// command returns `git args…` on the repository in folder, which may be empty.
func (r *Repositories) command(ctx context.Context, folder string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, r.git, args...)
	cmd.Dir = r.dir
	cmd.Env = r.environment()
	if folder != "" {
		cmd.Env = append(cmd.Env, "GIT_DIR="+folder)
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// environment is all that git sees.
func (r *Repositories) environment() []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1", "GIT_OPTIONAL_LOCKS=0",
	}
	settings := [][2]string{
		{"safe.directory", "*"}, // the data folder may belong to another user than the one who serves it
		{"protocol.allow", "never"},
		{"protocol.ext.allow", "never"},
		{"core.hooksPath", r.hooks},
		{"core.fsmonitor", "false"},
		{"core.quotePath", "false"},
		{"core.protectHFS", "true"},
		{"core.protectNTFS", "true"},
		{"advice.detachedHead", "false"},
	}
	env = append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
	for i, s := range settings {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, s[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, s[1]))
	}
	return env
}

// read runs a git command to its end and returns what it printed.
func (r *Repositories) read(ctx context.Context, folder string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, gitTimeout)
	defer cancel()
	var out, errs bounded
	out.most, errs.most = gitOutput, 4096
	cmd := r.command(ctx, folder, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], gitError{err, strings.TrimSpace(errs.String())})
	}
	if out.cut {
		return nil, &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("git %s answered more than %d MB", args[0], gitOutput>>20)}
	}
	return out.Bytes(), nil
}

// gitError is what git said when it failed.
type gitError struct {
	err  error
	text string
}

// Error returns what git said.
func (e gitError) Error() string {
	if e.text == "" {
		return e.err.Error()
	}
	return e.text
}

// Unwrap returns how git ended.
func (e gitError) Unwrap() error { return e.err }

// status returns git's exit status, or -1 when it did not exit by itself.
func status(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}

// bounded is a buffer that drops what comes after its first bytes.
type bounded struct {
	bytes.Buffer
	most int
	cut  bool
}

// Write keeps what has room and takes everything.
func (b *bounded) Write(p []byte) (int, error) {
	room := max(b.most-b.Len(), 0)
	b.cut = b.cut || len(p) > room
	b.Buffer.Write(p[:min(room, len(p))])
	return len(p), nil
}

// ReadFrom keeps io.Copy from going around Write.
func (b *bounded) ReadFrom(from io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{b}, from)
}
