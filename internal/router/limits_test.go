package router

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

func prefix(t testing.TB, s string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLimitHugeHeadIs431(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, _ := two(t)
	l.putRoute(shop(1, 0, stable, nil))
	head := func(n int) string {
		return "GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\nX: " + strings.Repeat("x", n) + "\r\n\r\n"
	}
	if got := raw(t, l.url, head(headLimit-200)); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("just below the limit: %.40q", got)
	}
	if got := raw(t, l.url, head(headLimit+200)); !strings.HasPrefix(got, "HTTP/1.1 431") {
		t.Errorf("above the limit: %.40q", got)
	}
}

func TestLimitHalfAHeadIsDropped(t *testing.T) {
	t.Parallel()
	if d := (Options{}).withDefaults().HeadWithin; d != 10*time.Second {
		t.Errorf("by default a head may take %s", d)
	}
	l := startLocal(t, func(o *Options) { o.HeadWithin = 150 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: sh")
	_ = c.SetReadDeadline(time.Now().Add(3 * time.Second))
	begun := time.Now()
	if b, err := io.ReadAll(c); err != nil || strings.Contains(string(b), "200") {
		t.Fatalf("%q %v", b, err)
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("held for %s", took)
	}
}

func TestLimitIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) { o.IdleWithin = 150 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(3 * time.Second))
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: none\r\n\r\n")
	in := bufio.NewReader(c)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	if _, err := in.ReadByte(); err != io.EOF {
		t.Errorf("%v, want the end", err)
	}
}

func TestLimitBodyThatDoesNotComeIsNoErrorOfTheVersion(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) { o.ProgressWithin = 150 * time.Millisecond })
	b := instance(t, "a", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	for _, length := range []int{30_000, 1_000_000} {
		c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(3 * time.Second))
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: %d\r\n\r\nhalf", length)
		got, err := io.ReadAll(c)
		if err != nil && strings.Contains(err.Error(), "timeout") || strings.HasPrefix(string(got), "HTTP/1.1 200") {
			t.Errorf("%d: %q %v", length, got, err)
		}
		c.Close()
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 0 {
		t.Errorf("%+v", n)
	}
}

func TestLimitConnectionsWaitInsteadOfBeingRefused(t *testing.T) {
	t.Parallel()
	opts := testOptions(t)
	inner, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		t.Fatal(err)
	}
	k := &worker{}
	l := &limited{Listener: inner, room: 1, open: &k.clients}
	defer l.Close()
	accepted := make(chan net.Conn, 2)
	go func() {
		for range 2 {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", opts.Listen)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		t.Fatal("there was room for one only")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	first.Close() // twice gives back one place
	<-accepted
	if n := k.clients.Load(); n != 1 {
		t.Errorf("%d open, want 1", n)
	}
}

func TestEventsComeAtOnce(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	next := make(chan struct{})
	b := instance(t, "a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; ; i++ {
			select {
			case <-next:
			case <-r.Context().Done():
				return
			}
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	go func() { next <- struct{}{} }()
	res, err := http.DefaultClient.Do(newRequest(t, "GET", l.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	for i := range 5 {
		if i > 0 {
			next <- struct{}{}
		}
		if line, err := in.ReadString('\n'); err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q %v", line, err)
		}
		_, _ = in.ReadString('\n')
	}
}

func TestEarlyAnswerToALargeUploadIsHeard(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b := instance(t, "a", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	c, err := net.Dial("tcp", strings.TrimPrefix(l.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 1000000000\r\n\r\nbegin")
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v %v", res, err)
	}
}
