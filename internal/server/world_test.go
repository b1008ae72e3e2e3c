package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// world is a server over a real store, with recorders where the engine would be.
type world struct {
	t      testing.TB
	store  *store.Store
	server *server.Server
	http   *httptest.Server
	engine *engine
	tokens map[davit.Role]string
	late   atomic.Int64 // nanoseconds that the server's clock is ahead
}

func newWorld(t testing.TB) *world {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := &world{t: t, store: st, engine: &engine{secrets: map[string]string{}}, tokens: map[davit.Role]string{}}
	tokens := tokens{st}
	for _, role := range []davit.Role{davit.Viewer, davit.Deployer, davit.Admin} {
		k, secret := server.MakeToken("the-"+string(role), role, time.Now())
		w.tokens[role] = secret
		if _, err := tokens.PutToken(t.Context(), k, davit.Change{Events: []davit.Event{{Kind: "token.created", Actor: "davit", Text: "A token."}}}); err != nil {
			t.Fatal(err)
		}
	}
	w.server = server.New(server.Options{
		Records: st, Tokens: tokens, Memory: memory{st}, Sessions: tokens, Now: w.now,
		Delivery: w.engine, Steering: w.engine, Quarantine: w.engine, Ramps: rampBook{}, Experiments: rampBook{}, Events: rampBook{}, Logs: w.engine, World: w.engine, Measures: w.engine,
		Secrets: w.engine, Channels: w.engine, Pushes: w.engine, Flags: noFlags{},
		Head: func(ctx context.Context) (audit.Checkpoint, error) {
			h, err := st.Head(ctx)
			return audit.Checkpoint{Seq: h.Seq, Hash: h.Hash}, err
		},
		Git: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, err := server.GitAccess(r, "shop", strings.Contains(r.URL.String(), "receive-pack"))
			if err != nil {
				w.WriteHeader(api.OutcomeOf(davit.KindOf(err)).Status)
				return
			}
			_, _ = fmt.Fprint(w, "git for "+name)
		}),
		Registry: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "registry") }),
		Replay:   func(context.Context, string) ([]server.Replayed, error) { return nil, nil },
		Version:  api.Version{Version: "test"},
	})
	w.http = httptest.NewServer(w.server)
	t.Cleanup(w.http.Close)
	return w
}

// keep writes records and events.
func (w *world) keep(c davit.Change) {
	w.t.Helper()
	if _, err := w.store.Keep(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

func record(t testing.TB, kind, id, service, environment, phase string, body any) davit.Record {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return davit.Record{Kind: kind, ID: id, Service: service, Environment: environment, Phase: phase, Body: b}
}

// ask makes a request and returns status and body.
func (w *world) ask(role davit.Role, method, path, body string, headers ...string) (int, string, http.Header) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.http.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[role])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := res.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			w.whole(method+" "+path, res, b.String())
			return res.StatusCode, b.String(), res.Header
		}
	}
}

// whole holds that every error is a whole problem, and that no answer tells
// what stays inside.
func (w *world) whole(asked string, res *http.Response, body string) {
	w.t.Helper()
	if res.StatusCode >= 400 && res.Header.Get("Content-Type") == api.ProblemType {
		var p api.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || p.Kind == "" || p.Title == "" || p.Detail == "" || p.Status != res.StatusCode {
			w.t.Errorf("%.100s: not a whole problem: %v: %.300s", asked, err, body)
		}
	}
	for _, inside := range []string{"sqlite", "SQL", ".go:", "goroutine", "/tmp/"} {
		if strings.Contains(body, inside) {
			w.t.Errorf("%.100s tells %q: %.300s", asked, inside, body)
		}
	}
}

// engine records what it was asked to do.
type engine struct {
	mu      sync.Mutex
	asked   []string
	fails   error
	secrets map[string]string
	pushed  []string
}

func (e *engine) note(format string, args ...any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, fmt.Sprintf(format, args...))
	return e.fails
}

func (e *engine) Promote(_ context.Context, actor, release, env string) (string, error) {
	return "shop-production-r9", e.note("%s promotes %s to %s", actor, release, env)
}

func (e *engine) Rollback(_ context.Context, actor, service, env, to, reason string) (string, error) {
	return "shop-production-r9", e.note("%s rolls %s %s back to %q: %s", actor, service, env, to, reason)
}

func (e *engine) Rerun(_ context.Context, actor, run string) (string, error) {
	return "shop-run-9", e.note("%s reruns %s", actor, run)
}

func (e *engine) Cancel(_ context.Context, actor, run, reason string) error {
	return e.note("%s cancels %s: %s", actor, run, reason)
}

func (e *engine) Plan(_ context.Context, service, commit string) (api.Plan, error) {
	return api.Plan{Service: service, Commit: commit, Stages: []api.PlanStage{}, Environments: []api.PlanEnvironment{}}, nil
}

func (e *engine) Hold(_ context.Context, actor, rollout, reason string, _ time.Time) error {
	return e.note("%s holds %s: %s", actor, rollout, reason)
}

func (e *engine) Resume(_ context.Context, actor, rollout string) error {
	return e.note("%s resumes %s", actor, rollout)
}

func (e *engine) Advance(_ context.Context, actor, rollout string, force bool, reason string) error {
	return e.note("%s advances %s force=%v: %s", actor, rollout, force, reason)
}

func (e *engine) Approve(_ context.Context, actor, rollout, reason string) error {
	return e.note("%s approves %s: %s", actor, rollout, reason)
}

func (e *engine) Override(_ context.Context, actor, rollout, gate, reason string, _ time.Time) (string, error) {
	return "it may pass", e.note("%s overrides %s of %s: %s", actor, gate, rollout, reason)
}

