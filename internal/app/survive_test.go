package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/router"
)

// newShop makes a machine with a first version in both environments.
func newShop(t *testing.T, strategy string) (*machine, string) {
	t.Helper()
	m := newMachine(t)
	m.configure(strategy, "")
	first := m.ship("first", "")
	if run := m.awaitRun(first); run.Phase != "succeeded" {
		t.Fatalf("the first version: %s: %s", run.Phase, run.Why)
	}
	return m, first
}

// rollouts of production, newest first.
func (m *machine) rollouts() []api.Rollout {
	m.t.Helper()
	return get[api.Page[api.Rollout]](m, "list-rollouts", api.Params{"service": "shop", "environment": "production", "limit": "20"}).Items
}

// awaitPhase waits until the newest rollout in production is in a phase.
func (m *machine) awaitPhase(commit string, phases ...string) api.Rollout {
	m.t.Helper()
	var found api.Rollout
	await(m.t, soon, "the rollout to be "+strings.Join(phases, " or "), func() (bool, string) {
		all := m.rollouts()
		if len(all) == 0 || all[0].Commit != commit {
			return false, "there is none"
		}
		found = all[0]
		if slices.Contains(phases, found.Phase) {
			return true, ""
		}
		return false, found.Phase + ": " + found.Reason
	})
	return found
}

// TestServerDiesUnderCanary kills the server many times while a canary is in
// flight: no request fails, no weight rises while it is dead, and the rollout
// ends as if nothing had happened.
func TestServerDiesUnderCanary(t *testing.T) {
	t.Parallel()
	m, _ := newShop(t, "canary: {steps: [20, 50], hold: 1s}")
	users := m.load("shop.localhost", 60)
	routes := router.NewClient(m.data)
	weight := func() (sum int, epoch uint64) {
		list, err := routes.Routes(t.Context())
		must(t, err)
		for _, r := range list {
			if r.Route.Environment != "production" {
				continue
			}
			for _, v := range r.Route.Versions {
				if v.New {
					sum = int(v.Weight)
				}
			}
			epoch = r.Route.Epoch
		}
		return sum, epoch
	}
	commit := m.ship("second", "")
	m.awaitPhase(commit, "baking", "shifting", "promoting", "settling", "done")
	const kills = 20
	for n := range kills {
		m.end(syscall.SIGKILL)
		before, epoch := weight()
		sent := users.sent.Load()
		await(t, soon, "some requests without a server", func() (bool, string) { return users.sent.Load() > sent+8, "" })
		if after, then := weight(); after != before || then != epoch {
			t.Fatalf("kill %d: while the server was dead the weight went from %d to %d", n+1, before, after)
		}
		m.start()
		m.ready()
	}
	m.force = true
	run := m.awaitRun(commit)
	if run.Phase != "succeeded" {
		t.Errorf("after %d kills: %s: %s", kills, run.Phase, run.Why)
	}
	if f := users.failures(); len(f) > 0 || users.bad.Load() > 0 {
		t.Errorf("%d of %d requests failed, %d were bad:\n%s", len(f), users.sent.Load(), users.bad.Load(), strings.Join(f[:min(5, len(f))], "\n"))
	}
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
	t.Logf("%d kills, %d requests, 0 failed", kills, users.sent.Load())
}

// TestRouterDies kills the router's worker and then its holder with everything:
// it comes back with the same routes.
func TestRouterDies(t *testing.T) {
	t.Parallel()
	m, first := newShop(t, "canary: {steps: [50], hold: 0s}")
	client := router.NewClient(m.data)
	serves := func() (bool, string) {
		u := m.load("shop.localhost", 1)
		u.leave()
		u.one()
		f := u.failures()
		return len(f) == 0 && u.bad.Load() == 0, strings.Join(f, "; ")
	}
	state, err := client.State(t.Context())
	must(t, err)
	must(t, syscall.Kill(state.PID, syscall.SIGKILL))
	await(t, soon, "another worker to serve", func() (bool, string) {
		if now, err := client.State(t.Context()); err != nil || now.PID == state.PID {
			return false, fmt.Sprint("still the same: ", err)
		}
		return serves()
	})

	m.end(syscall.SIGTERM)
	state, err = client.State(t.Context())
	must(t, err)
	_ = syscall.Kill(state.Holder, syscall.SIGKILL)
	_ = syscall.Kill(state.PID, syscall.SIGKILL)
	m.start()
	m.ready()
	await(t, soon, "a new router to serve", serves)

	second := m.ship("second", "")
	m.force = true
	m.users(60)
	if run := m.awaitRun(second); run.Phase != "succeeded" {
		t.Errorf("the next push: %s: %s", run.Phase, run.Why)
	}
	if env := m.environment("production"); env.Commit == first {
		t.Error("the second version does not serve")
	}
}

