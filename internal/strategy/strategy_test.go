package strategy_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

var update = flag.Bool("update", false, "rewrite the generated page")

// TestPlans runs the golden scripts, one per strategy: "compile instances=4"
// with a strategy as davit.yaml writes it, then the plan. -rewrite regenerates.
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata/plans", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd != "compile" {
				d.Fatalf(t, "unknown command %s", d.Cmd)
			}
			var instances int
			d.ScanArgs(t, "instances", &instances)
			file := fmt.Sprintf("service: shop\nrun: ./shop\nenvironments:\n  production:\n    instances: %d\n    strategy:\n%s\n", instances,
				"      "+strings.ReplaceAll(d.Input, "\n", "\n      "))
			known := spec.Known{Targets: []string{"process"}, Strategies: strategy.Describe(), Gates: spec.Gates()}
			f, err := spec.Parse("davit.yaml", []byte(file), known)
			if err != nil {
				return err.Error() + "\n"
			}
			plan, err := strategy.Compile(f.Services[0].Environments[0])
			if err != nil {
				return err.Error() + "\n"
			}
			return draw(plan)
		})
	})
}

func draw(p davit.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%-16s capacity=%d weight=%s hold=%s deadline=%s", s.Name, s.Capacity, strings.ReplaceAll(s.Weight.String(), " ", ""), s.Hold, s.Deadline)
		if s.Judge != davit.JudgeNone {
			fmt.Fprintf(&b, " judge=%s", s.Judge)
		}
		if s.Mirror > 0 {
			fmt.Fprintf(&b, " mirror=%s", strings.ReplaceAll(s.Mirror.String(), " ", ""))
		}
		if s.StopOld {
			b.WriteString(" stop-old")
		}
		if s.Approve {
			b.WriteString(" approve")
		}
		for _, m := range s.Match {
			fmt.Fprintf(&b, " match=%s%s%s%q", m.Header, m.Cookie, m.Path, m.Values)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "settle %s\n", p.Settle)
	return b.String()
}

func TestReference(t *testing.T) {
	const file = "../../docs/reference/strategies.md"
	want := strategy.Reference()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the strategies say (%v); go test ./internal/strategy -update rewrites it", file, err)
	}
}

// TestPlanRules holds for every strategy, number of instances and settings
// what the rollout relies on.
func TestPlanRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := environment(t)
		plan, err := strategy.Compile(env)
		if err != nil {
			t.Fatalf("%v: %v", env.Strategy, err)
		}
		if len(plan.Steps) == 0 || plan.Steps[len(plan.Steps)-1].Weight != davit.Full || plan.Steps[len(plan.Steps)-1].Capacity != env.Instances {
			t.Fatalf("does not end with everything: %+v", plan)
		}
		var last davit.Step
		for i, s := range plan.Steps {
			switch {
			case s.Weight < last.Weight || s.Weight < 0 || s.Weight > davit.Full:
				t.Fatalf("step %d: weight %s after %s", i, s.Weight, last.Weight)
			case s.Capacity < last.Capacity || s.Capacity > env.Instances || s.Capacity < 1:
				t.Fatalf("step %d: capacity %d after %d", i, s.Capacity, last.Capacity)
			case s.Capacity*int(davit.Full) < int(s.Weight)*env.Instances:
				t.Fatalf("step %d: %d of %d instances for %s", i, s.Capacity, env.Instances, s.Weight)
			case s.Deadline <= s.Hold:
				t.Fatalf("step %d: hold %s, deadline %s", i, s.Hold, s.Deadline)
			case s.Name == "":
				t.Fatalf("step %d has no name", i)
			case s.StopOld && len(plan.Steps) != 1:
				t.Fatalf("step %d stops the old version in the middle", i)
			case s.Weight > 0 && s.Weight < davit.Full && s.Judge == davit.JudgeNone:
				t.Fatalf("step %d: traffic that nobody watches", i)
			case s.Judge == davit.JudgePass && (s.Weight == 0 || s.Weight == davit.Full):
				t.Fatalf("step %d: judged against nothing", i)
			case (s.Mirror > 0) != (s.Judge == davit.JudgeMirror):
				t.Fatalf("step %d: mirror %s, judge %q", i, s.Mirror, s.Judge)
			case s.Approve && s.Weight == davit.Full:
				t.Fatalf("step %d: nothing left to approve", i)
			}
			last = s
		}
	})
}

