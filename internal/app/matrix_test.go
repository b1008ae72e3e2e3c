package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// kind is one way of replacing a version, with a fault that it notices.
type kind struct {
	name     string
	strategy string
	fault    string // behaviour of the bad version
	by       string // a part of who stops it
	rate     int    // of requests: a judge that has to pass a version needs some
	judged   bool   // a good version waits for the judge's PASS
}

func kinds() []kind {
	return []kind{
		{"canary", "canary: {steps: [50], hold: 0s}", "production fail 0.6", "errors", 60, true},
		{"rolling", "rolling: {hold: 2s}", "production crash", "start", 30, false},
		{"blue-green", "blue-green: {hold: 1s}", "production crash", "start", 30, false},
		{"recreate", "recreate: {hold: 1s}", "production crash", "start", 30, false},
		{"ab", "ab: {share: 50, hold: 1s}", "production fail 0.6", "errors", 60, true},
		{"mirror", "mirror: {share: 50, mirror_hold: 1s, steps: [50], hold: 0s}", "production fail 0.6", "errors", 60, true},
	}
}

// sampleFor bounds a strategy's sample.
const sampleFor = 15 * time.Second

// TestCrashMatrix ends the server before and after writes of a push and demands
// that, after a restart, everything ends as if nothing had happened. Every
// write of every strategy is for DAVIT_FULL_MATRIX=1; else it is a sample.
func TestCrashMatrix(t *testing.T) {
	full := os.Getenv("DAVIT_FULL_MATRIX") != ""
	signals := []string{"KILL"}
	if full {
		signals = []string{"KILL", "TERM"}
	}
	for i, k := range kinds() {
		for _, signal := range signals {
			for _, bad := range []bool{false, true} {
				if !full && bad != (i%2 == 0) && k.name != "canary" {
					continue
				}
				name := k.name + "/good/" + signal
				if bad {
					name = k.name + "/bad/" + signal
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					newMatrix(t, k, bad).run(signal, full, i)
				})
			}
		}
	}
}

// matrix is the crash matrix of one strategy, on one machine.
type matrix struct {
	*machine
	kind   kind
	bad    bool
	users  *users
	stable string         // commit that serves in production
	count  int            // of pushes
	why    string         // the reason of the last run's end
	passed map[string]int // by whose word good versions went on
}

func newMatrix(t *testing.T, k kind, bad bool) *matrix {
	m := &matrix{machine: newMachine(t), kind: k, bad: bad, passed: map[string]int{}}
	m.force = !bad
	if k.judged {
		m.patience = 12 * time.Second
	}
	m.configure(k.strategy, "")
	m.stable = m.ship("first", "")
	if run := m.awaitRun(m.stable); run.Phase != "succeeded" {
		t.Fatalf("the first version: %s: %s", run.Phase, run.Why)
	}
	m.users = m.load("shop.localhost", k.rate)
	return m
}

