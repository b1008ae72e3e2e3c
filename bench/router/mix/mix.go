// Package mix is a load of small and slow requests, uploads and event streams,
// at a steady rate whatever the answers do (an open loop), with clients that
// never try again: each loss is real.
package mix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Load is what is sent: 78 % GET of 1 KiB, 10 % GET that takes 300 ms, 7 % POST
// of 16 KiB, 5 % event streams of 300 ms.
type Load struct {
	Address string // of the router
	Host    string
	Rate    int  // requests a second
	Fresh   bool // a connection for each request

	// Begun and Done count requests while they are sent, if they are not nil.
	Begun, Done *atomic.Int64
}

// Result is what came of it.
type Result struct {
	Answered int
	Failed   int
	Refused  int            // of Failed: the connection was refused
	Closed   int            // idle connections that the router closed
	Errors   map[string]int // of Failed
	Served   map[string]int // by the instance that answered
	Slowest  time.Duration  // answer to a plain GET
}

type runner struct {
	Load
	mu   sync.Mutex
	idle []*conn
	res  Result
}

type conn struct {
	net.Conn
	in *bufio.Reader
}

// Run sends until ctx is over, waits for the answers under way and returns what
// came of all.
func Run(ctx context.Context, l Load) Result {
	r := &runner{Load: l, res: Result{Errors: map[string]int{}, Served: map[string]int{}}}
	var all sync.WaitGroup
	start := time.Now()
	for n := 0; ; n++ {
		due := start.Add(time.Duration(n) * time.Second / time.Duration(l.Rate))
		if wait := time.Until(due); wait > 0 {
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
			}
		}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() { r.one(rand.IntN(100)) })
	}
	all.Wait()
	for _, c := range r.idle {
		_ = c.Close()
	}
	return r.res
}

func (r *runner) one(dice int) {
	begun := time.Now()
	plain := dice < 78
	count(r.Begun)
	name, err := r.exchange(dice)
	count(r.Done)
	took := time.Since(begun)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.res.Failed++
		if errors.Is(err, syscall.ECONNREFUSED) {
			r.res.Refused++
		}
		r.res.Errors[strings.TrimSpace(err.Error())]++
		return
	}
	r.res.Answered++
	r.res.Served[name]++
	if plain {
		r.res.Slowest = max(r.res.Slowest, took)
	}
}

func count(n *atomic.Int64) {
	if n != nil {
		n.Add(1)
	}
}

func (r *runner) exchange(dice int) (string, error) {
	c, err := r.connection()
	if err != nil {
		return "", err
	}
	keep := false
	defer func() {
		if !keep {
			_ = c.Close()
			return
		}
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	}()
	method, path, body := "GET", "/", ""
	switch {
	case dice < 78:
	case dice < 88:
		path = "/slow"
	case dice < 95:
		method, path, body = "POST", "/post", strings.Repeat("x", 16<<10)
	default:
		path = "/sse"
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", method, path, r.Host, len(body))
	if _, err := io.WriteString(c, head+body); err != nil {
		return "", fmt.Errorf("write: %w", cause(err))
	}
	res, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, path, cause(err))
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return "", fmt.Errorf("%s body: %w", path, cause(err))
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s: status %d", path, res.StatusCode)
	case !right(path, b):
		return "", fmt.Errorf("%s: %d bytes are not the answer", path, len(b))
	}
	keep = !res.Close && !r.Fresh
	return res.Header.Get("X-Instance"), nil
}

// cause leaves out the addresses, so that equal errors are counted as one.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

func right(path string, b []byte) bool {
	switch path {
	case "/post":
		return string(b) == strconv.Itoa(16<<10)
	case "/sse":
		return strings.Count(string(b), "data: ") == 6
	}
	return len(b) == 1024
}

// connection returns an idle connection that the peer has not closed, or a new
// one.
func (r *runner) connection() (*conn, error) {
	for {
		r.mu.Lock()
		n := len(r.idle) - 1
		if n < 0 {
			r.mu.Unlock()
			break
		}
		c := r.idle[n]
		r.idle = r.idle[:n]
		r.mu.Unlock()
		if open(c) {
			return c, nil
		}
		_ = c.Close()
		r.mu.Lock()
		r.res.Closed++
		r.mu.Unlock()
	}
	c, err := net.DialTimeout("tcp", r.Address, 10*time.Second)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", cause(err))
	}
	return &conn{c, bufio.NewReader(c)}, nil
}

func open(c *conn) bool {
	raw, err := c.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return false
	}
	alive := false
	_ = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		n, err := syscall.Read(int(fd), b[:])
		alive = n < 0 && (err == syscall.EAGAIN || err == syscall.EINTR)
		return true
	})
	return alive
}

// Backend answers the requests of a Load as the instance of that name.
func Backend(name string) http.Handler {
	kilo := []byte(strings.Repeat("0123456789abcdef", 64))
	mux := http.NewServeMux()
	say := func(pattern string, fn http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Instance", name)
			fn(w, r)
		})
	}
	say("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(kilo)
	})
	say("/slow", func(w http.ResponseWriter, _ *http.Request) {
		<-time.After(300 * time.Millisecond)
		_, _ = w.Write(kilo)
	})
	say("/post", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, strconv.FormatInt(n, 10))
	})
	say("/b", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		w.Header().Set("Content-Length", strconv.Itoa(n))
		for buf := make([]byte, 32<<10); n > 0; {
			m, err := w.Write(buf[:min(n, len(buf))])
			if err != nil {
				return
			}
			n -= m
		}
	})
	say("/sse", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 6 {
			_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-time.After(50 * time.Millisecond)
		}
	})
	return mux
}

// Add sums two results.
func (a Result) Add(b Result) Result {
	sum := Result{
		Answered: a.Answered + b.Answered, Failed: a.Failed + b.Failed, Refused: a.Refused + b.Refused,
		Closed: a.Closed + b.Closed, Errors: map[string]int{}, Served: map[string]int{}, Slowest: max(a.Slowest, b.Slowest),
	}
	for _, r := range []Result{a, b} {
		for k, n := range maps.All(r.Errors) {
			sum.Errors[k] += n
		}
		for k, n := range maps.All(r.Served) {
			sum.Served[k] += n
		}
	}
	return sum
}
