package rollout_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
)

// TestScripts runs the scripts of testdata. When one fails, run
// go test ./internal/rollout -rewrite and read the diff before keeping it.
//
//	new STRATEGY [instances=N] [settle=D] [first] [same] [oneway] [nodata=hold] [intent=rollback]   and below it a step a line:
//	          NAME capacity=N [weight=P] [mirror=P] [match=HEADER] [hold=D] [judge=J] [deadline=D] [approve] [stop]
//	begin | tick | wait D | due                     due waits until the machine wants a tick, and ticks
//	gates [GATE=pass|wait|fail …]                   and the reason below it; none: an empty answer
//	placed N [old] | unplaced [old]                 and the reason below it
//	routed [N]                                      without N the revision that is wanted
//	smoke pass|fail [step=N]
//	judge pass|fail|continue|nodata [step=N] [epoch=N] [age=D]
//	crash [old] | retired [old]
//	halt [until=D] | resume | advance [force] | abort | cancel      and the reason below it
//	supersede ID
//	stabilize [until=PHASE] [pass]                  answers what is wanted, as a world does where all goes well;
//	                                                with pass the judge passes every step
//	restart                                         the state is read from the store again
//	show                                            what the state remembers
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			w := &script{t: t}
			datadriven.RunTest(t, path, w.run)
		})
	}
}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

type script struct {
	t   *testing.T
	now time.Time
	s   rollout.State
}

func (w *script) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "new":
		w.now = start
		w.s = draft(t, d)
		return w.show(nil)
	case "wait":
		w.now = w.now.Add(duration(t, d.CmdArgs[0].Key))
		return ""
	case "due":
		wake := w.s.Wake()
		if wake.IsZero() {
			return "nothing is due\n"
		}
		waited := wake.Sub(w.now)
		if wake.After(w.now) {
			w.now = wake
		}
		return fmt.Sprintf("after %s\n", waited) + w.step(rollout.Tick{At: w.now})
	case "stabilize":
		return w.stabilize(d)
	case "restart":
		again := throughJSON(t, w.s)
		if !reflect.DeepEqual(throughJSON(t, again), again) || !slices.Equal(keys(again), keys(w.s)) {
			t.Fatal("JSON loses something")
		}
		w.s = again
		return w.show(nil)
	case "show":
		return w.remembers()
	}
	in := w.input(t, d)
	var out string
	if err := rollout.Refuse(w.s, in); err != nil {
		out = "refused: " + err.Error() + "\n"
		if next, events := rollout.Step(w.s, in); len(events) > 0 || !reflect.DeepEqual(next, w.s) {
			t.Fatal("what is refused changes something")
		}
		return out
	}
	return w.step(in)
}

func draft(t *testing.T, d *datadriven.TestData) rollout.State {
	s := rollout.State{
		ID: "shop-production-r12", Service: "shop", Environment: "production", Run: "shop-run-40", Actor: "ann", Intent: rollout.Deploy, Epoch: 12,
		New:       rollout.Side{Release: "shop-17", Commit: "c0ffee", Artifact: "sha256:17", Config: "sha256:c17"},
		Instances: 4, NoData: "rollback", StartWithin: time.Minute, Phase: rollout.Queued, Created: start, Since: start,
		Plan: davit.Plan{Strategy: d.CmdArgs[0].Key, Settle: time.Minute},
	}
	for _, a := range d.CmdArgs[1:] {
		switch a.Key {
		case "instances":
			s.Instances = number(t, a.Vals[0])
		case "settle":
			s.Plan.Settle = duration(t, a.Vals[0])
		case "oneway":
			s.OneWay = true
		case "nodata":
			s.NoData = a.Vals[0]
		case "intent":
			s.Intent = rollout.Intent(a.Vals[0])
		default:
			t.Fatalf("unknown %s", a)
		}
	}
	for line := range strings.Lines(d.Input) {
		f := strings.Fields(line)
		step := davit.Step{Name: strings.ReplaceAll(f[0], "_", " ")}
		for _, a := range f[1:] {
			key, value, _ := strings.Cut(a, "=")
			switch key {
			case "capacity":
				step.Capacity = number(t, value)
			case "weight":
				step.Weight = davit.Percent(float64(number(t, value)))
			case "mirror":
				step.Mirror = davit.Percent(float64(number(t, value)))
			case "match":
				step.Match = []davit.Match{{Header: value, Values: []string{"1"}}}
			case "hold":
				step.Hold = duration(t, value)
			case "judge":
				step.Judge = davit.Judging(value)
			case "deadline":
				step.Deadline = duration(t, value)
			case "approve":
				step.Approve = true
			case "stop":
				step.StopOld = true
			default:
				t.Fatalf("unknown %s", a)
			}
		}
		s.Plan.Steps = append(s.Plan.Steps, step)
	}
	return s
}

