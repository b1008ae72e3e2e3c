package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/server"
)

// hands stand in for what a server moves: they note what they were asked to do
// and answer with figures that are the same at every run.
type hands struct {
	// What is asked of these and not answered below is not asked by any test.
	server.Ramps
	server.Experiments // those that are planned on the page are real
	server.Delivery
	server.Steering
	server.Logs
	server.World
	server.Measures
	server.Secrets

	mu      sync.Mutex
	asked   []string
	secrets []api.Secret
	lines   []string // of every log
	present time.Time
	filled  bool          // there is something to show
	long    int           // lines of the log of search-run-1
	rest    chan struct{} // closed when the second half of them may come
}

func newHands(present time.Time) *hands {
	return &hands{present: present, lines: plainLog(), rest: make(chan struct{})}
}

// note remembers that something was asked for.
func (h *hands) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, fmt.Sprintf(format, args...))
}

func (h *hands) heard() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string{}, h.asked...)
}

// Promote and what follows are what a person may ask for.
func (h *hands) Promote(_ context.Context, actor, release, env string) (string, error) {
	h.note("%s promotes %s in %s", actor, release, env)
	return "shop-production-r3", nil
}

func (h *hands) Rollback(_ context.Context, actor, service, env, to, reason string) (string, error) {
	h.note("%s rolls %s back in %s to %q: %s", actor, service, env, to, reason)
	return "shop-production-r3", nil
}

func (h *hands) Rerun(_ context.Context, actor, run string) (string, error) {
	h.note("%s runs %s again", actor, run)
	return run, nil
}

func (h *hands) Cancel(_ context.Context, actor, run, reason string) error {
	h.note("%s cancels %s: %s", actor, run, reason)
	return nil
}

func (*hands) Plan(_ context.Context, service, commit string) (api.Plan, error) {
	p := api.Plan{Service: service, Commit: commit, Branch: "main", Queue: "newest", Package: "static files of dist/", Stages: []api.PlanStage{
		{Name: "test", Steps: []string{"go vet ./...", "go test ./..."}, Runs: true, Timeout: 600, Attempts: 2},
		{Name: "lint", Steps: []string{"golangci-lint run"}, Runs: true, Timeout: 300, Attempts: 1},
		{Name: "build", Needs: []string{"test", "lint"}, Steps: []string{"go build -trimpath -o dist/" + service + " ."}, Runs: true, Timeout: 600, Attempts: 1},
	}, Environments: []api.PlanEnvironment{}}
	for _, name := range []string{"staging", "production"} {
		p.Environments = append(p.Environments, api.PlanEnvironment{
			Name: name, Hosts: []string{service + "." + name + ".localhost"}, Instances: 2, Strategy: "canary", Settle: 600,
			Steps: []api.Step{{Name: "5 %"}, {Name: "25 %"}, {Name: "50 %"}, {Name: "100 %"}}, Gates: []api.Finding{},
			Defaults: map[string]string{"judge": "errors and latency, 5 % false alarms", "drain": "30 s", "ready": "GET /healthz"},
		})
	}
	return p, nil
}

func (h *hands) Hold(_ context.Context, actor, rollout, reason string, _ time.Time) error {
	h.note("%s holds %s: %s", actor, rollout, reason)
	return nil
}

func (h *hands) Resume(_ context.Context, actor, rollout string) error {
	h.note("%s resumes %s", actor, rollout)
	return nil
}

func (h *hands) Advance(_ context.Context, actor, rollout string, force bool, reason string) error {
	h.note("%s advances %s, force %v: %s", actor, rollout, force, reason)
	return nil
}

func (h *hands) Approve(_ context.Context, actor, rollout, reason string) error {
	h.note("%s approves %s: %s", actor, rollout, reason)
	return nil
}

func (h *hands) Abort(_ context.Context, actor, rollout, reason string) error {
	h.note("%s aborts %s: %s", actor, rollout, reason)
	return nil
}

func (h *hands) Quarantine(_ context.Context, actor string, digest davit.Digest, reason string) error {
	h.note("%s quarantines %s: %s", actor, digest, reason)
	return nil
}

func (h *hands) Lift(_ context.Context, actor string, digest davit.Digest, reason string) error {
	h.note("%s lifts %s: %s", actor, digest, reason)
	return nil
}

// StageLog and InstanceLog say what lines says.
func (h *hands) StageLog(ctx context.Context, q server.StageLogQuery) iter.Seq2[api.LogLine, error] {
	if h.long > 0 && q.Run == "search-run-1" {
		return h.longLog(ctx, q.After)
	}
	return h.log("test", q.After)
}

