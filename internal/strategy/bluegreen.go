package strategy

import (
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// blueGreen brings the new version up in full, without traffic, and then
// switches.
func blueGreen() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "blue-green",
			Doc:  "The new version comes up with all its instances beside the old one, without traffic, where smoke tests and people can look at it. Then all traffic switches at once. The judge watches, and the way back is as quick.",
			Keys: []spec.Key{
				{Name: "dark", Doc: "The least time without traffic.", Default: "0s", Shape: spec.Shape{Type: spec.Duration, Min: 0, Max: 4 * week}},
				{Name: "approve", Doc: "A person must promote before the switch.", Default: "false", Shape: spec.Shape{Type: spec.Switch}},
				approvalKey("1d"),
				holdKey("The least time that is watched after the switch.", "30s"),
			},
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			dark, approve := s.duration("dark"), s["approve"] == true
			var wait time.Duration
			if approve {
				wait = s.duration("approve_within")
			}
			return []davit.Step{
				{Name: "dark", Capacity: env.Instances, Hold: dark, Deadline: deadline(env, dark, wait), Approve: approve},
				full(env, s.duration("hold")),
			}
		},
	}
}
