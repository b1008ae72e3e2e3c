// Command serving is Davit's server with the flags' protocols, assembled as the
// program assembles it, but for where the flags come from: documents in flagd's
// format. It runs beside the clients under test, since the wire types of flagd's
// own clients and Davit's cannot be in one program.
//
// It prints one line of JSON, {"url":…,"open":…,"control":…,"token":…,"wide":…}, where token
// may evaluate the flags of shop/production, wide those of all sets, and at open
// whoever asks may evaluate those of shop/production. The control address takes
//
//	POST /flags              the body becomes the flags of shop/production, or of ?set=;
//	                         ?hash=3 is fractional's version 3
//	POST /change             turns the flag changing-flag from foo to bar, or back
//	POST /stop               stops serving
//	POST /start              serves again, on the same ports
//	POST /restart?seconds=5  both, with so long between them
//
// The last four are what the launchpad of flagd's test bed takes.
//
// and the program ends when its standard input does.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd"
	"github.com/davit-cd/davit/internal/ofrep"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// set is the flag set that is served.
const set = "shop/production"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "serving:", err)
		os.Exit(1)
	}
}

func run() error {
	folder, err := os.MkdirTemp("", "serving-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s := &serving{book: &book{sets: map[string]*flag.Set{}, docs: map[string][]byte{}, news: make(chan struct{})}}
	if err := s.book.publish(set, []byte(`{"flags":{}}`), 0); err != nil {
		return err
	}
	if s.store, err = store.Open(context.Background(), store.Options{Path: filepath.Join(folder, "state.db")}); err != nil {
		return err
	}
	defer func() { _ = s.store.Close() }()
	token, err := s.token("sdk", []string{set})
	if err != nil {
		return err
	}
	wide, err := s.token("wide", nil)
	if err != nil {
		return err
	}
	if err := s.start(); err != nil {
		return err
	}
	defer func() { _ = s.stop() }()
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(control, s.control()) }()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"url": s.url(s.port), "open": s.url(s.opened), "control": "http://" + control.Addr().String(), "token": token, "wide": wide}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// serving is the server and what it serves.
type serving struct {
	book  *book
	store *store.Store

	mu     sync.Mutex
	port   int
	opened int          // the port where nobody needs a token
	end    func() error // nil: not serving
}

// token makes a token of a client that is bound to sets; none is all.
func (s *serving) token(name string, sets []string) (string, error) {
	k, secret := server.MakeToken(name, davit.Client, time.Now())
	k.Flags = sets
	_, err := (keptTokens{s.store}).PutToken(context.Background(), k, davit.Change{Events: []davit.Event{{Kind: "token.made", Actor: "davit", Text: "A token."}}})
	return secret, err
}

// start serves, on the port it had if it had one.
func (s *serving) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil {
		return nil
	}
	var own *server.Server
	own = server.New(server.Options{
		Records: s.store, Tokens: keptTokens{s.store}, Version: api.Version{Version: "test"},
		Evaluation: server.Evaluation{
			OFREP: ofrep.New(ofrep.Options{
				Book: s.book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping,
				StreamToken: func(ctx context.Context, id string) string { return own.StreamToken(ctx, id) },
			}),
			Flagd:     flagd.New(flagd.Options{Book: s.book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping}),
			StreamKey: []byte("a key for these tests"), Origins: []string{"*"},
		},
	})
	l, err := listen(&s.port)
	if err != nil {
		return err
	}
	open, err := listen(&s.opened)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 2)
	go func() { over <- own.Serve(ctx, l) }()
	go func() { over <- own.ServeOpen(ctx, open, []string{set}) }()
	s.end = func() error {
		cancel()
		return errors.Join(<-over, <-over)
	}
	return nil
}

// listen listens on a port, or on any if it is 0, and notes which one it is.
func listen(port *int) (net.Listener, error) {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err == nil {
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return l, err
}

// stop stops serving.
func (s *serving) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		return nil
	}
	defer func() { s.end = nil }()
	return s.end()
}

func (*serving) url(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }

// control is how a test steers this program.
func (s *serving) control() http.Handler {
	mux := http.NewServeMux()
	do := func(path string, f func(q url.Values, body []byte) error) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				err = f(r.URL.Query(), body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		})
	}
	do("/flags", func(q url.Values, doc []byte) error {
		hash, err := strconv.Atoi(cmp.Or(q.Get("hash"), "0"))
		if err != nil {
			return err
		}
		return s.book.publish(cmp.Or(q.Get("set"), set), doc, hash)
	})
	do("/change", func(url.Values, []byte) error { return s.book.turn(set, "changing-flag") })
	do("/stop", func(url.Values, []byte) error { return s.stop() })
	do("/start", func(url.Values, []byte) error { return s.start() })
	do("/restart", func(q url.Values, _ []byte) error {
		seconds, err := strconv.ParseFloat(cmp.Or(q.Get("seconds"), "5"), 64)
		if err != nil {
			return err
		}
		if err := s.stop(); err != nil {
			return err
		}
		time.Sleep(time.Duration(seconds * float64(time.Second)))
		return s.start()
	})
	return mux
}
