package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
)

// server is a `davit server` under measurement.
type server struct {
	bench  *bench
	data   string
	listen string
	router string
	cmd    *exec.Cmd
	ended  chan error
	took   time.Duration // from exec to /readyz 200
	client *api.Client
}

const readyWithin = 10 * time.Minute // of the slowest start: a thousand instances on a busy machine

// startServer starts a server on a data folder.
func startServer(ctx context.Context, b *bench, data string) (*server, error) {
	s := &server{bench: b, data: data}
	var err error
	if s.listen, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if s.router, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.down(ctx))
	}
	return s, nil
}

// start execs the server and waits until it is ready.
func (s *server) start(ctx context.Context) error {
	out, err := os.OpenFile(filepath.Join(s.data, "server.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	s.ended = make(chan error, 1)
	s.cmd = exec.Command(s.bench.davit, "server", "--data", s.data, "--listen", s.listen, "--router", s.router)
	s.cmd.Stdout, s.cmd.Stderr = out, out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	begun := time.Now()
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(s.cmd, s.ended)
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.took = time.Since(begun)
	token, err := os.ReadFile(filepath.Join(s.data, app.TokenFile))
	if err != nil {
		return err
	}
	s.client = api.NewClient("http://"+s.listen, strings.TrimSpace(string(token)))
	return nil
}

// ready waits for the first answer 200 to /readyz. It asks often: what is
// measured is the server, not the waiting.
func (s *server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.listen+"/readyz", nil)
		if err != nil {
			return err
		}
		if a, err := client.Do(q); err == nil {
			_ = a.Body.Close()
			if a.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the server ended at once: %w\n%s", errors.Join(err), s.log())
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w\n%s", ctx.Err(), s.log())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (s *server) log() string {
	b, _ := os.ReadFile(filepath.Join(s.data, "server.log"))
	return string(b[max(0, len(b)-2000):])
}

// end sends a signal to the server alone and waits for its end.
func (s *server) end(sig syscall.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig)
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
	s.cmd = nil
}

// down ends the server, the instances and the router, even when ctx is over.
func (s *server) down(ctx context.Context) error {
	s.end(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Minute)
	defer cancel()
	err := app.Down(ctx, s.data)
	_ = os.RemoveAll(s.data)
	return err
}

// command runs davit against this server.
func (s *server) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.bench.davit, append([]string{"--server", "http://" + s.listen, "--data", s.data}, args...)...)
	cmd.Env = append(os.Environ(), "DAVIT_TOKEN="+s.client.Token)
	return cmd
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
