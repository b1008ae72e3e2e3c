package strategy

import (
	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// recreate stops the old version before it starts the new one.
func recreate() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "recreate",
			Doc:  "The old version is stopped before the new one starts, for what cannot run twice at a time. Requests wait meanwhile, for a bounded time; the way back takes as long as a start.",
			Keys: []spec.Key{holdKey("The least time that is watched after the start.", "5s")},
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			// There is no old version to compare to while this one runs.
			step := full(env, s.duration("hold"))
			step.StopOld, step.Judge = true, davit.JudgeNone
			return []davit.Step{step}
		},
	}
}
