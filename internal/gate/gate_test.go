package gate_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/gate"
	"github.com/davit-cd/davit/internal/spec"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func facts(change func(*gate.Facts)) gate.Facts {
	f := gate.Facts{
		Service: "shop", Environment: "production", Now: now, Pusher: "bob",
		Release: davit.Release{ID: "shop-17", Artifact: davit.DigestOf([]byte("x")), Author: "Ann <ann@example.org>", Configs: map[string]davit.Digest{"production": davit.DigestOf([]byte("c"))}},
		Params:  map[string]any{},
	}
	if change != nil {
		change(&f)
	}
	return f
}

func yes(actor string, role davit.Role) gate.Approval {
	return gate.Approval{Actor: actor, Role: role, At: now}
}

func TestGates(t *testing.T) {
	for name, c := range map[string]struct {
		gate   string
		change func(*gate.Facts)
		want   davit.Answer
		reason string
	}{
		"nobody":          {"approval", nil, davit.Waiting, "0 of 1 approvals"},
		"one":             {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("eve", davit.Deployer)} }, davit.Passed, "approved by eve"},
		"pusher":          {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("Bob", davit.Admin)} }, davit.Waiting, "own commit"},
		"author":          {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("ann", davit.Admin)} }, davit.Waiting, "own commit"},
		"pusher, allowed": {"approval", func(f *gate.Facts) { f.Params["own"] = true; f.Approvals = []gate.Approval{yes("bob", davit.Deployer)} }, davit.Passed, ""},
		"twice the same": {"approval", func(f *gate.Facts) {
			f.Params["count"] = 2.0
			f.Approvals = []gate.Approval{yes("eve", davit.Admin), yes("eve", davit.Admin)}
		}, davit.Waiting, "1 of 2"},
		"two": {"approval", func(f *gate.Facts) {
			f.Params["count"] = 2
			f.Approvals = []gate.Approval{yes("eve", davit.Admin), yes("dan", davit.Deployer)}
		}, davit.Passed, "eve and dan"},
		"viewer": {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("eve", davit.Viewer)} }, davit.Waiting, "role deployer"},
		"by admin": {"approval", func(f *gate.Facts) {
			f.Params["by"] = "admin"
			f.Approvals = []gate.Approval{yes("eve", davit.Deployer)}
		}, davit.Waiting, "role admin"},
		"no role":       {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("eve", "")} }, davit.Waiting, ""},
		"nameless":      {"approval", func(f *gate.Facts) { f.Approvals = []gate.Approval{yes("", davit.Admin)} }, davit.Waiting, ""},
		"unknown role":  {"approval", func(f *gate.Facts) { f.Params["by"] = "root" }, davit.Refused, "no role"},
		"count of 0":    {"approval", func(f *gate.Facts) { f.Params["count"] = 0 }, davit.Refused, "whole number"},
		"count in text": {"approval", func(f *gate.Facts) { f.Params["count"] = "0" }, davit.Refused, "not a number"},
		"too late":      {"approval", func(f *gate.Facts) { f.Params["within"] = "1d"; f.Since = now.Add(-24 * time.Hour) }, davit.Refused, "not approved in time"},

		"not reached": {"soak", func(f *gate.Facts) { f.After = []string{"staging"} }, davit.Waiting, "has not reached staging"},
		"none before": {"soak", nil, davit.Refused, "no environment comes before"},
		"too short":   {"soak", func(f *gate.Facts) { f.ReachedEarlier = map[string]time.Time{"staging": now.Add(-59 * time.Minute)} }, davit.Waiting, "until 2026-05-01 12:01:00"},
		"long enough": {"soak", func(f *gate.Facts) { f.ReachedEarlier = map[string]time.Time{"staging": now.Add(-time.Hour)} }, davit.Passed, "staging for 1h"},
		"one of two": {"soak", func(f *gate.Facts) {
			f.After = []string{"a", "b"}
			f.ReachedEarlier = map[string]time.Time{"b": now.Add(-9 * time.Hour)}
		}, davit.Waiting, "not reached a"},
		"in the future": {"soak", func(f *gate.Facts) {
			f.Params["for"] = "0s"
			f.ReachedEarlier = map[string]time.Time{"a": now.Add(time.Hour)}
		}, davit.Waiting, ""},
		"zero time": {"soak", func(f *gate.Facts) { f.ReachedEarlier = map[string]time.Time{"a": {}} }, davit.Waiting, ""},
		"wrong duration": {"soak", func(f *gate.Facts) {
			f.Params["for"] = "soon"
			f.ReachedEarlier = map[string]time.Time{"a": now.Add(-9 * time.Hour)}
		}, davit.Refused, "duration"},
		"flags not known": {"flags-overdue", nil, davit.Refused, "cannot be said"},
		"none overdue":    {"flags-overdue", func(f *gate.Facts) { f.Flags = []gate.Flag{{Key: "a"}, {Key: "b", Expires: now}} }, davit.Passed, "0 flags are overdue"},
		"overdue":         {"flags-overdue", func(f *gate.Facts) { f.Flags = []gate.Flag{{"a", "pay", now.Add(-time.Second)}} }, davit.Refused, "should have gone by now: a (pay, since 2026-05-01)"},
		"in grace": {"flags-overdue", func(f *gate.Facts) {
			f.Params["grace"], f.Flags = "1h", []gate.Flag{{"a", "pay", now.Add(-time.Second)}}
		}, davit.Passed, ""},
		"one is put up with": {"flags-overdue", func(f *gate.Facts) {
			f.Params["most"], f.Flags = 1.0, []gate.Flag{{"a", "pay", now.Add(-time.Second)}}
		}, davit.Passed, ""},
		"most in text": {"flags-overdue", func(f *gate.Facts) { f.Params["most"], f.Flags = "1", []gate.Flag{} }, davit.Refused, "not a whole number"},
		"flag missing": {"flags-needed", func(f *gate.Facts) { f.Params["flags"], f.Flags = []any{"a", "b"}, []gate.Flag{{Key: "b"}} }, davit.Refused, "needs the flag a"},
		"flag awaited": {"flags-needed", func(f *gate.Facts) {
			f.Params["flags"], f.Flags, f.Deadline = []any{"a"}, []gate.Flag{}, now.Add(time.Hour)
		}, davit.Waiting, "needs the flag a"},
		"flag there":      {"flags-needed", func(f *gate.Facts) { f.Params["flags"], f.Flags = []any{"a"}, []gate.Flag{{Key: "a"}} }, davit.Passed, "are there: a"},
		"no flags named":  {"flags-needed", func(f *gate.Facts) { f.Flags = []gate.Flag{} }, davit.Refused, "missing"},
		"in quarantine":   {"quarantine", func(f *gate.Facts) { f.Quarantined = "error rate 4 %" }, davit.Refused, "error rate 4 %"},
		"not quarantined": {"quarantine", nil, davit.Passed, ""},
		"no artifact":     {"quarantine", func(f *gate.Facts) { f.Release.Artifact = "" }, davit.Refused, ""},

		"status 0": {"command", func(f *gate.Facts) {
			f.Params["run"] = "test $DAVIT_RELEASE = shop-17 && test $DAVIT_ENVIRONMENT = production"
		}, davit.Passed, ""},
		"status 3":    {"command", func(f *gate.Facts) { f.Params["run"] = "echo first; echo no disk left >&2; exit 3" }, davit.Refused, "status 3: no disk left"},
		"argv":        {"command", func(f *gate.Facts) { f.Params["run"] = []any{"/bin/sh", "-c", "exit 0"} }, davit.Passed, ""},
		"no command":  {"command", nil, davit.Refused, "no command"},
		"not found":   {"command", func(f *gate.Facts) { f.Params["run"] = []string{"/no/such"} }, davit.Refused, "could not be run"},
		"sh -e":       {"command", func(f *gate.Facts) { f.Params["run"] = "false\ntrue" }, davit.Refused, "status 1"},
		"left behind": {"command", func(f *gate.Facts) { f.Params["run"] = "sleep 60 & exit 0" }, davit.Passed, ""},
		"clean":       {"command", func(f *gate.Facts) { f.Params["run"] = `test -z "$DAVIT_SECRET_KEY"` }, davit.Passed, ""},
		"masked": {"command", func(f *gate.Facts) {
			f.Secrets = map[string]string{"TOKEN": "hunter22"}
			f.Params["run"] = "echo t=$TOKEN; exit 1"
		}, davit.Refused, "status 1: t=***"},
		"time-out": {"command", func(f *gate.Facts) { f.Params["run"], f.Params["timeout"] = "sleep 60 & sleep 60", "50ms" }, davit.Refused, "did not end within 50ms"},
		"waits for it": {"command", func(f *gate.Facts) {
			f.Params["run"], f.Params["timeout"], f.Deadline = "sleep 60", "50ms", now.Add(time.Hour)
		}, davit.Waiting, "did not end within 50ms"},
		"killed":       {"command", func(f *gate.Facts) { f.Params["run"] = "kill -9 $$" }, davit.Refused, "killed"},
		"unknown gate": {"vibes", nil, davit.Refused, "no gate called vibes"},
		"unknown yet":  {"vibes", func(f *gate.Facts) { f.Deadline = now.Add(time.Hour) }, davit.Waiting, "no gate called vibes"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.gate == "command" {
				if name == "clean" {
					t.Setenv("DAVIT_SECRET_KEY", "x")
				} else {
					t.Parallel()
				}
			}
			f := facts(c.change)
			got := gate.Ask(t.Context(), gate.Builtin(), c.gate, f)
			if got.Answer != c.want || !strings.Contains(got.Reason, c.reason) || got.Reason == "" {
				t.Errorf("%s: %q, want %s: %q", got.Answer, got.Reason, c.want, c.reason)
			}
			if got.Gate != c.gate || got.Release != "shop-17" || got.Config == "" || !got.At.Equal(now) || got.Step != -1 {
				t.Errorf("finding %+v", got)
			}
		})
	}
}