var (
	stable = rollout.Side{Release: "shop-16", Commit: "beef", Artifact: "sha256:16", Config: "sha256:c16"}
	reason = map[string]string{"pass": "no worse than 0.5 %, 212 requests", "fail": "error rate 4.1 % against 0.3 %, 212 requests", "continue": "not decided yet", "nodata": "no requests"}
)

func (w *script) input(t *testing.T, d *datadriven.TestData) rollout.Input {
	first, until, step, epoch, age := "", time.Duration(0), w.s.Step, w.s.Epoch, time.Duration(0)
	release := w.s.New.Release
	for i, a := range d.CmdArgs {
		switch {
		case a.Key == "old":
			release = w.s.Old.Release
		case a.Key == "until":
			until = duration(t, a.Vals[0])
		case a.Key == "step":
			step = number(t, a.Vals[0])
		case a.Key == "epoch":
			epoch = uint64(number(t, a.Vals[0]))
		case a.Key == "age":
			age = duration(t, a.Vals[0])
		case i == 0:
			first = a.Key
		}
	}
	switch d.Cmd {
	case "begin":
		switch first {
		case "first":
			return rollout.Begin{At: w.now}
		case "same":
			same := w.s.New
			same.Release = "shop-16"
			return rollout.Begin{Old: same, At: w.now}
		}
		return rollout.Begin{Old: stable, At: w.now}
	case "tick":
		return rollout.Tick{At: w.now}
	case "gates":
		return w.gates(d)
	case "placed":
		return rollout.Placed{Release: release, Ready: number(t, first), At: w.now}
	case "unplaced":
		return rollout.PlaceFailed{Release: release, Reason: d.Input, At: w.now}
	case "routed":
		revision := w.s.Revision
		if first != "" {
			revision = uint64(number(t, first))
		}
		return rollout.Routed{Revision: revision, At: w.now}
	case "smoke":
		return rollout.Smoked{Finding: w.finding("smoke", map[string]davit.Answer{"pass": davit.Passed, "fail": davit.Refused}[first], "GET / answered "+map[string]string{"pass": "200", "fail": "500"}[first], step), At: w.now}
	case "judge":
		in := w.judgement(davit.Verdict(first), step)
		in.Finding.Epoch, in.Finding.At = epoch, w.now.Add(-age)
		return in
	case "crash":
		return rollout.Crashed{Release: release, Reason: "exit status 2, 3 times in a minute", At: w.now}
	case "retired":
		return rollout.Retired{Release: release, Note: "12 finished", At: w.now}
	case "halt":
		in := rollout.Halt{Actor: "bob", Reason: d.Input, At: w.now}
		if until != 0 {
			in.Until = w.now.Add(until)
		}
		return in
	case "resume":
		return rollout.Resume{Actor: "bob", At: w.now}
	case "advance":
		return rollout.Advance{Actor: "bob", Reason: d.Input, Force: first == "force", At: w.now}
	case "abort":
		return rollout.Abort{Actor: "bob", Reason: d.Input, At: w.now}
	case "cancel":
		return rollout.Cancel{Actor: "bob", Reason: d.Input, At: w.now}
	case "supersede":
		return rollout.Supersede{By: first, At: w.now}
	}
	t.Fatalf("unknown command %s", d.Cmd)
	return nil
}

func (w *script) gates(d *datadriven.TestData) rollout.Input {
	in := rollout.Gated{At: w.now}
	for _, a := range d.CmdArgs {
		f := w.finding(a.Key, davit.Answer(a.Vals[0]), "", -1)
		if f.Answer != davit.Passed {
			f.Reason = d.Input
		}
		in.Findings = append(in.Findings, f)
	}
	return in
}

func (w *script) finding(gate string, answer davit.Answer, reason string, step int) davit.Finding {
	return davit.Finding{Gate: gate, Answer: answer, Reason: reason, Release: w.s.New.Release, Artifact: w.s.New.Artifact, Config: w.s.New.Config, Epoch: w.s.Epoch, Step: step, At: w.now}
}

func (w *script) judgement(v davit.Verdict, step int) rollout.Judged {
	answer := map[davit.Verdict]davit.Answer{davit.Pass: davit.Passed, davit.Fail: davit.Refused}[v]
	if answer == "" {
		answer = davit.Waiting
	}
	f := w.finding("judge", answer, reason[string(v)], step)
	f.Evidence = map[string]string{"metric": "errors"}
	return rollout.Judged{Verdict: v, Finding: f, At: w.now}
}

// stabilize answers what is wanted until nothing new comes of it.
func (w *script) stabilize(d *datadriven.TestData) string {
	var until rollout.Phase
	pass := false
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "until":
			until = rollout.Phase(a.Vals[0])
		case "pass":
			pass = true
		default:
			w.t.Fatalf("unknown %s", a)
		}
	}
	var b strings.Builder
	for range 100 {
		if w.s.Phase == until || w.s.Phase.Final() {
			return b.String()
		}
		in := w.answer(pass)
		if in == nil {
			return b.String()
		}
		b.WriteString(w.step(in))
	}
	w.t.Fatal("it does not stabilize")
	return ""
}

