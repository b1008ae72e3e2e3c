package strategy

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// mirror sends the new version copies of live requests before it answers any.
func mirror() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "mirror",
			Doc:  "The new version first gets copies of live requests, whose answers are dropped; the judge compares them with the originals. Then it goes on as a canary. Only for services that may see a request twice.",
			Keys: []spec.Key{
				{Name: "share", Doc: "Share of the requests that is copied.", Default: "10", Shape: percent(0.01)},
				{Name: "mirror_hold", Doc: "The least time with copies alone.", Default: "30s", Shape: spec.Shape{Type: spec.Duration, Min: 0, Max: 4 * week}},
				stepsKey(),
				holdKey("The least time in each step after that.", "5s"),
				approveKey(),
				approvalKey("1d"),
			},
			Check: checkSteps,
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			share, hold := s.weight("share"), s.duration("mirror_hold")
			first := davit.Step{
				Name: "mirror " + share.String(), Capacity: capacity(share, env.Instances), Mirror: share,
				Hold: hold, Judge: davit.JudgeMirror, Deadline: deadline(env, hold, 0),
			}
			return append([]davit.Step{first}, climb(env, s, nil, first.Capacity)...)
		},
	}
}
