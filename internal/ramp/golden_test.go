package ramp_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/ramp"
)

// TestScripts runs the scripts of testdata. When one fails, run
// go test ./internal/ramp -rewrite and read the diff before keeping it.
//
//	new [back=B] [overdue=hold|back] [linear=D/N] [steps=HOLD]   or below it a step a line:
//	          PERCENT [hold=D] [judge=pass|watch|none] [deadline=D] [samples=N] [approve]
//	exposed [REVISION]                               without one, the revision that is wanted
//	look VERDICT [samples=A,B] [step=N] [epoch=N] [age=D] [GATE=pass|wait|fail …]     and the reason below it
//	halt [until=D] | resume | advance [force] | abort | kill | unlock                  and the reason below it
//	tick | wait D | due                              due waits until the machine wants a tick, and ticks
//	healthy                                          confirms and passes until the ramp is over
//	restart                                          the state is read from the store again
//	may                                              whether another ramp may follow
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			w := &script{}
			datadriven.RunTest(t, path, w.run)
		})
	}
}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

type script struct {
	now time.Time
	s   ramp.State
}

func (w *script) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "new":
		w.now = start
		w.s = draft(t, d)
		if err := w.s.Plan.Check(); err != nil {
			return "refused: " + err.Error() + "\n"
		}
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
		return fmt.Sprintf("after %s\n", waited) + w.step(ramp.Tick{At: w.now})
	case "healthy":
		return w.healthy(t)
	case "restart":
		w.s = throughJSON(t, w.s)
		return w.show(nil)
	case "may":
		if err := w.s.May(); err != nil {
			return err.Error() + "\n"
		}
		return "yes\n"
	}
	in := w.input(t, d)
	if err := ramp.Refuse(w.s, in); err != nil {
		if next, events := ramp.Step(w.s, in); len(events) > 0 || !reflect.DeepEqual(next, w.s) {
			t.Fatal("what is refused changes something")
		}
		return "refused: " + err.Error() + "\n"
	}
	return w.step(in)
}

func draft(t *testing.T, d *datadriven.TestData) ramp.State {
	s := ramp.State{ID: "shop/production/new-checkout/3", Project: "shop", Environment: "production", Flag: "new-checkout", Service: "shop", Salt: "salt", Actor: "ann", Epoch: 3}
	s.Plan = ramp.Plan{Variant: "on", Control: "off"}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "back":
			s.Plan.Back = ramp.Back(a.Vals[0])
		case "overdue":
			s.Plan.Overdue = ramp.Overdue(a.Vals[0])
		case "linear":
			over, n, _ := strings.Cut(a.Vals[0], "/")
			s.Plan.Steps = ramp.Linear(duration(t, over), number(t, n))
		case "steps":
			s.Plan.Steps = ramp.Steps(duration(t, a.Vals[0]), 0)
		default:
			t.Fatalf("unknown %s", a)
		}
	}
	for line := range strings.Lines(d.Input) {
		f := strings.Fields(line)
		share, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		step := ramp.Stage{Share: davit.Percent(share), Judge: davit.JudgePass}
		for _, a := range f[1:] {
			key, value, _ := strings.Cut(a, "=")
			switch key {
			case "hold":
				step.Hold = duration(t, value)
			case "judge":
				step.Judge = davit.Judging(strings.TrimPrefix(value, "none"))
			case "deadline":
				step.Deadline = duration(t, value)
			case "samples":
				step.Samples = uint64(number(t, value))
			case "approve":
				step.Approve = true
			default:
				t.Fatalf("unknown %s", a)
			}
		}
		s.Plan.Steps = append(s.Plan.Steps, step)
	}
	return ramp.New(s, start)
}

func (w *script) input(t *testing.T, d *datadriven.TestData) ramp.Input {
	first, until := "", time.Duration(0)
	for i, a := range d.CmdArgs {
		if a.Key == "until" {
			until = duration(t, a.Vals[0])
		} else if i == 0 {
			first = a.Key
		}
	}
	switch d.Cmd {
	case "exposed":
		revision := w.s.Revision
		if first != "" {
			revision = uint64(number(t, first))
		}
		return ramp.Exposed{Revision: revision, At: w.now}
	case "look":
		return w.look(t, d)
	case "halt":
		in := ramp.Halt{Actor: "bob", Reason: d.Input, At: w.now}
		if until > 0 {
			in.Until = w.now.Add(until)
		}
		return in
	case "resume":
		return ramp.Resume{Actor: "bob", At: w.now}
	case "advance":
		return ramp.Advance{Actor: "bob", Reason: d.Input, Force: first == "force", At: w.now}
	case "abort":
		return ramp.Abort{Actor: "bob", Reason: d.Input, At: w.now}
	case "kill":
		return ramp.Kill{Actor: "bob", Reason: d.Input, At: w.now}
	case "unlock":
		return ramp.Unlock{Actor: "bob", Reason: d.Input, At: w.now}
	case "tick":
		return ramp.Tick{At: w.now}
	}
	t.Fatalf("unknown %s", d.Cmd)
	return nil
}