// answer is what a world where all goes well says to what is wanted first; the
// judge speaks when the step has been held.
func (w *script) answer(pass bool) rollout.Input {
	for _, e := range rollout.Wanted(w.s) {
		switch e := e.(type) {
		case rollout.AskGates:
			return rollout.Gated{Findings: []davit.Finding{w.finding("quarantine", davit.Passed, "", -1)}, At: w.now}
		case rollout.Place:
			return rollout.Placed{Release: e.Release, Ready: e.Count, At: w.now}
		case rollout.Route:
			return rollout.Routed{Revision: e.Revision, At: w.now}
		case rollout.Smoke:
			return rollout.Smoked{Finding: w.finding("smoke", davit.Passed, "GET / answered 200", w.s.Step), At: w.now}
		case rollout.Retire:
			return rollout.Retired{Release: e.Release, Note: "12 finished", At: w.now}
		case rollout.Watch:
			if pass && w.s.Phase == rollout.Baking {
				w.now = w.s.StepSince.Add(max(time.Second, w.s.Plan.Steps[w.s.Step].Hold))
				return w.judgement(davit.Pass, w.s.Step)
			}
		}
	}
	return nil
}

// step takes the state through in, and through JSON before: the store keeps it.
func (w *script) step(in rollout.Input) string {
	w.t.Helper()
	before := throughJSON(w.t, w.s)
	s, events := rollout.Step(w.s, in)
	again, _ := rollout.Step(before, in)
	if !reflect.DeepEqual(throughJSON(w.t, again), throughJSON(w.t, s)) {
		w.t.Fatalf("%T: JSON loses something", in)
	}
	if !reflect.DeepEqual(before, throughJSON(w.t, w.s)) {
		w.t.Fatalf("%T changed the state it was given", in)
	}
	if len(events) == 0 {
		if !reflect.DeepEqual(s, w.s) {
			w.t.Fatalf("%T changed the state silently", in)
		}
		return "nothing changes\n"
	}
	w.s = s
	return w.show(events)
}

func (w *script) show(events []davit.Event) string {
	s := w.s
	var b strings.Builder
	fmt.Fprintf(&b, "%s", s.Phase)
	switch s.Phase {
	case rollout.Shifting, rollout.Baking, rollout.Held:
		fmt.Fprintf(&b, "(%d)", s.Step)
	}
	if wake := s.Wake(); !wake.IsZero() {
		fmt.Fprintf(&b, " until %s", wake.Format("15:04:05"))
		if day := wake.YearDay() - start.YearDay(); day > 0 {
			fmt.Fprintf(&b, " +%dd", day)
		}
	}
	b.WriteString("\n")
	for _, e := range events {
		by := ""
		if e.Actor != "davit" {
			by = " [" + e.Actor + "]"
		}
		fmt.Fprintf(&b, "  %s%s: %s\n", strings.TrimPrefix(e.Kind, "rollout."), by, e.Text)
	}
	for _, e := range rollout.Wanted(s) {
		fmt.Fprintf(&b, "  -> %s%s\n", e.Key(), details(e))
	}
	return b.String()
}

// details is what the key of an effect does not say.
func details(e rollout.Effect) string {
	r, ok := e.(rollout.Route)
	if !ok {
		return ""
	}
	var parts []string
	if r.Old != "" {
		parts = append(parts, fmt.Sprintf("%s %s", r.Old, davit.Full-r.Weight))
	}
	if r.New != "" {
		parts = append(parts, fmt.Sprintf("%s %s", r.New, r.Weight))
	}
	if len(r.Match) > 0 {
		parts = append(parts, "header "+r.Match[0].Header)
	}
	if r.Mirror > 0 {
		parts = append(parts, "copies "+r.Mirror.String())
	}
	if r.Hold {
		parts = append(parts, "requests wait")
	}
	return ": " + strings.Join(parts, ", ")
}

func (w *script) remembers() string {
	s := w.s
	var b strings.Builder
	fmt.Fprintf(&b, "weight %s, capacity %d, revision %d/%d, stable %s\n", s.Weight, s.Capacity, s.Routed, s.Revision, orNone(rollout.Stable(s).Release))
	for _, f := range s.Findings {
		fmt.Fprintf(&b, "  %s at step %d: %s %s\n", f.Gate, f.Step, f.Answer, f.Reason)
	}
	if s.Hold != nil {
		fmt.Fprintf(&b, "  held by %s until %s: %s\n", s.Hold.By, s.Hold.Until.Format(time.DateTime), s.Hold.Reason)
	}
	if s.Reason != "" {
		fmt.Fprintf(&b, "  decided by %s: %s; quarantine %v\n", s.DecidedBy, s.Reason, s.Quarantine)
	}
	return b.String()
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func throughJSON(t fataler, s rollout.State) rollout.State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out rollout.State
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func keys(s rollout.State) []string {
	var out []string
	for _, e := range rollout.Wanted(s) {
		out = append(out, e.Key())
	}
	return out
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
