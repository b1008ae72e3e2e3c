package app_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/lab/uml"
)

// TestClockSet sets the machine's clock ten minutes ahead, twenty back and ten
// ahead again while versions go to production, in a machine of its own. It all
// ends as if nobody had: no user notices, no deadline is skipped or waited for
// twice, nothing good is taken back and nothing bad stays.
func TestClockSet(t *testing.T) {
	if !uml.Inside() {
		t.Parallel()
		uml.Run(t, uml.Machine{Slow: true, Within: 30 * time.Minute})
		return
	}
	m := newSlowMachine(t)
	m.force = true
	m.configureSlow()
	if run := m.awaitRun(m.ship("first", "")); run.Phase != "succeeded" {
		t.Fatalf("the first version: %s: %s", run.Phase, run.Why)
	}
	c := &clockSet{machine: m, users: m.load("shop.localhost", 5), slow: m.slowUsers()}
	c.ship("second", "")
	undisturbed := c.walk("shop-2", "undisturbed", func(string) {})
	c.promote("shop-1")
	disturbed := c.walk("shop-1", "the clock is set", c.jumps())
	if !slices.Equal(undisturbed.story, disturbed.story) {
		t.Errorf("the story with the clock set:\n%s\nundisturbed:\n%s", strings.Join(disturbed.story, "\n"), strings.Join(undisturbed.story, "\n"))
	}
	c.held("shop-2")
	c.serverDead("shop-1", 10*time.Minute)
	c.serverDead("shop-2", -20*time.Minute)
	c.force = false // nobody sends it on: that is for the judge to say
	c.ship("bad", "production fail 0.8")
	bad := c.walk("shop-3", "a bad version", c.jumps())
	if bad.rollout.Phase != "rolled-back" || !strings.Contains(bad.rollout.DecidedBy, "errors") {
		t.Errorf("the bad version is %s by %q: %s", bad.rollout.Phase, bad.rollout.DecidedBy, bad.rollout.Reason)
	}
	c.good()
}

// newSlowMachine makes a machine where other work may keep the router from being
// there in time: the next server finds it.
func newSlowMachine(t *testing.T) *machine {
	t.Helper()
	data, err := os.MkdirTemp("", "davit-")
	must(t, err)
	m := newMachineIn(t, data)
	for range 5 {
		m.start()
		if m.ready(); m.running() {
			return m
		}
	}
	t.Fatal("no server starts")
	return nil
}

// configureSlow writes a davit.yaml for a machine on which it takes a second to
// start a process. It has a hold at each step and a settling window, so that
// there are deadlines to miss.
func (m *machine) configureSlow() {
	m.t.Helper()
	self, err := os.Executable()
	must(m.t, err)
	m.write("davit.yaml", fmt.Sprintf(`service: shop
package: .
run:
  command: [%q, service]
  health: {ready: {http: /healthz, interval: 500ms, timeout: 10s}}
  start_within: 60s
  stop_within: 10s
environments:
  production:
    strategy: {canary: {steps: [50], hold: 2s}}
    instances: 1
    smoke: [{path: /healthz, timeout: 60s}]
    judge: {min_bake: 1s, min_requests: 1, margin: 20%%, beta: 0.2, warmup: 1s, deadline: 60s}
    settle: 2s
    drain: 10s
`, self))
}

// clockSet is a machine whose clock is set while versions walk.
type clockSet struct {
	*machine
	users, slow *users
	off         time.Duration // by how much the clock was set, all in all
}

// walked is what became of a version.
type walked struct {
	rollout api.Rollout
	story   []string // the kinds of what happened, in order
}

// jumps returns what sets the clock: ahead, back by twice as much, ahead, and so
// on.
func (c *clockSet) jumps() func(at string) {
	by := []time.Duration{10 * time.Minute, -20 * time.Minute, 10 * time.Minute}
	n := 0
	return func(at string) {
		c.setClock(at, by[n%len(by)])
		n++
	}
}

func (c *clockSet) setClock(when string, by time.Duration) {
	c.t.Helper()
	must(c.t, uml.SetClock(by))
	c.off += by
	c.t.Logf("%s: the clock was set by %s", when, by)
}

// right sets the clock back to what it would say.
func (c *clockSet) right() {
	c.t.Helper()
	if c.off != 0 {
		c.setClock("back", -c.off)
	}
}

// promote sends a release to production.
func (c *clockSet) promote(release string) {
	c.t.Helper()
	must(c.t, c.client.Call(c.t.Context(), "promote", nil, api.Promote{Release: release, Environment: "production"}, nil))
}

// awaitRelease waits until the newest rollout, which is that of a release, is in
// one of the phases.
func (c *clockSet) awaitRelease(release string, phases ...string) api.Rollout {
	c.t.Helper()
	var r api.Rollout
	await(c.t, 2*soon, release+" to be "+strings.Join(phases, " or "), func() (bool, string) {
		all := c.rollouts()
		if len(all) == 0 || all[0].Release != release {
			return false, "there is no rollout of it"
		}
		r = all[0]
		c.sendOn()
		return slices.Contains(phases, r.Phase), r.Phase + ": " + r.Reason
	})
	return r
}

