package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

// The defaults of a check whose fields are not set, as davit.yaml has them for
// readiness.
const (
	defaultInterval = time.Second
	defaultTimeout  = 2 * time.Second
	defaultFailures = 3
)

// withDefaults fills the gaps of a check.
func withDefaults(c davit.Check) davit.Check {
	fill(&c.Interval, defaultInterval)
	fill(&c.Timeout, defaultTimeout)
	fill(&c.Failures, defaultFailures)
	return c
}

// set reports whether a check asks for anything.
func set(c davit.Check) bool { return c.HTTP != "" || c.TCP || len(c.Command) > 0 }

// probe is one instance as a check sees it.
type probe struct {
	port     int
	protocol string
	dir      string   // for commands
	env      []string // for commands
}

// try does a check once and says what came of it.
func (p probe) try(ctx context.Context, c davit.Check) (what string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	switch {
	case c.HTTP != "":
		status, err := p.get(ctx, c.HTTP)
		if err != nil {
			return fmt.Sprintf("GET %s: %s", c.HTTP, p.plain(err, c.Timeout)), false
		}
		return fmt.Sprintf("GET %s: %d %s", c.HTTP, status, http.StatusText(status)), status >= 200 && status < 400
	case len(c.Command) > 0:
		return p.run(ctx, c)
	default:
		conn, err := dial(ctx, p.port)
		if err != nil {
			return fmt.Sprintf("connect to port %d: %s", p.port, p.plain(err, c.Timeout)), false
		}
		_ = conn.Close()
		return fmt.Sprintf("connect to port %d: accepted", p.port), true
	}
}

// dial connects without keep-alive: the connection is closed at once, and each
// option is a system call.
func dial(ctx context.Context, port int) (net.Conn, error) {
	return (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", address(port))
}

// get asks for path and returns the status. It writes HTTP/1.1 by hand: a
// thousand instances are asked all the time, and a client's pool of
// connections would keep those open that a stopping service waits for.
func (p probe) get(ctx context.Context, path string) (int, error) {
	if p.protocol == "h2c" {
		return p.getH2C(ctx, path)
	}
	conn, err := dial(ctx, p.port)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return 0, err
	}
	if _, err := conn.Write([]byte("GET " + target(path) + " HTTP/1.1\r\nHost: " + address(p.port) + "\r\nUser-Agent: davit-check\r\nAccept: */*\r\nConnection: close\r\n\r\n")); err != nil {
		return 0, err
	}
	line, err := textproto.NewReader(bufio.NewReaderSize(&bounded{conn, 4 << 10}, 512)).ReadLine()
	if err != nil {
		return 0, fmt.Errorf("no answer: %w", err)
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(version, "HTTP/1.") || len(code) != 3 {
		return 0, fmt.Errorf("the answer is not HTTP: %.40q", line)
	}
	return status, nil
}

// getH2C asks over HTTP/2 without TLS.
func (p probe) getH2C(ctx context.Context, path string) (int, error) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: &protocols, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(p.port)+target(path), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("User-Agent", "davit-check")
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// run runs a command; it passes with exit status 0.
func (p probe) run(ctx context.Context, c davit.Check) (string, bool) {
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
	if !strings.Contains(c.Command[0], "/") { // a path is relative to cmd.Dir
		if path, err := findIn(c.Command[0], p.env); err == nil {
			cmd.Path, cmd.Err = path, nil
		}
	}
	cmd.Dir, cmd.Env = p.dir, p.env
	var out tailBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	what := "command " + c.Command[0] + ": "
	switch {
	case err == nil:
		return what + "exit status 0", true
	case ctx.Err() != nil:
		return what + "no answer within " + c.Timeout.String(), false
	}
	what += err.Error()
	if text := strings.TrimSpace(out.String()); text != "" {
		what += ": " + text
	}
	return what, false
}

// plain says in a few words what went wrong.
func (p probe) plain(err error, timeout time.Duration) string {
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens on port %d", p.port)
	case errors.As(err, &ne) && ne.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "no answer within " + timeout.String()
	case errors.Is(err, syscall.ECONNRESET):
		return "the connection was cut"
	}
	return err.Error()
}

// target returns path as it may stand in a request line.
func target(path string) string {
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return strings.NewReplacer(" ", "%20", "\r", "%0D", "\n", "%0A", "\t", "%09").Replace(path)
}

// bounded reads at most a number of bytes: an answer is hostile.
type bounded struct {
	net.Conn
	left int
}

// Read reads within the bound.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the status line is too long")
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// tailBuffer keeps the last part of what is written.
type tailBuffer struct{ b bytes.Buffer }

// Write keeps p, or the end of it.
func (t *tailBuffer) Write(p []byte) (int, error) {
	const most = 300
	t.b.Write(p[max(0, len(p)-most):])
	if n := t.b.Len() - most; n > 0 {
		t.b.Next(n)
	}
	return len(p), nil
}

// String returns what was kept.
func (t *tailBuffer) String() string { return t.b.String() }