// TestSettled holds that settings may be checked twice, and stored as JSON in
// between, without changing.
func TestSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := environment(t)
		once, faults := strategy.Check(env.Strategy.Name, env.Strategy.Params)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		stored, err := json.Marshal(once)
		if err != nil {
			t.Fatal(err)
		}
		var read map[string]any
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		twice, faults := strategy.Check(env.Strategy.Name, read)
		if len(faults) > 0 || !reflect.DeepEqual(once, twice) {
			t.Fatalf("%v then %v %v", once, twice, faults)
		}
		env2 := env
		env2.Strategy.Params = read
		a, _ := strategy.Compile(env)
		b, _ := strategy.Compile(env2)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%v then %v", a, b)
		}
	})
}

func environment(t *rapid.T) spec.Environment {
	name := rapid.SampledFrom(strategy.Names()).Draw(t, "strategy")
	p := map[string]any{}
	duration := func(key string) {
		if rapid.Bool().Draw(t, key+" given") {
			p[key] = spec.FormatDuration(time.Duration(rapid.IntRange(0, 86_400_000).Draw(t, key)) * time.Millisecond)
		}
	}
	duration("hold")
	if name == "canary" || name == "mirror" {
		if set := rapid.SliceOfNDistinct(rapid.IntRange(1, 10_000), 1, 20, rapid.ID).Draw(t, "steps"); len(set) > 0 {
			slices.Sort(set)
			var steps, approve []any
			for _, w := range set {
				steps = append(steps, float64(w)/100)
				if w < 10_000 && rapid.Bool().Draw(t, "approve") {
					approve = append(approve, float64(w)/100)
				}
			}
			p["steps"], p["approve"] = steps, append([]any{}, approve...)
		}
	}
	switch name {
	case "canary":
		if rapid.Bool().Draw(t, "group") {
			p["group"] = map[string]any{"cookie": "beta", "values": []any{"1", "yes"}}
		}
	case "rolling":
		if rapid.Bool().Draw(t, "batch given") {
			p["batch"] = float64(rapid.IntRange(1, 1000).Draw(t, "batch"))
		}
	case "blue-green":
		duration("dark")
		p["approve"] = rapid.Bool().Draw(t, "approve")
	case "ab":
		p["share"] = float64(rapid.IntRange(1, 9_999).Draw(t, "share")) / 100
		p["promote"] = rapid.SampledFrom([]string{"auto", "manual"}).Draw(t, "promote")
	case "mirror":
		p["share"] = float64(rapid.IntRange(1, 10_000).Draw(t, "share")) / 100
		duration("mirror_hold")
	}
	return spec.Environment{
		Name: "production", Instances: rapid.IntRange(1, 1000).Draw(t, "instances"), Strategy: spec.Strategy{Name: name, Params: p},
		Judge: spec.Judge{Deadline: time.Duration(rapid.IntRange(0, 3600).Draw(t, "deadline")) * time.Second},
	}
}

// TestRefused holds that what cannot be compiled is refused with a reason.
func TestRefused(t *testing.T) {
	for _, env := range []spec.Environment{
		{Instances: 1},
		{Instances: 1, Strategy: spec.Strategy{Name: "magic"}},
		{Instances: 0, Strategy: spec.Strategy{Name: "canary"}},
		{Instances: 1, Strategy: spec.Strategy{Name: "canary", Params: map[string]any{"steps": []any{130.0}}}},
		{Instances: 1, Strategy: spec.Strategy{Name: "canary", Params: map[string]any{"stpes": []any{5.0}}}},
		{Instances: 1, Strategy: spec.Strategy{Name: "canary", Params: map[string]any{"steps": []any{50.0, 5.0}}}},
		{Instances: 1, Strategy: spec.Strategy{Name: "ab", Params: map[string]any{"share": 0.0}}},
		{Instances: 1, Strategy: spec.Strategy{Name: "ab", Params: map[string]any{"share": func() {}}}},
	} {
		plan, err := strategy.Compile(env)
		if err == nil || davit.KindOf(err) != davit.Invalid || len(plan.Steps) > 0 {
			t.Errorf("%+v: %v %v", env.Strategy, plan, err)
		}
	}
}
