package ofrep_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/ofrep"
)

func streamToken(token *string) func(context.Context, string) string {
	return func(context.Context, string) string { return *token }
}

// messages reads a stream, message by message, without the comments.
type messages struct {
	t    *testing.T
	res  *http.Response
	read *bufio.Scanner
}

func (w *world) stream(t *testing.T, headers ...string) *messages {
	t.Helper()
	res, err := http.DefaultClient.Do(w.request("GET", "/ofrep/v1/stream", "", headers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatal(res.StatusCode, res.Header)
	}
	return &messages{t, res, bufio.NewScanner(res.Body)}
}

// next returns the next message; false at the end of the stream.
func (m *messages) next() (id, data string, ok bool) {
	for m.read.Scan() {
		line := m.read.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		case line == "" && data != "":
			return id, data, true
		}
	}
	return id, data, false
}

func (m *messages) wants(set *flag.Set) {
	m.t.Helper()
	id, data, ok := m.next()
	if want := `{"type":"refetchEvaluation","etag":"` + set.Revision() + `"}`; !ok || id != set.Revision() || data != want {
		m.t.Fatalf("%q %q %v, want %s", id, data, ok, want)
	}
}

func TestStream(t *testing.T) {
	w := newWorld(t, nil)
	now, _ := w.book.Set(id)
	fresh := w.stream(t)
	fresh.wants(now) // it may have evaluated before the last change
	known := w.stream(t, "Last-Event-ID", now.Revision())
	next := w.book.publish(t, id, `{"flags":{}}`)
	fresh.wants(next)
	known.wants(next)
	w.stream(t, "Last-Event-ID", now.Revision()).wants(next) // missed while away
	w.book.publish(t, "shop/staging", `{"flags":{}}`)        // another's
	w.book.publish(t, id, `{"flags":{}}`)                    // nothing new
	last := w.book.publish(t, id, flags)
	fresh.wants(last)
	known.wants(last)
	if s := w.handler.Stats(); s.Streams != 3 || s.Dropped != 0 {
		t.Error(s)
	}
}

func TestStreamNeedsAccess(t *testing.T) {
	w := newWorld(t, nil)
	for token, want := range map[string]int{"nobody": 401, "bound": 403, "all": 400} {
		if a := w.ask("GET", "/ofrep/v1/stream", "", "Authorization", "Bearer "+token, "Flagd-Selector", "flagSetId=none/here"); a.status != want {
			t.Error(token, a)
		}
	}
}

// TestStreamEndsWithItsToken holds that who may no longer evaluate hears of no
// change, and that the stream is over.
func TestStreamEndsWithItsToken(t *testing.T) {
	w := newWorld(t, nil)
	now, _ := w.book.Set(id)
	m := w.stream(t)
	m.wants(now)
	w.revoke("bound")
	w.book.publish(t, id, `{"flags":{}}`)
	if _, data, ok := m.next(); ok {
		t.Error("told a revoked token", data)
	}
}

func TestStreamEndsWithTheServer(t *testing.T) {
	quit := make(chan struct{})
	w := newWorld(t, func(o *ofrep.Options) { o.Stopping = func(context.Context) <-chan struct{} { return quit } })
	now, _ := w.book.Set(id)
	m := w.stream(t)
	m.wants(now)
	close(quit)
	if _, data, ok := m.next(); ok {
		t.Error(data)
	}
}

// slow is a reader that takes nothing after the first message.
type slow struct {
	head  http.Header
	wrote []string
	fails bool
}

func (s *slow) Header() http.Header { return s.head }
func (s *slow) WriteHeader(int)     {}
func (s *slow) Flush()              {}

func (s *slow) Write(b []byte) (int, error) {
	if s.fails {
		return 0, &net.OpError{Op: "write", Err: errors.New("i/o timeout")}
	}
	s.wrote = append(s.wrote, string(b))
	return len(b), nil
}

// TestStreamKeepsAlive holds that an idle stream gets a comment every 15 s, that
// a reader who takes nothing is dropped and counted.
func TestStreamKeepsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{sets: map[string]*flag.Set{}, changed: make(chan struct{})}
		set := b.publish(t, id, flags)
		h := ofrep.New(ofrep.Options{Book: b, Grant: func(context.Context) (access.Grant, error) {
			return access.Grant{Name: "sdk", Role: davit.Client, Flags: []string{id}}, nil
		}})
		out := &slow{head: http.Header{}}
		r, err := http.NewRequestWithContext(t.Context(), "GET", "/ofrep/v1/stream", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Last-Event-ID", set.Revision())
		done := make(chan struct{})
		go func() { h.ServeHTTP(out, r); close(done) }()
		time.Sleep(46 * time.Second)
		synctest.Wait()
		if got := strings.Join(out.wrote, ""); got != "retry: 2000\n\n"+strings.Repeat(": alive\n\n", 3) {
			t.Errorf("%q", got)
		}
		out.fails = true
		b.publish(t, id, `{"flags":{}}`)
		<-done
		if s := h.Stats(); s.Streams != 0 || s.Dropped != 1 {
			t.Error(s)
		}
	})
}
