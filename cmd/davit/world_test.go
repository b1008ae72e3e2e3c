package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/secret"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/store"
)

// world is what the sessions see: a server over a real store with fixed
// contents. Commands reach hands, which say yes and do nothing.
type world struct {
	store  *store.Store
	server *server.Server
	tokens map[davit.Role]string
}

// begin is when everything in the world began.
func begin() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

const (
	goodCommit = "3f2c9a1d00000000000000000000000000000001"
	badCommit  = "b2d4c6e800000000000000000000000000000002"
)

func newWorld(dir string) (*world, error) {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(dir, "state.db")})
	if err != nil {
		return nil, err
	}
	w := &world{store: st, tokens: map[davit.Role]string{}}
	for _, role := range []davit.Role{davit.Viewer, davit.Deployer, davit.Admin} {
		t, secret := server.MakeToken("a-"+string(role), role, begin())
		w.tokens[role] = secret
		if _, err := (tokens{st}).PutToken(ctx, t, davit.Change{Events: []davit.Event{{At: begin(), Kind: "token.created", Actor: "davit", Text: "A token was made for a-" + string(role) + "."}}}); err != nil {
			return nil, err
		}
	}
	change, err := contents()
	if err != nil {
		return nil, err
	}
	if _, err := st.Keep(ctx, change); err != nil {
		return nil, err
	}
	h := &hands{secrets: map[string]bool{}}
	sealer, err := secret.Open(dir, secret.Options{})
	if err != nil {
		return nil, err
	}
	flags, err := someFlags(st, filepath.Join(dir, "flags"))
	if err != nil {
		return nil, err
	}
	o := server.Options{
		Flags:   flags,
		Records: st, Tokens: tokens{st}, Memory: memory{st}, Delivery: h, Steering: h, Quarantine: h, Logs: h, World: h, Measures: h, Secrets: h,
		Channels: app.NewChannels(st, sealer, "https://davit.example.org", slog.New(slog.DiscardHandler)),
		Head: func(ctx context.Context) (audit.Checkpoint, error) {
			head, err := st.Head(ctx)
			return audit.Checkpoint{Seq: head.Seq, Hash: head.Hash}, err
		},
		Replay: func(_ context.Context, rollout string) ([]server.Replayed, error) {
			r := server.Replayed{Stored: davit.Finding{Gate: "judge", Answer: davit.Refused, Reason: "error rate 4.1 % against 0.3 %", At: begin()}}
			if rollout == "shop-production-r1" {
				r.Differences = []string{"requests was 212, is 211"}
			}
			return []server.Replayed{r}, nil
		},
		Version: api.Version{Version: "1.2.3", Go: "go1.26", System: "linux/amd64"},
		URL:     func(host string) string { return "http://" + host + ":7480" },
	}
	if err := ramped(&o, st, dir); err != nil {
		return nil, err
	}
	w.server = server.New(o)
	return w, nil
}