// users is load for those who do not count.
func (m *machine) users(rate int) { m.load("shop.localhost", rate) }

// TestSecondServer is refused, and hurts nothing.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	self, err := os.Executable()
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	out, err := exec.CommandContext(ctx, self, "server", "--data", m.data, "--listen", freeAddress(t), "--router", m.router).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "is in use by process "+fmt.Sprint(m.server.Process.Pid)) {
		t.Errorf("a second server: %v: %s", err, out)
	}
	must(t, m.client.Alive(t.Context()))
}

// TestMissedPush takes up a push of which the server could not be told, on any
// branch.
func TestMissedPush(t *testing.T) {
	t.Parallel()
	m, _ := newShop(t, "blue-green: {hold: 0s}")
	m.end(syscall.SIGKILL)
	m.write("behaviour", "# second\n")
	commit := m.commit("second")
	// What git has received when the server dies before its hook speaks: the
	// branch has moved, and nobody knows.
	bare := filepath.Join(m.data, "repos", "shop.git")
	m.git("-c", "core.hooksPath=/dev/null", "push", "--quiet", "--receive-pack=git -c core.hooksPath=/dev/null receive-pack", bare, "main", "main:trial")
	m.start()
	m.ready()
	await(t, 2*soon, "a run for each branch", func() (bool, string) {
		branches := map[string]string{}
		for _, r := range m.runsOf(commit) {
			branches[r.Branch] = r.Phase
		}
		return branches["main"] == "succeeded" && branches["trial"] == "succeeded", fmt.Sprint(branches)
	})
	m.quiet()
	if env := m.environment("production"); env.Commit != commit {
		t.Errorf("production serves %s", env.Commit)
	}
}

// TestDiskFull fills the disk of the data folder in the middle of a rollout:
// the server says so, and goes on by itself when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	data, err := os.MkdirTemp("", "davit-")
	must(t, err)
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=64m"); err != nil {
		_ = os.Remove(data)
		t.Skipf("the disk cannot be filled here: mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	m := newMachineIn(t, data)
	m.start()
	m.ready()
	m.configure("canary: {steps: [50], hold: 1s}", "")
	first := m.ship("first", "")
	m.awaitRun(first)
	users := m.load("shop.localhost", 60)
	second := m.ship("second", "")
	m.awaitPhase(second, "baking")
	filler := filepath.Join(data, "filler")
	fill(t, filler)
	await(t, soon, "the server to say that the disk is full", func() (bool, string) {
		fill(t, filler)
		// A write that must not be lost: the answer says that it was not done.
		err := m.client.Call(t.Context(), "set-secret", nil, map[string]string{"service": "shop", "name": "FILL", "value": strings.Repeat("x", 4096)}, nil)
		return err != nil && strings.Contains(err.Error(), "full"), fmt.Sprint(err)
	})
	must(t, os.Remove(filler))
	m.force = true
	if run := m.awaitRun(second); run.Phase != "succeeded" {
		t.Errorf("after there was room again: %s: %s", run.Phase, run.Why)
	}
	if f := users.failures(); len(f) > 0 {
		t.Errorf("%d requests failed: %s", len(f), f[0])
	}
	if report := get[api.AuditReport](m, "verify-audit", nil); !report.OK {
		t.Errorf("the journal: %s", report.Summary)
	}
}

// fill writes until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return // no room for the file itself
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 1 << 12, 1} {
		for block := make([]byte, size); ; {
			if _, err := f.Write(block); err != nil {
				break
			}
		}
	}
}

