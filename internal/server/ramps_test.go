package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// rampBook stands in for what keeps ramps, experiments and events.
type rampBook struct{}

func (rampBook) ListRamps(context.Context, string) ([]api.Ramp, error) {
	out := make([]api.Ramp, 3)
	for i := range out {
		out[i].ID, out[i].Steps = fmt.Sprint("r", i), []api.RampStep{}
	}
	return out, nil
}

func (rampBook) Ramp(context.Context, string, string, string) (api.Ramp, error) {
	return api.Ramp{}, &davit.Error{Kind: davit.NotFound, Text: "never ramped"}
}

func (rampBook) RampPicture(_ context.Context, project, environment, flag string, after, step int64) (api.RampPicture, error) {
	return api.RampPicture{Ramp: project + "/" + environment + "/" + flag, Variant: "on", Control: "off", Drawing: drawn(after, step)}, nil
}

func (rampBook) StartRamp(_ context.Context, actor, project, environment, flag string, _ api.StartRamp) (api.Ramp, error) {
	return api.Ramp{ID: project + "/" + environment + "/" + flag, Actor: actor, Steps: []api.RampStep{}}, nil
}

func (rampBook) SteerRamp(_ context.Context, _, _, _, _, wish string, s api.SteerRamp) (api.Ramp, error) {
	return api.Ramp{Phase: wish, Reason: s.Reason, Steps: []api.RampStep{}}, nil
}

func (rampBook) ListExperiments(context.Context, string) ([]api.Experiment, error) { return nil, nil }

func (rampBook) Experiment(context.Context, string, string) (api.Experiment, error) {
	return api.Experiment{}, &davit.Error{Kind: davit.NotFound, Text: "no such experiment"}
}

func (rampBook) CreateExperiment(_ context.Context, _, project string, e api.CreateExperiment) (api.Experiment, error) {
	return api.Experiment{Project: project, Name: e.Name, Metrics: e.Metrics}, nil
}

func (rampBook) MoveExperiment(_ context.Context, _, _, name, wish string, _ api.MoveExperiment) (api.Experiment, error) {
	return api.Experiment{Name: name, Phase: wish, Metrics: []api.Metric{}}, nil
}

func (rampBook) Minutes(context.Context, string, string, int64) ([]api.Minute, error) {
	return nil, nil
}

func (rampBook) Track(_ context.Context, project, environment string, events []api.Tracked) (api.Accepted, error) {
	if project+"/"+environment != "shop/production" {
		return api.Accepted{}, fmt.Errorf("%s/%s was not asked for", project, environment)
	}
	return api.Accepted{Events: len(events)}, nil
}

func (rampBook) FlagSets() []string { return []string{"shop/production"} }

// TestRampsOverHTTP holds paths, pages and bodies.
func TestRampsOverHTTP(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/ramps?limit=2", "", 200, `"next":"r1"`},
		{"GET", "/ramps?after=r1", "", 200, `"id":"r2"`},
		{"POST", "/flags/shop/checkout/ramps/production", `{"steps":[{"share":5}]}`, 202, `"id":"shop/production/checkout"`},
		{"POST", "/flags/shop/checkout/ramps/production", `{"steps":[{"share":0}]}`, 422, "share"},
		{"POST", "/flags/shop/checkout/ramps/production/abort", `{"reason":"no"}`, 200, `"phase":"abort"`},
		{"POST", "/flags/shop/checkout/ramps/production/explode", `{}`, 422, "wish"},
		{"POST", "/experiments/shop", `{"name":"a","environment":"production","flag":"checkout","hypothesis":"h","metrics":[{"name":"m","kind":"mean"}]}`, 201, `"name":"a"`},
		{"POST", "/experiments/shop/a/decide", `{"variant":"on","reason":"it sells"}`, 200, `"phase":"decide"`},
		{"POST", "/metrics/events", "{\"key\":\"u\",\"metric\":\"m\",\"id\":\"1\"}\n{\"key\":\"v\",\"metric\":\"m\",\"id\":\"2\"}\n", 200, `"events":2`},
		{"POST", "/track?flagSetId=shop/production", `[{"key":"u","flag":"checkout","variant":"on"}]`, 200, `"events":1`},
		{"POST", "/track", `{"kee":"u"}`, 422, "event 1"},
	} {
		status, answer, _ := w.ask(davit.Admin, c.method, "/api/v1"+c.path, c.body)
		if status != c.status || !strings.Contains(answer, c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, answer)
		}
	}
}