// walk follows the rollout of a release, calls at whenever it comes into another
// phase or step, and says what became of it.
func (c *clockSet) walk(release, name string, at func(string)) walked {
	c.t.Helper()
	begun, seen := time.Now(), map[string]bool{}
	var r api.Rollout
	for !r.Final {
		r = c.awaitRelease(release, "preparing", "verifying", "shifting", "baking", "promoting", "settling", "rolling-back", "done", "rolled-back", "cancelled", "superseded")
		if where := fmt.Sprintf("%s %d", r.Phase, r.Step); !seen[where] && !r.Final {
			seen[where] = true
			at(where)
		}
	}
	c.right()
	w := walked{rollout: r}
	var last time.Time
	for _, e := range c.events() {
		if e.Rollout != r.ID {
			continue
		}
		if e.At.Before(last) || !last.IsZero() && e.At.Sub(last) > time.Minute {
			c.t.Errorf("%s: %q at %s, the one before at %s", name, e.Text, e.At, last)
		}
		last = e.At
		if strings.HasPrefix(e.Kind, "rollout.") {
			w.story = append(w.story, e.Kind)
		}
	}
	c.t.Logf("%s: %s is %s after %s: %s: %v", name, release, r.Phase, time.Since(begun).Round(time.Millisecond), r.Reason, w.story)
	return w
}

// events returns the newest events, oldest first.
func (m *machine) events() []api.Event {
	m.t.Helper()
	items := get[api.Page[api.Event]](m, "list-timeline", api.Params{"service": "shop", "limit": "200"}).Items
	slices.Reverse(items)
	return items
}

// held sets the clock while a person holds a rollout.
func (c *clockSet) held(release string) {
	c.t.Helper()
	c.promote(release)
	r := c.awaitRelease(release, "baking")
	begun := time.Now()
	const long = 6 * time.Second
	must(c.t, c.client.Call(c.t.Context(), "hold-rollout", api.Params{"rollout": r.ID}, api.Hold{Reason: "lunch", Seconds: long.Seconds()}, nil))
	c.awaitRelease(release, "held")
	jump := c.jumps()
	for n := range 3 {
		jump("held")
		await(c.t, soon, "a second to pass", func() (bool, string) { return time.Since(begun) > time.Duration(n+1)*time.Second, "" })
		now := c.rollouts()[0]
		if passed := time.Since(begun); now.Phase != "held" && passed < long {
			c.t.Errorf("after %s it is %s: %s", passed, now.Phase, now.Reason)
		}
	}
	c.awaitRelease(release, "baking", "shifting", "promoting", "settling", "done")
	c.t.Logf("held for %s", time.Since(begun).Round(time.Millisecond))
	c.right()
	if end := c.awaitRelease(release, "done", "rolled-back"); end.Phase != "done" {
		c.t.Errorf("after the hold %s is %s: %s", release, end.Phase, end.Reason)
	}
}

// serverDead sets the clock while the server is dead.
func (c *clockSet) serverDead(release string, by time.Duration) {
	c.t.Helper()
	c.promote(release)
	c.awaitRelease(release, "baking")
	c.end(syscall.SIGKILL)
	c.setClock("the server is dead", by)
	begun := time.Now()
	c.start()
	c.ready()
	if end := c.awaitRelease(release, "done", "rolled-back"); end.Phase != "done" {
		c.t.Errorf("the clock was set by %s while the server was dead: %s is %s: %s", by, release, end.Phase, end.Reason)
	}
	c.right()
	c.t.Logf("the clock was set by %s while the server was dead: %s is done after %s", by, release, time.Since(begun).Round(time.Millisecond))
}

// good checks what must hold at the end.
func (c *clockSet) good() {
	c.t.Helper()
	for _, u := range []*users{c.users, c.slow} {
		if f := u.failures(); len(f) > 0 {
			c.t.Errorf("%d of %d requests failed:\n%s", len(f), u.sent.Load(), strings.Join(f[:min(5, len(f))], "\n"))
		}
	}
	c.t.Logf("%d requests, %d slow ones", c.users.sent.Load(), c.slow.sent.Load())
	if report := get[api.AuditReport](c.machine, "verify-audit", nil); !report.OK {
		c.t.Errorf("the journal does not verify: %s", report.Summary)
	}
	c.onlyWanted(map[string]int{"production": 1})
}

// slowUsers are two whose requests take seconds: one is always under way.
func (m *machine) slowUsers() *users {
	over := make(chan struct{})
	u := &users{
		url: "http://" + m.router + "/slow", host: "shop.localhost",
		client: &http.Client{Timeout: 60 * time.Second}, stop: sync.OnceFunc(func() { close(over) }),
	}
	for range 2 {
		u.under.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					u.one()
				}
			}
		})
	}
	m.t.Cleanup(u.leave)
	return u
}
