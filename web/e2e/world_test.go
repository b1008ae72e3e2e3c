package e2e_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/secret"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/study"
	"github.com/davit-cd/davit/internal/web"
)

// world is a server over a real store with contents that tests choose. What it
// has measured comes from hands; all else is as in a server that runs.
type world struct {
	t       *testing.T
	store   *store.Store
	server  *server.Server
	hands   *hands
	flags   server.Flags
	address string
	tokens  map[string]string // secret by role

	mu      sync.Mutex
	http    *http.Server
	present time.Time    // zero: the clock of the machine
	skip    atomic.Int64 // nanoseconds that have passed at once
}

// noon is when it is in worlds whose clock stands still.
func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// newWorld opens a world and serves it. A world with a present stands still there.
func newWorld(t *testing.T, present time.Time) *world {
	t.Helper()
	w := &world{t: t, present: present, hands: newHands(present), tokens: map[string]string{}}
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "state.db"), Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w.store = st
	shelf := study.New(filepath.Join(dir, "studies"))
	book, err := someFlags(st, shelf, filepath.Join(dir, "flags"), w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.flags = app.NewFlags(book)
	w.hands.Experiments = app.NewExperiments(book, shelf)
	page, err := web.New(web.Files())
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := secret.Open(dir, secret.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.server = server.New(server.Options{
		Records: st, Tokens: keys{st}, Memory: memory{st}, Sessions: keys{st}, Delivery: w.hands, Steering: w.hands, Quarantine: w.hands,
		Flags: w.flags, Logs: w.hands, World: w.hands, Ramps: w.hands, Experiments: w.hands, Measures: w.hands, Secrets: w.hands, Page: page,
		Channels: app.NewChannels(st, sealer, "https://davit.example.org", slog.New(slog.DiscardHandler)),
		Head: func(ctx context.Context) (audit.Checkpoint, error) {
			head, err := st.Head(ctx)
			return audit.Checkpoint{Seq: head.Seq, Hash: head.Hash}, err
		},
		Version: api.Version{Version: "1.2.3", Go: "go1.26", System: "linux/amd64"},
		URL:     func(host string) string { return "http://" + host + ":7480" },
		Now:     w.now,
	})
	for _, role := range []davit.Role{davit.Viewer, davit.Deployer, davit.Admin} {
		w.addToken(map[davit.Role]string{davit.Viewer: "vera", davit.Deployer: "ana", davit.Admin: "odo"}[role], role)
	}
	w.start("127.0.0.1:0")
	t.Cleanup(w.stop)
	return w
}

// someFlags keeps flags; nothing becomes due by itself in it.
func someFlags(st *store.Store, shelf *study.Shelf, dir string, now func() time.Time) (*exposure.Book, error) {
	book := exposure.New(exposure.Ports{
		Keeper: st, Studies: shelf, Folder: dir, Now: now,
		Environments: func(context.Context) (map[string][]string, error) {
			return map[string][]string{"shop": {"staging", "production"}}, nil
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	err := book.Start(ctx)
	stop()
	book.Wait()
	return book, err
}

func (w *world) now() time.Time {
	if !w.present.IsZero() {
		return w.present
	}
	return time.Now().UTC().Add(time.Duration(w.skip.Load()))
}

func (w *world) addToken(name string, role davit.Role) {
	w.t.Helper()
	k, secret := server.MakeToken(name, role, w.now().Add(-50*time.Hour))
	_, err := keys{w.store}.PutToken(w.t.Context(), k, davit.Change{Events: []davit.Event{{
		At: k.Created, Kind: "token.created", Actor: "odo", Text: "A token was made for " + name + " (" + string(role) + ").",
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[string(role)] = secret
}

// keep writes a change, as the engine would.
func (w *world) keep(c davit.Change) error {
	_, err := w.store.Keep(context.Background(), c)
	return err
}

// start serves at an address.
func (w *world) start(address string) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		w.t.Errorf("serve: %v", err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.address = l.Addr().String()
	w.http = &http.Server{Handler: w.server, ReadHeaderTimeout: time.Minute}
	go func(s *http.Server) { _ = s.Serve(l) }(w.http)
}

// stop ends the serving at once: connections break off as if it were killed.
func (w *world) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.http != nil {
		_ = w.http.Close()
	}
	w.http = nil
}

// keys and memory fit the store to what the server asks for.
type keys struct{ *store.Store }

func (k keys) TokenByHash(ctx context.Context, hash string) (server.Token, error) {
	t, err := k.Store.TokenByHash(ctx, hash)
	return server.Token(t), err
}

func (k keys) Tokens(ctx context.Context) ([]server.Token, error) {
	list, err := k.Store.Tokens(ctx)
	out := make([]server.Token, 0, len(list))
	for _, t := range list {
		out = append(out, server.Token(t))
	}
	return out, err
}

func (k keys) PutToken(ctx context.Context, t server.Token, c davit.Change) ([]davit.Event, error) {
	return k.Store.PutToken(ctx, store.Token(t), c)
}

func (k keys) PutSession(ctx context.Context, s server.Session, c davit.Change) ([]davit.Event, error) {
	return k.Store.PutSession(ctx, store.Session(s), c)
}

func (k keys) SessionByHash(ctx context.Context, hash string) (server.Session, error) {
	s, err := k.Store.SessionByHash(ctx, hash)
	return server.Session(s), err
}

type memory struct{ *store.Store }

func (m memory) Remember(ctx context.Context, actor, key, hash string) (*server.Answer, error) {
	r, err := m.Store.Remember(ctx, actor, key, hash)
	return (*server.Answer)(r), err
}

func (m memory) Answer(ctx context.Context, actor, key string, a server.Answer) error {
	return m.Store.Answer(ctx, actor, key, store.Response(a))
}
