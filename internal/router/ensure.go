package router

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

// startWithin is how long a router may take until it serves.
const startWithin = 15 * time.Second

// Ensure returns a client of the data folder's router. One that runs is kept;
// if it is of another version, its worker is replaced. Else one is started,
// detached: it goes on when this process ends.
func Ensure(ctx context.Context, opts Options) (*Client, error) {
	opts = opts.withDefaults()
	c := NewClient(opts.Data)
	if opts.Executable == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("start the router: %w", err)
		}
		opts.Executable = self
	}
	if state, err := c.probe(ctx); err == nil {
		if state.Version == opts.Version {
			return c, nil
		}
		if err := c.Upgrade(ctx, opts.Executable, opts.WorkerArgs); err != nil {
			return c, fmt.Errorf("upgrade the router from %s to %s: %w", state.Version, opts.Version, err)
		}
		return c, nil
	}
	over, err := startHolder(opts)
	if err != nil {
		return nil, err
	}
	return c, c.awaitStart(ctx, opts, over)
}

// probe asks for the state; it gives up at once if there is nobody.
func (c *Client) probe(ctx context.Context) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var s State
	err := c.call(ctx, http.MethodGet, "/v1/state", nil, &s)
	return s, err
}

// startHolder starts a holder in a session of its own. What it has to say goes
// to a log in the data folder.
func startHolder(opts Options) (<-chan error, error) {
	logs := filepath.Join(opts.Data, "logs")
	for _, dir := range []string{logs, opts.folder()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("start the router: %w", err)
		}
	}
	out, err := os.OpenFile(filepath.Join(logs, "router.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start the router: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(opts.Executable, opts.HolderArgs...) //nolint:noctx // it outlives this process
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), opts.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the router: %w", err)
	}
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }() // no zombie as long as this process lives
	return over, nil
}

// awaitStart waits until the router answers. A holder that ends at once may
// have found another one just starting.
func (c *Client) awaitStart(ctx context.Context, opts Options, over <-chan error) error {
	deadline := time.NewTimer(startWithin)
	defer deadline.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	ended := false
	for {
		if _, err := c.probe(ctx); err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-over:
			over, ended = nil, true
			deadline.Reset(2 * time.Second)
		case <-ctx.Done():
			return fmt.Errorf("start the router: %w", context.Cause(ctx))
		case <-deadline.C:
			text := fmt.Sprintf("start the router on %s: it did not answer within %s", opts.Listen, startWithin)
			if ended {
				text = fmt.Sprintf("start the router on %s: it ended at once", opts.Listen)
			}
			return &davit.Error{
				Kind: davit.Unavailable, Text: text,
				Hint: "its log says why: " + filepath.Join(opts.Data, "logs", "router.log"),
			}
		}
	}
}
