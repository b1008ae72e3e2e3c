package router

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// echoSocket is an instance that speaks just enough WebSocket: it sends back
// what it gets, as text frames.
func echoSocket(t testing.TB, name string) davit.Backend {
	return instance(t, name, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("X-Instance", name)
		w.WriteHeader(http.StatusSwitchingProtocols)
		c, in, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = c.Write(append([]byte{0x81, byte(len(line))}, line...))
		}
	})
}

type socket struct {
	net.Conn
	in *bufio.Reader
	by string // instance
}

func openSocket(t testing.TB, url string) *socket {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "GET /ws HTTP/1.1\r\nHost: shop.localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n")
	s := &socket{Conn: c, in: bufio.NewReader(c)}
	res, err := http.ReadResponse(s.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", res.StatusCode)
	}
	s.by = res.Header.Get("X-Instance")
	return s
}

// say sends a line and checks that it comes back as a frame.
func (s *socket) say(line string) error {
	if _, err := io.WriteString(s, line+"\n"); err != nil {
		return err
	}
	frame := make([]byte, len(line)+3)
	if _, err := io.ReadFull(s.in, frame); err != nil {
		return err
	}
	if string(frame[2:]) != line+"\n" {
		return fmt.Errorf("got %q", frame)
	}
	return nil
}

func TestTunnelsLiveOverSwitches(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	a, b := []davit.Backend{echoSocket(t, "old")}, []davit.Backend{echoSocket(t, "new")}
	l.putRoute(shop(1, 0, a, b))
	var all sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 20 {
		s := openSocket(t, l.url)
		all.Go(func() {
			for n := range 10 + i {
				if err := s.say(fmt.Sprint("hello ", n)); err != nil {
					errs <- fmt.Errorf("tunnel %d was cut: %w", i, err)
					return
				}
				<-time.After(10 * time.Millisecond)
			}
			s.Close()
		})
	}
	for i := range 10 {
		share := davit.Weight((i+1)%2) * davit.Full
		l.putRoute(shop(uint64(i+2), share, a, b))
		old := "shop-1"
		if share == 0 {
			old = "shop-2"
		}
		if d, err := l.drain(t.Context(), production, old, 5*time.Second); err != nil || d.Cancelled+d.Tunnels != 0 {
			t.Fatalf("%+v %v", d, err)
		}
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if n := l.counts("shop-1", davit.Live); n.Status[1] != 20 || n.Bytes == 0 {
		t.Errorf("counted %+v", n)
	}
}

func TestTunnelDeadlineClosesWith1001(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) { o.TunnelWithin = 200 * time.Millisecond })
	a, b := []davit.Backend{echoSocket(t, "old")}, []davit.Backend{echoSocket(t, "new")}
	l.putRoute(shop(1, 0, a, b))
	s := openSocket(t, l.url)
	if err := s.say("hello"); err != nil {
		t.Fatal(err)
	}
	l.putRoute(shop(2, davit.Full, a, b))
	d, err := l.drain(t.Context(), production, "shop-1", 50*time.Millisecond)
	if err != nil || d.Tunnels != 1 || d.Cancelled != 0 {
		t.Fatalf("%+v %v: a drain leaves tunnels alone", d, err)
	}
	if err := s.say("still here"); err != nil {
		t.Fatal(err)
	}
	b4, err := io.ReadAll(s.in)
	if err != nil || string(b4) != "\x88\x02\x03\xe9" {
		t.Errorf("the last frame is % x, %v, want close 1001", b4, err)
	}
}

func TestFramesFollowsBoundaries(t *testing.T) {
	t.Parallel()
	long := append([]byte{0x82, 126, 1, 0}, make([]byte, 256)...)
	huge := append([]byte{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}, make([]byte, 65536)...)
	stream := append(append(append([]byte{0x81, 2, 'h', 'i', 0x89, 0}, long...), huge...), 0x81, 0x81, 1, 2, 3, 4, 5)
	ends := map[int]bool{0: true, 4: true, 6: true, 6 + len(long): true, 6 + len(long) + len(huge): true, len(stream): true}
	var f frames
	for i := range stream {
		if f.between() != ends[i] {
			t.Fatalf("at %d: between %v", i, f.between())
		}
		f.pass(stream[i : i+1])
	}
	var whole frames
	if whole.pass(stream); !whole.between() || !f.between() {
		t.Error("the end is no boundary")
	}
}
