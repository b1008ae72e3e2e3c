package e2e_test

import (
	"context"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// ListRamps knows one ramp under way, and one that was taken back.
func (h *hands) ListRamps(context.Context, string) ([]api.Ramp, error) {
	if !h.filled {
		return nil, nil
	}
	steps := []api.RampStep{
		{Share: 1, Hold: "10m0s", Judge: "pass"},
		{Share: 5, Hold: "10m0s", Judge: "pass"},
		{Share: 25, Hold: "10m0s", Judge: "pass"},
		{Share: 50, Hold: "10m0s", Judge: "pass", Approve: true},
		{Share: 100, Judge: "watch", Hold: "0s"},
	}
	at := noon().Add(-34 * time.Minute)
	return []api.Ramp{
		{
			ID: "shop-new-checkout-2", Project: "shop", Environment: "production", Flag: "new-checkout", Service: "shop", Variant: "on", Control: "off",
			Phase: "holding", Step: 2, Steps: steps, Share: 25, Back: "nobody", Actor: "ana", Created: at, Since: noon().Add(-9 * time.Minute), Deadline: noon().Add(21 * time.Minute),
			Word: "no harm found so far: errors 0.28 % against 0.30 %, 1 204 requests of 2 000", Verdict: "CONTINUE",
		},
		{
			ID: "shop-ranking-1", Project: "shop", Environment: "production", Flag: "ranking", Service: "shop", Variant: "new", Control: "old",
			Phase: "failed", Step: 1, Steps: steps, Share: 0, Back: "nobody", Locked: true, Actor: "ben", Created: at.Add(-time.Hour), Since: at, Ended: at,
			Reason: "errors 2.9 % against 0.3 % for those who have old, chance of a false alarm under 1 in 1000",
		},
	}, nil
}

// Ramp is one of them.
func (h *hands) Ramp(ctx context.Context, project, environment, flag string) (api.Ramp, error) {
	all, _ := h.ListRamps(ctx, project)
	for _, r := range all {
		if r.Flag == flag && r.Environment == environment {
			return r, nil
		}
	}
	return api.Ramp{}, &davit.Error{Kind: davit.NotFound, Text: "there is no ramp of " + flag + " in " + environment}
}

// StartRamp notes what was asked for.
func (h *hands) StartRamp(_ context.Context, actor, project, environment, flag string, r api.StartRamp) (api.Ramp, error) {
	h.note("%s ramps %s/%s in %s: %s over %q, hold %q, back %s", actor, project, flag, environment, r.Variant, r.Over, r.Hold, r.Back)
	return api.Ramp{Steps: []api.RampStep{}}, nil
}

// SteerRamp notes what was asked for.
func (h *hands) SteerRamp(_ context.Context, actor, project, environment, flag, wish string, s api.SteerRamp) (api.Ramp, error) {
	h.note("%s: %s the ramp of %s/%s in %s, force %v: %s", actor, wish, project, flag, environment, s.Force, s.Reason)
	return api.Ramp{Steps: []api.RampStep{}}, nil
}

// ListExperiments knows those that were planned here, and three of its own.
func (h *hands) ListExperiments(ctx context.Context, project string) ([]api.Experiment, error) {
	planned, err := h.Experiments.ListExperiments(ctx, project)
	return append(planned, h.ownExperiments()...), err
}

// ownExperiments are one that went well, one whose numbers are not to be
// believed, and one that has not begun.
func (h *hands) ownExperiments() []api.Experiment {
	if !h.filled {
		return nil
	}
	metrics := []api.Metric{
		{Name: "orders", Kind: "conversion", Effect: 0.01},
		{Name: "basket", Kind: "mean"},
		{Name: "complaints", Kind: "conversion", Guard: true, Down: true, Margin: 0.02},
		{Name: "errors", Kind: "ratio", Per: "requests", Guard: true, Down: true, Margin: 0.02},
	}
	one := func(name, flag, phase, hypothesis string, began time.Time) api.Experiment {
		return api.Experiment{
			Project: "shop", Name: name, Environment: "production", Flag: flag, Owner: "search", Hypothesis: hypothesis, Phase: phase, Control: "old",
			Metrics: metrics, Alpha: 0.05, Created: noon().Add(-200 * time.Hour), Started: began,
		}
	}
	return []api.Experiment{
		one("ranking", "ranking", "running", "Those who see the new ranking find what they mean sooner, and buy more.", noon().Add(-190*time.Hour)),
		one("ranking-first", "ranking", "stopped", "The same, as it was tried first.", noon().Add(-400*time.Hour)),
		one("checkout", "new-checkout", "draft", "One page instead of four loses fewer on the way.", time.Time{}),
	}
}

// Experiment is one of them, with what it shows.
func (h *hands) Experiment(ctx context.Context, project, name string) (api.Experiment, error) {
	for _, e := range h.ownExperiments() {
		if e.Name != name {
			continue
		}
		switch name {
		case "ranking":
			e.Result = resultOf(18_204, 18_117, "ship")
		case "ranking-first":
			e.Result = resultOf(9_412, 8_006, "distrust")
		}
		return e, nil
	}
	return h.Experiments.Experiment(ctx, project, name)
}

// MoveExperiment notes what was asked for, and does it to what was planned here.
func (h *hands) MoveExperiment(ctx context.Context, actor, project, name, wish string, m api.MoveExperiment) (api.Experiment, error) {
	h.note("%s: %s %s/%s for %q: %s", actor, wish, project, name, m.Variant, m.Reason)
	if slices.ContainsFunc(h.ownExperiments(), func(e api.Experiment) bool { return e.Name == name }) {
		return api.Experiment{Metrics: []api.Metric{}}, nil
	}
	return h.Experiments.MoveExperiment(ctx, actor, project, name, wish, m)
}

func resultOf(old, fresh uint64, verdict string) *api.ExperimentResult {
	all := float64(old + fresh)
	r := &api.ExperimentResult{
		Verdict: verdict, Sampled: 1,
		Arms:  []api.ExperimentArm{{Variant: "old", Users: old, Share: float64(old) / all, Meant: 0.5}, {Variant: "new", Users: fresh, Share: float64(fresh) / all, Meant: 0.5}},
		Ratio: "the variants have as many users as they should", RatioP: 0.65, Several: "every user has seen one variant only",
		Comparisons: []api.Comparison{
			{Variant: "new", Metric: "orders", Control: 0.0512, Value: 0.0561, Effect: [3]float64{0.0049, 0.0018, 0.008}, Lift: [3]float64{0.0957, 0.034, 0.157}, Chance: 0.998, Finding: "better"},
			{Variant: "new", Metric: "basket", Control: 41.2, Value: 41.6, Effect: [3]float64{0.4, -1.1, 1.9}, Lift: [3]float64{0.0097, -0.027, 0.046}, Chance: 0.69, Finding: "unclear"},
			{Variant: "new", Metric: "complaints", Guard: true, Control: 0.0041, Value: 0.004, Effect: [3]float64{-0.0001, -0.0003, 0.00005}, Lift: [3]float64{-0.024, -0.07, 0.012}, Chance: 0.61, Finding: "safe"},
			{Variant: "new", Metric: "errors", Guard: true, Control: 0.003, Value: 0.0031, Chance: 0.5, Finding: "scarce"},
		},
	}
	switch verdict {
	case "ship":
		r.Winner, r.Sentence = "new", "new is better in orders by 3.4 % to 15.7 %, and no guard is in doubt."
	case "distrust":
		r.Alarm, r.RatioP = true, 1e-26
		r.Ratio, r.Sentence = "the variants do not have the shares they should (p = 1e-26): assignment or logging is broken, and no result can be believed", "The variants do not have the shares that they should: find out why before anything is read from this."
	}
	return r
}
