package strategy

import (
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// rolling brings the new version instance by instance; the share of the
// traffic follows the share of the instances.
func rolling() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "rolling",
			Doc:  "The new version comes up instance by instance, and the share of the traffic follows the share of the instances. The judge watches: a fail takes it back, but no pass is waited for. The old version stays warm until the new one has settled.",
			Keys: []spec.Key{
				{Name: "batch", Doc: "Instances that come up in one step.", Assumed: "a tenth of the instances, at least 1", Example: "1", Shape: spec.Shape{Type: spec.Whole, Min: 1, Max: 1000}},
				holdKey("The least time in each step.", "5s"),
			},
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			n, hold := env.Instances, s.duration("hold")
			batch := (n + 9) / 10
			if f, ok := s["batch"].(float64); ok {
				batch = int(f)
			}
			var out []davit.Step
			for up := batch; up < n; up += batch {
				out = append(out, davit.Step{
					Name: fmt.Sprintf("%d of %d", up, n), Capacity: up, Weight: davit.Full * davit.Weight(up) / davit.Weight(n),
					Hold: hold, Judge: davit.JudgeWatch, Deadline: deadline(env, hold, 0),
				})
			}
			last := full(env, hold)
			last.Name = fmt.Sprintf("%d of %d", n, n)
			return append(out, last)
		},
	}
}
