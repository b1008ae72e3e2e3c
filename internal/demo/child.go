package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
)

// child is the server of the demo, a process of its own.
type child struct {
	cmd    *exec.Cmd
	ended  chan struct{} // closed when it has ended …
	how    error         // … which is when this is known
	log    string
	client *api.Client
	data   string
	listen string
	router string
}

const startWithin = 30 * time.Second

// startServer starts `davit server` on a data folder and waits until it is ready.
func startServer(ctx context.Context, executable, data string) (*child, error) {
	c := &child{data: data, log: filepath.Join(data, "server.log"), ended: make(chan struct{})}
	var err error
	if c.listen, err = address(ctx, "127.0.0.1:7400"); err != nil {
		return nil, err
	}
	if c.router, err = address(ctx, "127.0.0.1:7480"); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	defer out.Close()
	//nolint:noctx // it is ended in order, by stop
	c.cmd = exec.Command(executable, "server", "--data", data, "--listen", c.listen, "--router", c.router, "--pass", "GOCACHE,GOPROXY,GOFLAGS,GOSUMDB,GONOSUMDB")
	c.cmd.Stdout, c.cmd.Stderr = out, out
	c.cmd.Env = append(os.Environ(), "GOCACHE="+goCache(ctx))
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // ^C is for the demo, which ends it in order
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	go func() {
		defer close(c.ended)
		c.how = c.cmd.Wait()
	}()
	return c, c.ready(ctx)
}

// ready waits until the server answers.
func (c *child) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		token, err := os.ReadFile(filepath.Join(c.data, app.TokenFile))
		if err == nil {
			c.client = api.NewClient("http://"+c.listen, strings.TrimSpace(string(token)))
			if err = c.client.Alive(ctx); err == nil {
				return nil
			}
		}
		select {
		case <-c.ended:
			return fmt.Errorf("the server ended at once: %w\n%s", errors.Join(c.how), c.lastLog())
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready within %s: %w\n%s", startWithin, err, c.lastLog())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *child) lastLog() string {
	data, _ := os.ReadFile(c.log)
	if n := len(data); n > 2000 {
		data = data[n-2000:]
	}
	return string(bytes.TrimSpace(data))
}

// stop ends server, services and router, in this order.
func (c *child) stop(ctx context.Context) error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(20 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
	return app.Down(ctx, c.data)
}

// address returns the usual address if it is free, else one that is.
func address(ctx context.Context, usual string) (string, error) {
	var lc net.ListenConfig
	for _, at := range []string{usual, "127.0.0.1:0"} {
		l, err := lc.Listen(ctx, "tcp", at)
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String(), nil
	}
	return "", errors.New("start server: no port is free on this machine")
}

// goCache is the compiler's cache of whoever runs the demo: the sample is built
// with what is compiled already.
func goCache(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