// TestHoldEndsAsStored ends a hold at the time that was kept for it, though the
// server was dead when it came.
func TestHoldEndsAsStored(t *testing.T) {
	t.Parallel()
	m, _ := newShop(t, "blue-green: {hold: 2s}")
	commit := m.ship("second", "")
	r := m.awaitPhase(commit, "baking")
	until := time.Now().Add(3 * time.Second)
	if err := m.client.Call(t.Context(), "hold-rollout", api.Params{"rollout": r.ID}, api.Hold{Reason: "lunch", Until: until}, nil); err != nil {
		t.Skipf("it was quicker: %v", err)
	}
	m.awaitPhase(commit, "held")
	m.end(syscall.SIGKILL)
	await(t, soon, "the hold to be over", func() (bool, string) { return time.Now().After(until), "" })
	m.start()
	m.ready()
	if run := m.awaitRun(commit); run.Phase != "succeeded" {
		t.Errorf("after the hold: %s: %s", run.Phase, run.Why)
	}
}

// TestNextWaits kills the server while one rollout is under way and another
// waits behind it: both come to their end, and nothing of the first stays.
func TestNextWaits(t *testing.T) {
	t.Parallel()
	m, _ := newShop(t, "blue-green: {hold: 6s}")
	users := m.load("shop.localhost", 30)
	second := m.ship("second", "")
	m.awaitPhase(second, "baking")
	third := m.ship("third", "")
	await(t, soon, "the third to wait", func() (bool, string) {
		env := m.environment("production")
		return env.Waiting != "", fmt.Sprintf("%+v", env.Active)
	})
	for range 2 {
		m.end(syscall.SIGKILL)
		m.start()
		m.ready()
	}
	if run := m.awaitRun(third); run.Phase != "succeeded" {
		t.Errorf("the third: %s: %s", run.Phase, run.Why)
	}
	if run := m.awaitRun(second); run.Phase != "succeeded" && run.Phase != "superseded" {
		t.Errorf("the second: %s: %s", run.Phase, run.Why)
	}
	if env := m.environment("production"); env.Commit != third {
		t.Errorf("production serves %s", env.Commit)
	}
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
	if f := users.failures(); len(f) > 0 {
		t.Errorf("%d requests failed: %s", len(f), f[0])
	}
}

// TestDown stops everything and lets the next server bring it all back.
func TestDown(t *testing.T) {
	t.Parallel()
	m, first := newShop(t, "blue-green: {hold: 0s}")
	m.end(syscall.SIGTERM)
	must(t, app.Down(t.Context(), m.data))
	if left := m.processes(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	m.start()
	m.ready()
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
	u := m.load("shop.localhost", 1)
	u.leave()
	await(t, soon, "the first version to serve again", func() (bool, string) {
		u.one()
		f := u.failures()
		return len(f) == 0, strings.Join(f, "; ")
	})
	if env := m.environment("production"); env.Commit != first {
		t.Errorf("production serves %s", env.Commit)
	}
}

// TestDeadlinePassesUnattended lets a step's deadline pass while the server is
// dead: what was measured meanwhile is heard before the step is given up.
func TestDeadlinePassesUnattended(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure("canary: {steps: [50], hold: 0s}", "")
	yaml, err := os.ReadFile(filepath.Join(m.repo, "davit.yaml"))
	must(t, err)
	// Never enough requests for a PASS, and little time.
	m.write("davit.yaml", strings.NewReplacer("min_requests: 1", "min_requests: 100000000", "deadline: 40s", "deadline: 4s").Replace(string(yaml)))
	first := m.ship("first", "")
	m.awaitRun(first)
	m.load("shop.localhost", 30)
	commit := m.ship("second", "")
	baking := m.awaitPhase(commit, "baking")
	m.end(syscall.SIGKILL)
	over := baking.Since.Add(6 * time.Second)
	await(t, soon, "the deadline to pass", func() (bool, string) { return time.Now().After(over), "" })
	m.start()
	m.ready()
	run := m.awaitRun(commit)
	if run.StoppedBy != "production: deadline" || !strings.Contains(run.Why, "too few requests") {
		t.Errorf("%s by %q: %s", run.Phase, run.StoppedBy, run.Why)
	}
}