// someFlags keeps flags at one moment: nothing is due in it.
func someFlags(st *store.Store, dir string) (server.Flags, error) {
	book := exposure.New(exposure.Ports{
		Keeper: st, Folder: dir, Now: begin,
		Environments: func(context.Context) (map[string][]string, error) {
			return map[string][]string{"shop": {"staging", "production"}}, nil
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	err := book.Start(ctx)
	stop()
	book.Wait()
	return app.NewFlags(book), err
}

// contents is a service whose first release serves, and whose second was taken
// back.
func contents() (davit.Change, error) {
	sp := spec.Service{
		Name: "shop", Branch: "main", Path: ".", Queue: spec.Newest, Stages: []spec.Stage{{Name: "test"}, {Name: "build", Needs: []string{"test"}}},
		Environments: []spec.Environment{{Name: "production", Hosts: []string{"shop.localhost"}, Instances: 2, Strategy: spec.Strategy{Name: "canary"}}},
	}
	good := rollout.Side{Release: "shop-1", Commit: goodCommit, Artifact: davit.DigestOf([]byte("good")), Config: davit.DigestOf([]byte("config"))}
	bad := rollout.Side{Release: "shop-2", Commit: badCommit, Artifact: davit.DigestOf([]byte("bad")), Config: davit.DigestOf([]byte("config"))}
	why := "error rate 4.1 % against 0.3 % on the old version, 212 requests, chance of a false alarm under 1 in 1000"
	plan := davit.Plan{Strategy: "canary", Steps: []davit.Step{{Name: "5 %", Weight: davit.Percent(5), Judge: davit.JudgePass}, {Name: "100 %", Weight: davit.Full}}}
	first, second := begin(), begin().Add(time.Hour)
	runs := []pipeline.State{
		aRun(1, sp, good, first, "Open the shop", pipeline.Succeeded, "Deployed to production.", ""),
		aRun(2, sp, bad, second, "Take card payments", pipeline.Failed, "Rolled back in production: "+why+".", "production: judge"),
	}
	rollouts := []rollout.State{
		{ID: "shop-production-r1", Service: "shop", Environment: "production", Run: "shop-run-1", Actor: "ana", Intent: rollout.Deploy, Epoch: 1, New: good, Plan: plan, Phase: rollout.Done, Step: 1, Weight: davit.Full, Created: first, Since: first, Ended: first.Add(20 * time.Second)},
		{
			ID: "shop-production-r2", Service: "shop", Environment: "production", Run: "shop-run-2", Actor: "ana", Intent: rollout.Deploy, Epoch: 2, New: bad, Old: good, Plan: plan,
			Phase: rollout.RolledBack, Reason: why, DecidedBy: "errors", Created: second, Since: second, Ended: second.Add(9 * time.Second),
			Findings: []davit.Finding{{Gate: "quarantine", Answer: davit.Passed, Reason: "not in quarantine", Step: -1, At: second}, {Gate: "judge", Answer: davit.Refused, Reason: why, Evidence: map[string]string{"requests": "212"}, At: second}},
		},
		{ID: "cart-production-r1", Service: "cart", Environment: "production", Run: "cart-run-1", New: rollout.Side{Release: "cart-1"}, Plan: plan, Phase: rollout.Baking, Weight: davit.Percent(5), Created: second, Since: second},
	}
	c := davit.Change{}
	var failed error
	add := func(kind, id, service, env, phase string, body any) {
		b, err := json.Marshal(body)
		if err != nil {
			failed = err
		}
		c.Records = append(c.Records, davit.Record{Kind: kind, ID: id, Service: service, Environment: env, Phase: phase, Body: b})
	}
	add("service", "shop", "shop", "", "active", map[string]any{"Spec": sp, "Repo": "shop", "Commit": badCommit})
	add("lane", "shop/production", "shop", "production", "", rollout.Lane{Service: "shop", Environment: "production", Stable: good, Epoch: 2})
	for i, side := range []rollout.Side{good, bad} {
		add("run", runs[i].ID, "shop", "", string(runs[i].Phase), runs[i])
		add("release", side.Release, "shop", "", "", davit.Release{
			ID: side.Release, Service: "shop", Number: i + 1, Run: runs[i].ID, Repo: "shop", Commit: side.Commit, Subject: runs[i].Subject, Author: "Ana",
			Artifact: side.Artifact, Configs: map[string]davit.Digest{"production": side.Config}, Size: 4096, Created: runs[i].Created,
			Evidence: []davit.Finding{{Gate: "tests", Answer: davit.Passed, Reason: "12 passed", Step: -1}},
		})
	}
	for _, r := range rollouts {
		add("rollout", r.ID, r.Service, r.Environment, string(r.Phase), r)
	}
	add("quarantine", string(bad.Artifact), "shop", "", "", map[string]any{"Digest": bad.Artifact, "Service": "shop", "Release": "shop-2", "Reason": why, "Actor": "davit", "At": second, "Rollout": "shop-production-r2"})
	for i, e := range []davit.Event{
		{Kind: "run.queued", Actor: "ana", Run: "shop-run-1", Commit: goodCommit, Text: "shop-run-1 queued for commit 3f2c9a1d of main: \"Open the shop\"."},
		{Kind: "rollout.done", Actor: "davit", Environment: "production", Run: "shop-run-1", Release: "shop-1", Rollout: "shop-production-r1", Commit: goodCommit, Digest: good.Artifact, Text: "shop-1 is the stable version of production now"},
		{Kind: "run.queued", Actor: "ana", Run: "shop-run-2", Commit: badCommit, Text: "shop-run-2 queued for commit b2d4c6e8 of main: \"Take card payments\"."},
		{Kind: "rollout.rolled-back", Actor: "davit", Environment: "production", Run: "shop-run-2", Release: "shop-2", Rollout: "shop-production-r2", Commit: badCommit, Digest: bad.Artifact, Text: "shop-2 is rolled back in production: " + why},
	} {
		e.Service, e.At = "shop", begin().Add(time.Duration(i)*30*time.Minute)
		c.Events = append(c.Events, e)
	}
	return c, failed
}

func aRun(n int, sp spec.Service, side rollout.Side, at time.Time, subject string, phase pipeline.Phase, why, stopped string) pipeline.State {
	id := fmt.Sprintf("shop-run-%d", n)
	s := pipeline.State{
		Origin: pipeline.Origin{ID: id, Service: "shop", Repo: "shop", Branch: "main", Commit: side.Commit, Author: "Ana", Subject: subject, Pusher: "ana", Created: at, Spec: sp},
		Phase:  phase, Why: why, StoppedBy: stopped, Release: side.Release, Artifact: side.Artifact,
		Stages: []pipeline.Stage{
			{Name: "test", Phase: pipeline.StagePassed, Attempt: 1, Started: at, Finished: at.Add(4 * time.Second), Facts: pipeline.Facts{Tests: pipeline.Tests{Passed: 12, Flaky: 1, Flakes: []string{"shop.TestTill"}}}},
			{Name: "build", Phase: pipeline.StagePassed, Attempt: 1, Started: at.Add(4 * time.Second), Finished: at.Add(6 * time.Second)},
		},
		Deployments: []pipeline.Deployment{{Environment: "production", Phase: pipeline.DeploymentDone, Outcome: pipeline.RolloutDone, Rollout: fmt.Sprintf("shop-production-r%d", n)}},
		Entered:     []pipeline.Entry{{Phase: pipeline.Queued, At: at}, {Phase: pipeline.Running, At: at.Add(time.Second)}, {Phase: pipeline.Deploying, At: at.Add(7 * time.Second)}, {Phase: phase, At: at.Add(27 * time.Second)}},
	}
	if phase == pipeline.Failed {
		s.Deployments[0].Phase, s.Deployments[0].Outcome, s.Deployments[0].Reason = pipeline.DeploymentFailed, pipeline.RolloutRolledBack, why
	}
	return s
}

// hands do what they are asked, which is nothing.
type hands struct {
	mu      sync.Mutex
	secrets map[string]bool
}

func (*hands) Promote(_ context.Context, actor, release, _ string) (string, error) {
	if actor == "a-deployer" { // who has no luck
		return "shop-production-r2", nil
	}
	if release == "shop-2" {
		return "", &davit.Error{Kind: davit.Denied, Text: "shop-2 is quarantined: it was rolled back", Hint: "davit lift shop-2 --reason … lets it come back"}
	}
	return "shop-production-r1", nil
}

func (*hands) Rollback(_ context.Context, _, _, _, to, _ string) (string, error) {
	if to == "shop-2" {
		return "shop-production-r2", nil
	}
	return "shop-production-r1", nil
}
func (*hands) Rerun(context.Context, string, string) (string, error) { return "shop-run-3", nil }
func (*hands) Cancel(_ context.Context, _, run, _ string) error {
	return &davit.Error{Kind: davit.Conflict, Text: "run " + run + " is over"}
}

func (*hands) Plan(_ context.Context, service, commit string) (api.Plan, error) {
	return api.Plan{
		Service: service, Commit: commit, Branch: "main", Queue: "newest", Package: "folder .", Stages: []api.PlanStage{{Name: "test", Steps: []string{"make test"}, Runs: true, Attempts: 1, Timeout: 900}},
		Environments: []api.PlanEnvironment{{Name: "production", Hosts: []string{"shop.localhost"}, Instances: 2, Strategy: "canary", Replaces: "shop-1", Steps: []api.Step{{Name: "5 %", Percent: 5, Judge: "pass"}}, Gates: []api.Finding{{Gate: "approval", Answer: "wait", Reason: "nobody has approved it"}}}},
	}, nil
}

func (*hands) Override(_ context.Context, _, rollout, gate, _ string, _ time.Time) (string, error) {
	return rollout + " may pass the gate " + gate, nil
}

func (*hands) Hold(context.Context, string, string, string, time.Time) error { return nil }
func (*hands) Resume(context.Context, string, string) error {
	return &davit.Error{Kind: davit.Conflict, Text: "rollout cart-production-r1 is baking: it is not held"}
}
func (*hands) Advance(context.Context, string, string, bool, string) error { return nil }
func (*hands) Approve(context.Context, string, string, string) error       { return nil }
func (*hands) Abort(context.Context, string, string, string) error         { return nil }
func (*hands) Quarantine(context.Context, string, davit.Digest, string) error {
	return nil
}
func (*hands) Lift(context.Context, string, davit.Digest, string) error { return nil }

func (*hands) StageLog(_ context.Context, q server.StageLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		_ = yield(api.LogLine{Sequence: 1, Source: "test", Stream: "stdout", Text: "ok  shop 0.1s"}, nil) &&
			yield(api.LogLine{Sequence: 2, Source: "build", Stream: "stderr", Text: "\x1b]0;title\x07a warning of " + q.Run}, nil)
	}
}

func (*hands) InstanceLog(_ context.Context, q server.InstanceLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		yield(api.LogLine{Source: q.Service + "-1-" + q.Environment + "-1", Text: "listening"}, nil)
	}
}

func (*hands) Instances(_ context.Context, service, env string) ([]davit.Instance, error) {
	return []davit.Instance{{ID: service + "-1-" + env + "-1", Release: "shop-1", State: davit.Ready}, {ID: service + "-1-" + env + "-2", Release: "shop-1", State: davit.BackOff}}, nil
}

func (*hands) Verdict(string) (davit.Finding, bool) { return davit.Finding{}, false }

func (*hands) Router(context.Context) api.RouterStatus {
	return api.RouterStatus{OK: true, URL: "http://127.0.0.1:7480"}
}

func (*hands) Series(context.Context, server.SeriesQuery) ([]api.Series, error) { return nil, nil }

func (*hands) Picture(context.Context, string, int64, int64) (api.Picture, error) {
	return api.Picture{}, nil
}

func (*hands) Counts(context.Context, string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		_ = yield([]byte(`{"t":1,"version":"baseline","requests":20}`), nil) && yield([]byte(`{"type":"tick","t":1}`), nil)
	}
}

func (h *hands) ListSecrets(context.Context, string, string) ([]api.Secret, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := []api.Secret{}
	for name := range h.secrets {
		out = append(out, api.Secret{Service: "shop", Name: name, Updated: begin()})
	}
	return out, nil
}

func (h *hands) SetSecret(_ context.Context, _ string, s api.Secret, _ []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.secrets[s.Name] = true
	return nil
}

func (h *hands) RemoveSecret(_ context.Context, _ string, s api.Secret) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.secrets[s.Name] {
		return &davit.Error{Kind: davit.NotFound, Text: "there is no secret " + s.Name}
	}
	delete(h.secrets, s.Name)
	return nil
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
