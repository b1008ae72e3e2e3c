package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd"
	"github.com/davit-cd/davit/internal/ofrep"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

const set = "shop/production"

// oneSet is a book of flags with one set in it.
type oneSet struct {
	set     atomic.Pointer[flag.Set]
	news    atomic.Pointer[chan struct{}]
	counted atomic.Int64
}

func (b *oneSet) Set(id string) (*flag.Set, error) {
	if id != set {
		return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no flag set " + id}
	}
	return b.set.Load(), nil
}

func (b *oneSet) Sets() []string                                  { return []string{set} }
func (b *oneSet) Changed() <-chan struct{}                        { return *b.news.Load() }
func (b *oneSet) Evaluated(*flag.Set, flag.Result, *flag.Context) { b.counted.Add(1) }

func (b *oneSet) publish(doc []byte) error {
	s, _, err := flag.Parse(doc, flag.ParseOptions{ID: set})
	if err != nil {
		return err
	}
	b.set.Store(s)
	next := make(chan struct{})
	if old := b.news.Swap(&next); old != nil {
		close(*old)
	}
	return nil
}

type keptTokens struct{ *store.Store }

func (k keptTokens) TokenByHash(ctx context.Context, hash string) (server.Token, error) {
	t, err := k.Store.TokenByHash(ctx, hash)
	return server.Token(t), err
}

func (k keptTokens) Tokens(context.Context) ([]server.Token, error) { return nil, nil }

func (k keptTokens) PutToken(ctx context.Context, t server.Token, c davit.Change) ([]davit.Event, error) {
	return k.Store.PutToken(ctx, store.Token(t), c)
}

// started is what a server tells of itself.
type started struct {
	URL     string `json:"url"`
	Token   string `json:"token"`
	Control string `json:"control"` // POST flags here
}

// serveDavit serves until the standard input ends.
func serveDavit() error {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	st, err := store.Open(context.Background(), store.Options{Path: filepath.Join(folder, "state.db")})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	book := &oneSet{}
	if err := book.publish([]byte(threeFlags)); err != nil {
		return err
	}
	k, secret := server.MakeToken("sdk", davit.Client, time.Now())
	k.Flags = []string{set}
	if _, err := (keptTokens{st}).PutToken(context.Background(), k, davit.Change{Events: []davit.Event{{Kind: "token.made", Actor: "davit", Text: "A token."}}}); err != nil {
		return err
	}
	var own *server.Server
	own = server.New(server.Options{
		Records: st, Tokens: keptTokens{st}, Version: api.Version{Version: "bench"},
		Evaluation: server.Evaluation{
			OFREP: ofrep.New(ofrep.Options{
				Book: book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping,
				StreamToken: func(ctx context.Context, id string) string { return own.StreamToken(ctx, id) },
			}),
			Flagd:     flagd.New(flagd.Options{Book: book, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping}),
			StreamKey: []byte("a key for this measurement"), Rate: 1e6,
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		_ = http.Serve(control, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			doc, err := io.ReadAll(r.Body)
			if err == nil {
				err = book.publish(doc)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
			}
		}))
	}()
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- own.Serve(ctx, l) }()
	tell(started{"http://" + l.Addr().String(), secret, "http://" + control.Addr().String()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	cancel()
	return <-over
}

func tell(s started) {
	b, _ := json.Marshal(s) // strings
	fmt.Println(string(b))
}
