package strategy

import (
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// settings are checked settings with their defaults.
type settings map[string]any

func (s settings) duration(key string) time.Duration {
	text, _ := s[key].(string)
	d, err := spec.ParseDuration(text)
	if err != nil {
		return 0 // a missing duration; checked settings have no bad ones
	}
	return d
}

func (s settings) weight(key string) davit.Weight {
	f, _ := s[key].(float64)
	return davit.Percent(f)
}

func (s settings) weights(key string) []davit.Weight {
	var out []davit.Weight
	for _, f := range floats(s[key]) {
		out = append(out, davit.Percent(f))
	}
	return out
}

func floats(v any) []float64 {
	list, _ := v.([]any)
	var out []float64
	for _, item := range list {
		f, _ := item.(float64)
		out = append(out, f)
	}
	return out
}

// capacity is how many of n instances carry weight w: no fewer than their
// share, and one even for a weight of nothing, since a version is probed
// before it gets traffic.
func capacity(w davit.Weight, n int) int {
	return max(1, (int(w)*n+int(davit.Full)-1)/int(davit.Full))
}

// patience is how long a step may take beyond its hold if the environment
// does not say.
const patience = 10 * time.Minute

// deadline is the most time in a step: its hold, what the judge is given
// beyond it, and what a person is given to approve.
func deadline(env spec.Environment, hold, approval time.Duration) time.Duration {
	wait := env.Judge.Deadline
	if wait <= 0 {
		wait = patience
	}
	return hold + wait + approval
}

// full is the last step of a plan: all the traffic and all the capacity. There
// is no old version left to compare to, so the judge only watches.
func full(env spec.Environment, hold time.Duration) davit.Step {
	return davit.Step{
		Name: davit.Full.String(), Capacity: env.Instances, Weight: davit.Full,
		Hold: hold, Judge: davit.JudgeWatch, Deadline: deadline(env, hold, 0),
	}
}

func percent(least float64) spec.Shape {
	return spec.Shape{Type: spec.Percent, Min: least, Max: 100}
}

const week = 7 * 24 * 3600 // seconds

func holdKey(doc, assumed string) spec.Key {
	return spec.Key{Name: "hold", Doc: doc, Default: assumed, Shape: spec.Shape{Type: spec.Duration, Min: 0, Max: 4 * week}}
}

func approvalKey(assumed string) spec.Key {
	return spec.Key{
		Name: "approve_within", Doc: "How long a step waits for a person before the rollout is taken back.", Default: assumed,
		Shape: spec.Shape{Type: spec.Duration, Min: 1, Max: 12 * week},
	}
}
