package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
)

func ExamplePlan() {
	service := spec.Service{
		Name: "shop", Path: "services/shop", Branch: "main",
		Stages: []spec.Stage{
			{Name: "build"},
			{Name: "migrate", Needs: []string{"build"}, When: spec.When{Paths: []string{"schema/**"}}},
		},
		Environments: []spec.Environment{{Name: "staging"}, {Name: "production"}},
	}
	o := pipeline.Plan(service, "main", []string{"services/shop/cart.go"})
	fmt.Println(o.Concerned, o.Why)
	for _, p := range append(o.Stages, o.Environments...) {
		fmt.Println(p.Name, p.Runs, p.Why)
	}
	// Output:
	// true It changes files the service watches.
	// build true It runs first.
	// migrate false No changed file matches schema/**.
	// staging true It is entered as soon as the artifact is packed.
	// production true It is entered after staging.
}

func TestPlan(t *testing.T) {
	service := spec.Service{Name: "shop", Path: "services/shop", Branch: "main", Stages: []spec.Stage{{Name: "build"}, {Name: "schema", When: spec.When{Paths: []string{"schema/**"}}}}, Environments: []spec.Environment{{Name: "staging"}}}
	if o := pipeline.Plan(service, "main", []string{"services/pay/x.go"}); o.Concerned || o.Packed || o.Stages[0].Runs || o.Environments[0].Runs {
		t.Errorf("another service's commit: %+v", o)
	}
	if o := pipeline.Plan(service, "topic", nil); !o.Concerned || o.Packed || !o.Stages[0].Runs || !o.Stages[1].Runs || o.Environments[0].Runs || !strings.Contains(o.Environments[0].Why, "topic is not deployed") {
		t.Errorf("a branch: %+v", o)
	}
	if o := pipeline.Plan(service, "main", []string{"services/shop/schema/1.sql"}); !o.Stages[1].Runs {
		t.Errorf("a glob from the service's folder: %+v", o)
	}
	many := make([]string, pipeline.MaxChanged+1)
	for i := range many {
		many[i] = fmt.Sprintf("services/shop/f%d", i)
	}
	if o := pipeline.Plan(service, "main", many); !o.Stages[1].Runs {
		t.Error("a stage was skipped although not all changes are known")
	}
}

func TestConcerns(t *testing.T) {
	shop := spec.Service{Path: "shop", Watch: nil}
	root := spec.Service{Path: "."}
	watching := spec.Service{Path: "shop", Watch: []string{"shop/**", "lib/*.go"}}
	for _, test := range []struct {
		service spec.Service
		changed string
		want    bool
	}{
		{shop, "shop/a", true},
		{shop, "shopping/a", false},
		{shop, "a", false},
		{shop, "", true},
		{root, "any/where", true},
		{watching, "lib/x.go", true},
		{watching, "lib/sub/x.go", false},
	} {
		var changed []string
		if test.changed != "" {
			changed = []string{test.changed}
		}
		if got := pipeline.Concerns(test.service, changed); got != test.want {
			t.Errorf("%+v, %q: %v", test.service.Watch, test.changed, got)
		}
	}
}

func TestSpent(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, _ := pipeline.New(pipeline.Origin{ID: "r", Created: at, Spec: spec.Service{Stages: []spec.Stage{{Name: "a"}}}}, nil)
	s, _, _ = pipeline.Step(s, pipeline.Start{At: at.Add(5 * time.Second)})
	s, _, _ = pipeline.Step(s, pipeline.StageFinished{Stage: "a", Attempt: 1, Outcome: "failed", At: at.Add(15 * time.Second)})
	now := at.Add(time.Hour)
	if q, r, f := s.Spent(pipeline.Queued, now), s.Spent(pipeline.Running, now), s.Spent(pipeline.Failed, now); q != 5*time.Second || r != 10*time.Second || f != 0 {
		t.Errorf("spent %s %s %s", q, r, f)
	}
}