var answers = map[davit.Verdict]davit.Answer{davit.Pass: davit.Passed, davit.Fail: davit.Refused, davit.Continue: davit.Waiting, davit.NoData: davit.Waiting}

func (w *script) look(t *testing.T, d *datadriven.TestData) ramp.Looked {
	in := ramp.Looked{Verdict: davit.Verdict(d.CmdArgs[0].Key), Samples: [2]uint64{1000, 1000}, At: w.now}
	in.Finding = davit.Finding{Gate: "judge", Answer: answers[in.Verdict], Reason: d.Input, Epoch: w.s.Epoch, Step: w.s.Step, At: w.now, Evidence: map[string]string{"metric": "errors"}}
	if in.Finding.Reason == "" {
		in.Finding.Reason = "it is a " + string(in.Verdict)
	}
	for _, a := range d.CmdArgs[1:] {
		switch a.Key {
		case "samples":
			in.Samples = [2]uint64{uint64(number(t, a.Vals[0])), uint64(number(t, a.Vals[1]))}
		case "step":
			in.Finding.Step = number(t, a.Vals[0])
		case "epoch":
			in.Finding.Epoch = uint64(number(t, a.Vals[0]))
		case "age":
			in.Finding.At = w.now.Add(-duration(t, a.Vals[0]))
		default:
			in.Gates = append(in.Gates, davit.Finding{Gate: a.Key, Answer: davit.Answer(a.Vals[0]), Reason: "it says " + a.Vals[0], At: w.now})
		}
	}
	return in
}

func (w *script) healthy(t *testing.T) string {
	out := ""
	for range 300 {
		if w.s.Phase.Final() {
			return out
		}
		if w.s.Confirmed < w.s.Revision {
			out += w.step(ramp.Exposed{Revision: w.s.Revision, At: w.now})
			continue
		}
		if w.s.Phase == ramp.Holding {
			w.now = w.now.Add(w.s.Plan.Steps[w.s.Step].Hold)
		}
		f := davit.Finding{Gate: "judge", Answer: davit.Passed, Reason: "no worse", Epoch: w.s.Epoch, Step: w.s.Step, At: w.now}
		out += w.step(ramp.Looked{Verdict: davit.Pass, Finding: f, Samples: [2]uint64{1e6, 1e6}, At: w.now})
	}
	t.Fatal("it never ends")
	return ""
}

func (w *script) step(in ramp.Input) string {
	next, events := ramp.Step(w.s, in)
	if len(events) == 0 {
		return "nothing changes\n"
	}
	w.s = next
	return w.show(events)
}

func (w *script) show(events []davit.Event) string {
	var b strings.Builder
	b.WriteString(string(w.s.Phase))
	if !w.s.Phase.Final() {
		fmt.Fprintf(&b, "(%d)", w.s.Step)
	}
	fmt.Fprintf(&b, " share %s", w.s.Share)
	if w.s.Off {
		b.WriteString(" off")
	}
	if w.s.Locked {
		b.WriteString(" locked")
	}
	if !w.s.Deadline.IsZero() {
		fmt.Fprintf(&b, " until %s", w.s.Deadline.Format("02 15:04:05"))
	}
	b.WriteString("\n")
	for _, e := range events {
		fmt.Fprintf(&b, "  %s %s: %s\n", e.Actor, strings.TrimPrefix(e.Kind, "ramp."), strings.TrimPrefix(e.Text, "new-checkout: "))
	}
	for _, e := range ramp.Wanted(w.s) {
		fmt.Fprintf(&b, "  -> %s", e.Key())
		if x, ok := e.(ramp.Expose); ok {
			fmt.Fprintf(&b, ": %s", x.Share)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func throughJSON(t interface{ Fatal(args ...any) }, s ramp.State) ramp.State {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again ramp.State
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func duration(t *testing.T, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
