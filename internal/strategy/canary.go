package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// canary gives the new version a growing share of the traffic and asks the
// judge at every step.
func canary() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "canary",
			Doc:  "The new version gets a small share of the traffic, then more. At every step the judge compares it with the old version over the same seconds; only a pass leads on, a fail takes it back at once.",
			Keys: append([]spec.Key{stepsKey()}, append([]spec.Key{
				holdKey("The least time in each step.", "5s"),
				{
					Name: "group", Doc: "Requests that go to the new version first, before any share of the others: of testers, of staff.", Example: "{header: X-Beta, values: [\"1\"]}",
					Shape: spec.Shape{Keys: append(matchKeys(), holdKey("The least time with the group alone.", "60s")), One: []string{"header", "cookie"}, Need: true},
				},
			}, approveKey(), approvalKey("1d"))...),
			Check: checkSteps,
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			var out []davit.Step
			var always []davit.Match
			if m, ok := match(s["group"]); ok {
				group := settings(s["group"].(map[string]any))
				always = []davit.Match{m}
				hold := group.duration("hold")
				// The group is not drawn by lot, so its answers cannot be
				// compared with those of the others: the judge only watches.
				out = append(out, davit.Step{
					Name: "group " + who(m), Capacity: 1, Match: always,
					Hold: hold, Judge: davit.JudgeWatch, Deadline: deadline(env, hold, 0),
				})
			}
			return append(out, climb(env, s, always, 1)...)
		},
	}
}

func stepsKey() spec.Key {
	return spec.Key{
		Name: "steps", Doc: "Shares of the traffic, rising. 100 is always the last step and need not be written.", Default: "[5, 25, 50]", Example: "[1, 5, 25, 50]",
		Shape: spec.Shape{Items: &spec.Shape{Type: spec.Percent, Min: 0.01, Max: 100}, Least: 1},
	}
}

func approveKey() spec.Key {
	return spec.Key{
		Name: "approve", Doc: "Steps that a person must promote out of, by their share.", Example: "[50]",
		Shape: spec.Shape{Items: &spec.Shape{Type: spec.Percent, Min: 0.01, Max: 100}},
	}
}

// climb is the rising steps up to all of the traffic, with no fewer instances
// than are up already.
func climb(env spec.Environment, s settings, always []davit.Match, up int) []davit.Step {
	hold, approve := s.duration("hold"), s.weights("approve")
	var out []davit.Step
	for _, w := range s.weights("steps") {
		if w == davit.Full {
			break
		}
		step := davit.Step{
			Name: w.String(), Capacity: max(up, capacity(w, env.Instances)), Weight: w, Match: always,
			Hold: hold, Judge: davit.JudgePass, Approve: slices.Contains(approve, w),
		}
		var wait time.Duration
		if step.Approve {
			wait = s.duration("approve_within")
		}
		step.Deadline = deadline(env, hold, wait)
		out = append(out, step)
	}
	return append(out, full(env, hold))
}

const maxSteps = 20

// checkSteps holds that steps rise and that approve names some of them.
func checkSteps(s map[string]any) []spec.Fault {
	var out []spec.Fault
	weights := settings(s).weights("steps")
	for i := 1; i < len(weights); i++ {
		if weights[i] <= weights[i-1] {
			out = append(out, spec.Fault{Key: "steps", Item: i, Text: fmt.Sprintf("%s does not rise above %s", weights[i], weights[i-1]), Hint: "write the steps in rising order, each once"})
		}
	}
	if len(weights) > maxSteps {
		out = append(out, spec.Fault{Key: "steps", Item: maxSteps, Text: fmt.Sprintf("%d steps, at most %d", len(weights), maxSteps)})
	}
	for i, w := range settings(s).weights("approve") {
		if w == davit.Full || !slices.Contains(weights, w) {
			out = append(out, spec.Fault{Key: "approve", Item: i, Text: fmt.Sprintf("%s is not one of the steps below 100 %%", w), Hint: "name a step that has to be approved before the next"})
		}
	}
	return out
}