// longLog has lines of a hundred bytes. Half of them come at once.
func (h *hands) longLog(ctx context.Context, after int64) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		for n := after + 1; n <= int64(h.long); n++ {
			if n == int64(h.long/2) {
				select {
				case <-h.rest:
				case <-ctx.Done():
					return
				}
			}
			text := fmt.Sprintf("line %d of many, with \x1b[32mcolour\x1b[0m and enough words that it comes to about a hundred bytes of text", n)
			if !yield(api.LogLine{Sequence: n, Source: "test", Attempt: 1, Text: text}, nil) {
				return
			}
		}
	}
}

func (h *hands) InstanceLog(_ context.Context, q server.InstanceLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		n := int64(0)
		for i := range 60 {
			id := fmt.Sprintf("%s-1-%s-%d", q.Service, q.Environment, 1+i%2)
			if q.Instance != "" && q.Instance != id {
				continue
			}
			n++
			line := api.LogLine{At: noon().Add(time.Duration(i) * time.Second), Sequence: n, Source: id, Text: fmt.Sprintf("GET /basket/%d 200 in %d ms", 4000+i*7, 3+i%9)}
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (h *hands) log(source string, after int64) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		for i, text := range h.lines {
			n := int64(i + 1)
			if n <= after {
				continue
			}
			if !yield(api.LogLine{At: noon().Add(time.Duration(i) * 20 * time.Millisecond), Sequence: n, Source: source, Stream: "stdout", Attempt: 1, Text: text}, nil) {
				return
			}
		}
	}
}

func (*hands) Instances(_ context.Context, service, env string) ([]davit.Instance, error) {
	release := cmp.Or(map[string]string{"shop/staging": "shop-3", "cart/staging": "cart-2"}[service+"/"+env], service+"-1")
	name := func(n int) string { return fmt.Sprintf("%s-1-%s-%d", service, env, n) }
	return []davit.Instance{
		{ID: name(1), Service: service, Environment: env, Release: release, Ordinal: 1, State: davit.Ready, Started: noon().Add(-3 * time.Hour)},
		{ID: name(2), Service: service, Environment: env, Release: release, Ordinal: 2, State: davit.Ready, Restarts: 1, Started: noon().Add(-time.Hour)},
	}, nil
}

func (*hands) Verdict(string) (davit.Finding, bool) { return davit.Finding{}, false }

func (*hands) Router(context.Context) api.RouterStatus {
	return api.RouterStatus{OK: true, URL: "http://127.0.0.1:7480"}
}

// Series draws the same hills at every run, of what runs in the environment:
// its stable release and, where a rollout is under way, the new one.
func (h *hands) Series(ctx context.Context, q server.SeriesQuery) ([]api.Series, error) {
	out := []api.Series{}
	step := max(1, int64(q.Step/time.Second))
	instances, _ := h.Instances(ctx, q.Service, q.Environment)
	releases := []string{instances[0].Release}
	if q.Environment == "production" && q.Service == "shop" {
		releases = append(releases, "shop-3")
	}
	for n, release := range releases {
		s := api.Series{Service: q.Service, Environment: q.Environment, Release: release, Step: step, Points: []api.Point{}}
		from := q.From
		if n > 0 {
			from = noon().Add(-210 * time.Second)
		}
		for at := from.Unix() / step * step; at < q.To.Unix(); at += step {
			wave := math.Sin(float64(at)/40) + math.Sin(float64(at)/13)/3
			requests := uint64((80+25*wave)*float64(step)) / uint64(1+3*n)
			s.Points = append(s.Points, api.Point{At: at, Requests: requests, Errors: requests * 3 / 1000, P50: 12 + 2*wave, P99: 80 + 10*wave + 40*float64(n)})
		}
		out = append(out, s)
	}
	return out, nil
}

func (*hands) Counts(context.Context, string) iter.Seq2[[]byte, error] {
	return func(func([]byte, error) bool) {}
}

func (h *hands) ListSecrets(context.Context, string, string) ([]api.Secret, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]api.Secret{}, h.secrets...), nil
}

func (h *hands) SetSecret(_ context.Context, _ string, s api.Secret, _ []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.secrets = append(h.secrets, s)
	return nil
}

func (*hands) RemoveSecret(context.Context, string, api.Secret) error { return nil }

func plainLog() []string {
	out := []string{"$ go test ./..."}
	for i := range 40 {
		out = append(out, fmt.Sprintf("ok  \texample.com/shop/part%d\t0.%02ds", i, i))
	}
	return out
}
