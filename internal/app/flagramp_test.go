package app_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/router"
)

// newTill makes a machine whose service asks a flag for each user, and fails
// for so large a share of those who have it.
func newTill(t *testing.T, fail, failExposed float64) *machine {
	t.Helper()
	m := newMachine(t)
	m.configure("rolling: {hold: 0s}", "    sticky: {header: X-User}\n")
	token, err := api.Do[api.NewToken](t.Context(), m.client, "create-token", nil, api.CreateToken{Name: "till", Role: "client", Flags: []string{"shop/production"}})
	must(t, err)
	commit := m.ship("first", fmt.Sprintf("fail %g\nproduction flags http://%s\nproduction token %s\nfail_exposed %g", fail, m.listen, token.Secret, failExposed))
	m.force = true
	if run := m.awaitRun(commit); run.Phase != "succeeded" {
		t.Fatalf("the first version: %s: %s", run.Phase, run.Why)
	}
	_, err = api.Do[api.FlagEdited](t.Context(), m.client, "create-flag", nil, api.CreateFlag{
		Project: "shop", Key: "new-checkout", Document: "{kind: release, owner: till, purpose: The checkout on one page.}",
	})
	must(t, err)
	return m
}

// people come with a name each, so many a second, until the test ends.
func (m *machine) people(rate int) {
	ctx, stop := context.WithCancel(context.Background())
	client := &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var under sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(rate))
	under.Go(func() {
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				under.Go(func() { buy(client, m.router) })
			}
		}
	})
	m.t.Cleanup(func() { stop(); under.Wait(); client.CloseIdleConnections() })
}

func buy(client *http.Client, address string) {
	q, err := http.NewRequest(http.MethodGet, "http://"+address+"/buy", nil)
	if err != nil {
		return
	}
	q.Host = "shop.localhost"
	q.Header.Set("X-User", fmt.Sprintf("user-%d", rand.IntN(100_000)))
	if a, err := client.Do(q); err == nil {
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
	}
}

func (m *machine) startRamp(body api.StartRamp) {
	m.t.Helper()
	_, err := api.Do[api.Ramp](m.t.Context(), m.client, "start-ramp", api.Params{"project": "shop", "flag": "new-checkout", "environment": "production"}, body)
	must(m.t, err)
}

// awaitRamp waits until the ramp is as done says, and returns the largest share
// that was seen on the way.
func (m *machine) awaitRamp(what string, done func(api.Ramp) bool) (api.Ramp, float64) {
	m.t.Helper()
	var r api.Ramp
	most := 0.0
	await(m.t, 10*soon, what, func() (bool, string) {
		var err error
		r, err = api.Get[api.Ramp](m.t.Context(), m.client, "get-ramp", api.Params{"project": "shop", "flag": "new-checkout", "environment": "production"})
		if err != nil {
			return false, err.Error()
		}
		most = max(most, r.Share)
		return done(r), fmt.Sprintf("%s, %g %%, %s %s %s %v", r.Phase, r.Share, r.Verdict, r.Word, r.Reason, r.Waiting)
	})
	return r, most
}

// TestBadRampIsBackBeforeFivePercent goes the whole way: server, router, a
// service that evaluates the flag in its own process. A variant with three times
// the errors goes to 1 % and is back at 0 % before anybody else has it, also
// when the server is killed meanwhile.
func TestBadRampIsBackBeforeFivePercent(t *testing.T) {
	t.Parallel()
	m := newTill(t, 0.15, 0.45)
	m.people(120)
	m.startRamp(api.StartRamp{Hold: "20m"})
	m.awaitRamp("the first users to have the variant", func(r api.Ramp) bool { return r.Phase == "holding" })
	m.end(syscall.SIGKILL)
	m.start()
	m.ready()
	r, most := m.awaitRamp("the ramp to fail", func(r api.Ramp) bool { return !r.Ended.IsZero() })
	if r.Phase != "failed" || r.Share != 0 || most > 1 || !r.Locked || r.Step != 0 {
		t.Errorf("%s at %g %%, at most %g %%: %s", r.Phase, r.Share, most, r.Reason)
	}
	if !strings.Contains(r.Reason, "turning off `new-checkout` removes") {
		t.Logf("the reason does not say what turning off would bring: %s", r.Reason)
	}
	events := get[api.Page[api.Event]](m, "list-timeline", api.Params{"kind": "ramp.failed,ramp.raised", "limit": "50"}).Items
	if len(events) != 1 || events[0].Kind != "ramp.failed" {
		t.Errorf("told: %+v", events)
	}
	if tags, err := router.NewClient(m.data).Taggings(t.Context()); err != nil || len(tags) != 1 || len(tags[0].Tags) > 1 {
		t.Errorf("the router tells apart %+v, %v", tags, err)
	}
}

// TestHealthyRampEndsAtAll: a variant that does no harm reaches everybody, also
// when the server is killed in the middle.
func TestHealthyRampEndsAtAll(t *testing.T) {
	t.Parallel()
	m := newTill(t, 0.01, 0.01)
	m.people(120)
	m.startRamp(api.StartRamp{Hold: "2s", Steps: []api.RampStep{{Share: 20}, {Share: 50, Judge: "watch"}, {Share: 100}}})
	before, _ := m.awaitRamp("the second step", func(r api.Ramp) bool { return r.Step == 1 && r.Phase == "holding" })
	m.end(syscall.SIGKILL)
	m.start()
	m.ready()
	again, _ := m.awaitRamp("the ramp after the restart", func(api.Ramp) bool { return true })
	if again.Share < before.Share {
		t.Errorf("%g %% after the restart, %g %% before", again.Share, before.Share)
	}
	r, _ := m.awaitRamp("the ramp to be over", func(r api.Ramp) bool { return !r.Ended.IsZero() })
	if r.Phase != "done" || r.Share != 100 || r.Locked {
		t.Errorf("%s at %g %%: %s", r.Phase, r.Share, r.Reason)
	}
}