func (e *engine) Abort(_ context.Context, actor, rollout, reason string) error {
	return e.note("%s aborts %s: %s", actor, rollout, reason)
}

func (e *engine) Quarantine(_ context.Context, actor string, d davit.Digest, reason string) error {
	return e.note("%s quarantines %s: %s", actor, d.Short(), reason)
}

func (e *engine) Lift(_ context.Context, actor string, d davit.Digest, reason string) error {
	return e.note("%s lifts %s: %s", actor, d.Short(), reason)
}

func (e *engine) StageLog(context.Context, server.StageLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		_ = yield(api.LogLine{Sequence: 1, Source: "build", Text: "hello"}, nil) && yield(api.LogLine{Sequence: 2, Source: "build", Text: "bye"}, nil)
	}
}

func (e *engine) InstanceLog(context.Context, server.InstanceLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		yield(api.LogLine{Source: "shop-1", Text: "listening"}, nil)
	}
}

func (e *engine) Instances(context.Context, string, string) ([]davit.Instance, error) {
	return []davit.Instance{{ID: "shop-1-production-1", Release: "shop-1", State: davit.Ready}}, nil
}
func (e *engine) Router(context.Context) api.RouterStatus { return api.RouterStatus{OK: true} }

func (e *engine) Verdict(string) (davit.Finding, bool) { return davit.Finding{}, false }

func (e *engine) Series(_ context.Context, q server.SeriesQuery) ([]api.Series, error) {
	return []api.Series{{Service: q.Service, Environment: q.Environment, Points: []api.Point{}}}, nil
}

// drawn is an empty drawing that tells what was asked for.
func drawn(after, step int64) api.Drawing {
	none := api.Latencies{Buckets: []api.LatencyBucket{}}
	return api.Drawing{Exposed: after, Step: max(1, step), Moments: []api.Moment{}, Fresh: none, Stale: none}
}

func (e *engine) Picture(_ context.Context, rollout string, after, step int64) (api.Picture, error) {
	return api.Picture{Rollout: rollout, Drawing: drawn(after, step)}, nil
}

func (e *engine) Counts(context.Context, string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) { yield([]byte(`{"type":"meta"}`), nil) }
}

func (e *engine) ListChannels(context.Context) ([]api.Channel, error) { return nil, nil }

func (e *engine) SetChannel(_ context.Context, actor string, c api.SetChannel) error {
	return e.note("%s tells %s", actor, c.Name)
}

func (e *engine) RemoveChannel(_ context.Context, actor, name string) error {
	return e.note("%s tells %s no more", actor, name)
}

func (e *engine) TryChannel(_ context.Context, actor, name string) error {
	return e.note("%s tries %s", actor, name)
}

func (e *engine) ListSecrets(context.Context, string, string) ([]api.Secret, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []api.Secret{}
	for name := range e.secrets {
		out = append(out, api.Secret{Service: "shop", Name: name})
	}
	return out, nil
}

func (e *engine) SetSecret(_ context.Context, actor string, s api.Secret, value []byte) error {
	e.mu.Lock()
	e.secrets[s.Name] = string(value)
	e.mu.Unlock()
	return e.note("%s sets %s", actor, s.Name)
}

func (e *engine) RemoveSecret(_ context.Context, actor string, s api.Secret) error {
	return e.note("%s removes %s", actor, s.Name)
}

func (e *engine) Pushing(token string) (string, string, bool) {
	return "shop", "the-deployer", token == "push-token"
}

func (e *engine) CheckPush(_ context.Context, actor string, p server.Push) error {
	return e.note("check push of %s to %s: %d", actor, p.Repo, len(p.Updates))
}

func (e *engine) Pushed(_ context.Context, actor string, p server.Push) ([]string, []string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pushed, []string{"made runs for " + actor + " in " + p.Repo}, e.fails
}

func (e *engine) last() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.asked) == 0 {
		return ""
	}
	return e.asked[len(e.asked)-1]
}

func (e *engine) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// tokens and memory fit the store to what the server asks for.
type tokens struct{ *store.Store }

func (t tokens) TokenByHash(ctx context.Context, hash string) (server.Token, error) {
	k, err := t.Store.TokenByHash(ctx, hash)
	return server.Token(k), err
}

func (t tokens) Tokens(ctx context.Context) ([]server.Token, error) {
	list, err := t.Store.Tokens(ctx)
	out := make([]server.Token, 0, len(list))
	for _, k := range list {
		out = append(out, server.Token(k))
	}
	return out, err
}

func (t tokens) PutToken(ctx context.Context, k server.Token, c davit.Change) ([]davit.Event, error) {
	return t.Store.PutToken(ctx, store.Token(k), c)
}

type memory struct{ *store.Store }

func (m memory) Remember(ctx context.Context, actor, key, hash string) (*server.Answer, error) {
	r, err := m.Store.Remember(ctx, actor, key, hash)
	return (*server.Answer)(r), err
}

func (m memory) Answer(ctx context.Context, actor, key string, a server.Answer) error {
	return m.Store.Answer(ctx, actor, key, store.Response(a))
}

// Interfaces are kept.
var (
	_ server.Records = (*store.Store)(nil)
	_ server.Tokens  = tokens{}
	_ server.Memory  = memory{}
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (t tokens) PutSession(ctx context.Context, k server.Session, c davit.Change) ([]davit.Event, error) {
	return t.Store.PutSession(ctx, store.Session(k), c)
}

func (t tokens) SessionByHash(ctx context.Context, hash string) (server.Session, error) {
	k, err := t.Store.SessionByHash(ctx, hash)
	return server.Session(k), err
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.late.Load())) }