// run goes through the writes: all, or a sample that differs from strategy to
// strategy.
func (m *matrix) run(signal string, full bool, offset int) {
	t := m.t
	counting := filepath.Join(m.data, "test-count")
	m.end(syscall.SIGTERM)
	m.start(countsInto + "=" + counting)
	m.ready()
	undisturbed := m.push(nil)
	b, err := os.ReadFile(counting)
	must(t, err)
	writes := len(b)
	t.Logf("undisturbed: %s; %d writes", undisturbed, writes)
	want := "run succeeded;"
	if m.bad {
		want = "run failed; stopped by production: " + m.kind.by + ";"
	}
	if !strings.HasPrefix(noticed(undisturbed), want) {
		t.Fatalf("undisturbed, it should be: %s\n%s", want, m.why)
	}
	cases, hits := 0, 0
	begun := time.Now()
	for _, c := range plan(writes, full, offset) {
		if !full && time.Since(begun) > sampleFor && cases > 1 {
			t.Logf("time is up for the sample after %d cases", cases)
			break
		}
		at := fmt.Sprintf("%s %s %d", signal, c.side, c.write)
		m.end(syscall.SIGTERM)
		_ = os.Remove(filepath.Join(m.data, reached))
		m.start(endsAt + "=" + at)
		m.ready()
		got := m.push(func() {
			m.start()
			m.ready()
		})
		cases++
		if _, err := os.Stat(filepath.Join(m.data, reached)); err == nil {
			hits++
		}
		if !alike(got, undisturbed) {
			t.Errorf("%s: %s\nundisturbed: %s", at, got, undisturbed)
		}
		m.verify(at)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d cases, %d of them reached their write, %d requests, 0 failed; passed by: %v", cases, hits, m.users.sent.Load(), m.passed)
}

// alike compares outcomes.
func alike(a, b string) bool { return noticed(a) == noticed(b) }

// noticed says the same however a version that dies at start was noticed: by
// the wait for its instances or by the word of the target, whichever came first.
func noticed(outcome string) string {
	return strings.ReplaceAll(outcome, "production: crash", "production: start")
}

type point struct {
	side  string
	write int
}

// plan lists where the server ends.
func plan(writes int, full bool, offset int) []point {
	var points []point
	step, from := 1, 1
	if !full {
		step, from = 7, 2+offset%5
	}
	for n := from; n <= writes; n += step {
		if full {
			points = append(points, point{"before", n}, point{"after", n})
			continue
		}
		points = append(points, point{[]string{"before", "after"}[(n+offset)%2], n})
	}
	return points
}

// push brings a new version, good or bad, to its end and returns how it ended.
// If the server ends on the way, restart is called; the developer pushes again
// if the push has failed.
func (m *matrix) push(restart func()) string {
	m.t.Helper()
	m.count++
	fault := ""
	if m.bad {
		fault = m.kind.fault
	}
	m.write("behaviour", fmt.Sprintf("# %d\n%s\n", m.count, fault))
	commit := m.commit(fmt.Sprintf("push %d", m.count))
	_, err := m.tryPush()
	if restart != nil {
		m.finalOrEnded(commit)
		// Its write may come still, or never: a server without an end to come
		// tells how it all ended.
		m.end(syscall.SIGTERM)
		restart()
	}
	if err != nil {
		if out, err := m.tryPush(); err != nil {
			m.t.Fatalf("push once more: %v: %s", err, out)
		}
	}
	return m.outcome(commit, m.awaitRun(commit))
}

// finalOrEnded waits until the run is over and quiet, or the server is gone.
func (m *matrix) finalOrEnded(commit string) {
	m.t.Helper()
	await(m.t, 2*soon, "the run to end, or the server", func() (bool, string) {
		if !m.running() {
			return true, ""
		}
		runs, err := api.Get[api.Page[api.Run]](m.t.Context(), m.client, "list-runs", api.Params{"limit": "3"})
		if err != nil {
			return false, err.Error()
		}
		for _, r := range runs.Items {
			if r.Commit != commit || !r.Final {
				m.sendOn()
				continue
			}
			rollouts, err := api.Get[api.Page[api.Rollout]](m.t.Context(), m.client, "list-rollouts", api.Params{"limit": "3"})
			if err != nil {
				return false, err.Error()
			}
			for _, o := range rollouts.Items {
				if !o.Final {
					m.sendOn()
					return false, o.ID + " is " + o.Phase
				}
			}
			return true, ""
		}
		return false, "it goes on"
	})
}

// outcome says in one line what became of a commit; it is the same for every
// push that ends alike.
func (m *matrix) outcome(commit string, run api.Run) string {
	m.t.Helper()
	m.why = run.Why
	say := []string{"run " + run.Phase}
	if run.StoppedBy != "" {
		say = append(say, "stopped by "+run.StoppedBy)
	}
	for _, s := range run.Stages {
		say = append(say, fmt.Sprintf("stage %s %s, attempt %d", s.Name, s.Phase, s.Attempt))
	}
	releases := 0
	for _, r := range get[api.Page[api.Release]](m.machine, "list-releases", api.Params{"limit": "20"}).Items {
		if r.Commit == commit {
			releases++
			say = append(say, fmt.Sprintf("release quarantined %t", r.Quarantined))
		}
	}
	if releases > 1 {
		m.t.Errorf("commit %s has %d releases", commit, releases)
	}
	rollouts := map[string]int{}
	for _, r := range get[api.Page[api.Rollout]](m.machine, "list-rollouts", api.Params{"limit": "20"}).Items {
		if r.Commit == commit {
			rollouts[r.Environment]++
			say = append(say, r.Environment+" "+r.Phase)
			if r.Environment == "production" && m.kind.judged && !m.bad {
				m.passed[passedBy(r)]++
			}
		}
	}
	for env, n := range rollouts {
		if n > 1 {
			m.t.Errorf("commit %s has %d rollouts in %s", commit, n, env)
		}
	}
	for _, name := range []string{"staging", "production"} {
		env := m.environment(name)
		switch env.Commit {
		case commit:
			say = append(say, name+" serves it")
		case m.stable:
			say = append(say, name+" serves what was there")
		default:
			say = append(say, name+" serves "+env.Commit)
		}
		if env.Active != nil || env.Waiting != "" {
			say = append(say, "something is under way")
		}
	}
	if m.environment("production").Commit == commit {
		m.stable = commit
	}
	return strings.Join(say, "; ")
}

// passedBy says by whose word a rollout went on: that of the judge, kept for this
// very epoch, or somebody else's.
func passedBy(r api.Rollout) string {
	passes := 0
	for _, f := range r.Findings {
		switch {
		case f.Gate == "person":
			return "a person"
		case f.Gate == "judge" && f.Answer == "pass" && f.Evidence["verdict"] == "pass" && f.Epoch == r.Epoch:
			passes++
		}
	}
	if passes == 0 {
		return "nobody"
	}
	return "the judge"
}

// verify checks what must hold after every case.
func (m *matrix) verify(at string) {
	m.t.Helper()
	if failed := m.users.failures(); len(failed) > 0 {
		m.t.Errorf("%s: %d requests failed:\n%s", at, len(failed), strings.Join(failed[:min(5, len(failed))], "\n"))
	}
	if !m.bad && m.users.bad.Load() > 0 {
		m.t.Errorf("%s: the service failed %d requests", at, m.users.bad.Load())
	}
	if report := get[api.AuditReport](m.machine, "verify-audit", nil); !report.OK {
		m.t.Errorf("%s: the journal does not verify: %s", at, report.Summary)
	}
	m.onlyWanted(map[string]int{"staging": 1, "production": 2})
}