// odd is a gate that answers what it likes.
type odd func() davit.Finding

func (o odd) Check(context.Context, gate.Facts) davit.Finding { return o() }

func TestOnlyAPlainPassIsOne(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		gate gate.Gate
		want davit.Answer
	}{
		"nil":            {t.Context(), nil, davit.Refused},
		"empty":          {t.Context(), odd(func() davit.Finding { return davit.Finding{} }), davit.Refused},
		"nonsense":       {t.Context(), odd(func() davit.Finding { return davit.Finding{Answer: "PASS"} }), davit.Refused},
		"panic":          {t.Context(), odd(func() davit.Finding { panic("x") }), davit.Refused},
		"interrupted":    {ended, odd(func() davit.Finding { return davit.Finding{Answer: davit.Passed} }), davit.Refused},
		"pass":           {t.Context(), odd(func() davit.Finding { return davit.Finding{Answer: davit.Passed} }), davit.Passed},
		"of another one": {t.Context(), odd(func() davit.Finding { return davit.Finding{Answer: davit.Passed, Release: "shop-1"} }), davit.Passed},
	} {
		gates := map[string]gate.Gate{"odd": c.gate}
		if c.gate == nil {
			gates = nil
		}
		if got := gate.Ask(c.ctx, gates, "odd", facts(nil)); got.Answer != c.want || got.Release != "shop-17" {
			t.Errorf("%s: %+v", name, got)
		}
		waiting := facts(func(f *gate.Facts) { f.Deadline = now.Add(time.Minute) })
		if got := gate.Ask(c.ctx, gates, "odd", waiting); c.want == davit.Refused && (got.Answer != davit.Waiting || !got.Until.Equal(now.Add(time.Minute))) {
			t.Errorf("%s before the deadline: %+v", name, got)
		}
	}
}

// Every gate that davit.yaml may name is there.
func TestEveryGateOfTheConfigIsBuiltIn(t *testing.T) {
	for _, k := range spec.Gates() {
		if gate.Builtin()[k.Name] == nil {
			t.Errorf("gate %s is missing", k.Name)
		}
	}
}

func TestCommandLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f := facts(func(f *gate.Facts) {
		f.Folder = dir
		f.Params["run"] = "sleep 600 & echo $! > pid; exit 1"
	})
	gate.Ask(t.Context(), gate.Builtin(), "command", f)
	b, err := os.ReadFile(dir + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(b))
	eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}
