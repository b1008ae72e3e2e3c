package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// TestExperiment goes the whole way: planned, started, evaluated by the server
// and reported by programs, killed in between, stopped, decided.
func TestExperiment(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	ctx, who := t.Context(), ann("we want to know")
	plan := exposure.Trial{Project: "shop", Name: "one-page", Environment: "production", Flag: "checkout", Hypothesis: "One page sells more.", Design: experiment.Design{Metrics: []experiment.Metric{{Name: "order", Kind: experiment.Conversion}}}}
	if _, err := p.book.CreateTrial(ctx, who, plan); davit.KindOf(err) != davit.Invalid || !strings.Contains(err.Error(), "does not split") {
		t.Errorf("without a split: %v", err)
	}
	if _, err := p.book.Serve(ctx, who, "shop", "checkout", "production", authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: "on", Value: 5000}, {Name: "off", Value: 5000}}}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []func(*exposure.Trial){
		func(t *exposure.Trial) { t.Name = "One Page" },
		func(t *exposure.Trial) { t.Hypothesis = "" },
		func(t *exposure.Trial) { t.Design.Metrics = nil },
		func(t *exposure.Trial) { t.Design.Variants = []experiment.Arm{{Name: "blue"}} },
	} {
		b := plan
		bad(&b)
		if _, err := p.book.CreateTrial(ctx, who, b); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%+v: %v", b, err)
		}
	}
	if _, err := p.book.CreateTrial(ctx, who, plan); err != nil {
		t.Fatal(err)
	}
	if _, err := p.book.StopTrial(ctx, who, "shop", "one-page"); davit.KindOf(err) != davit.Conflict {
		t.Errorf("stopped before it began: %v", err)
	}
	if _, err := p.book.StartTrial(ctx, who, "shop", "one-page"); err != nil {
		t.Fatal(err)
	}
	const users = 3000
	evaluated := func(from, to int) {
		t.Helper()
		for u := from; u < to; u++ {
			set, _ := p.book.Set("shop/production")
			c, err := flag.ContextOf(map[string]any{"targetingKey": fmt.Sprint(u)})
			if err != nil {
				t.Fatal(err)
			}
			p.book.Evaluated(set, set.Evaluate("checkout", c, p.now.Unix()), c)
			c.Release()
		}
	}
	evaluated(0, users/2)
	p.kill() // what was evaluated is kept on the way out
	p.open()
	var reports []exposure.Event
	salt := "shop/checkout/default/0/"
	on := func(u int) bool { return flag.Bucket(salt, fmt.Sprint(u), 10_000) < 5000 }
	for u := users / 2; u < users; u++ { // an SDK in the program
		reports = append(reports, exposure.Event{Project: "shop", Environment: "production", Key: fmt.Sprint(u), Flag: "checkout", Variant: map[bool]string{true: "on", false: "off"}[on(u)], At: p.clock()})
	}
	reports = append(reports, exposure.Event{Project: "shop", Key: "tester", Flag: "checkout", Variant: map[bool]string{true: "off", false: "on"}[flag.Bucket(salt, "tester", 10_000) < 5000], At: p.clock()}) // by name, not by chance
	got, err := p.book.Track(ctx, reports)
	if err != nil || got.Counted != users-users/2 || got.Ignored != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	var orders []exposure.Event
	for u := range users {
		if u%10 == 0 || on(u) && u%5 == 1 {
			orders = append(orders, exposure.Event{ID: fmt.Sprint("o", u), Project: "shop", Key: fmt.Sprint(u), Metric: "order", At: p.clock()})
		}
	}
	orders = append(orders, exposure.Event{ID: "x", Project: "shop", Key: "never seen", Metric: "order", At: p.clock()})
	got, err = p.book.Track(ctx, orders)
	if err != nil || got.Counted != len(orders)-1 {
		t.Fatalf("%+v of %d: %v", got, len(orders), err)
	}
	running, err := p.book.Trial("shop", "one-page")
	if err != nil || running.Result.Verdict != experiment.Ship || running.Result.Winner != "on" || running.Result.Arms[0].Name != "off" {
		t.Fatalf("%+v %v", running.Result, err)
	}
	if n := running.Result.Arms[0].Units + running.Result.Arms[1].Units; n != users {
		t.Errorf("%d users", n)
	}
	if _, err := p.book.DecideTrial(ctx, who, "shop", "one-page", "on"); davit.KindOf(err) != davit.Conflict {
		t.Errorf("decided while it runs: %v", err)
	}
	stopped, err := p.book.StopTrial(ctx, who, "shop", "one-page")
	if err != nil || stopped.Result.Sentence != running.Result.Sentence {
		t.Fatalf("%+v %v", stopped.Result, err)
	}
	if _, err := p.book.DecideTrial(ctx, ann(""), "shop", "one-page", "on"); davit.KindOf(err) != davit.Invalid {
		t.Errorf("decided without a reason: %v", err)
	}
	decided, err := p.book.DecideTrial(ctx, ann("simpler to keep"), "shop", "one-page", "off")
	if err != nil || !decided.Decided.Against {
		t.Fatalf("%+v %v", decided.Decided, err)
	}
	told := p.told("experiment.decided")
	if len(told) != 1 || told[0].Data["reason"] != "simpler to keep" || !strings.Contains(told[0].Text, "the numbers say: Ship on: order of on is 0.3059 against 0.09559 of control, +220.0 %") {
		t.Errorf("%+v", told)
	}
	p.kill()
	p.open()
	if again, err := p.book.Trial("shop", "one-page"); err != nil || again.Phase != exposure.Decided || again.Result.Winner != "on" {
		t.Errorf("after a restart: %+v %v", again, err)
	}
}
