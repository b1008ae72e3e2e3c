package app

import (
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

// Known is what davit.yaml may name in this Davit. A strategy or gate stands
// in its own room's table; a target is one line here and one in targets.
func Known() spec.Known {
	return spec.Known{
		Targets:    []string{"process"},
		Strategies: strategy.Describe(),
		Gates:      spec.Gates(),
	}
}

// targets builds the targets that davit.yaml may name.
func (a *App) targets() map[string]engine.Target {
	return map[string]engine.Target{
		"process": a.process,
	}
}
