package strategy

import (
	"fmt"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// strategy is one way of replacing a version.
type strategy struct {
	spec.Kind
	compile func(spec.Environment, settings) []davit.Step
}

// all is every strategy there is.
func all() []strategy {
	return []strategy{canary(), rolling(), blueGreen(), recreate(), ab(), mirror()}
}

// Names returns the names of the strategies.
func Names() []string {
	var names []string
	for _, s := range all() {
		names = append(names, s.Name)
	}
	return names
}

// Describe returns the strategies with their settings, for Parse and the
// reference page.
func Describe() []spec.Kind {
	var kinds []spec.Kind
	for _, s := range all() {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}

// Check returns the settings of a strategy with defaults filled in, and what
// is wrong with them.
func Check(name string, given map[string]any) (map[string]any, []spec.Fault) {
	s, ok := find(name)
	if !ok {
		return nil, []spec.Fault{{Item: -1, Text: fmt.Sprintf("strategy %q is not known", name), Hint: "one of " + strings.Join(Names(), ", ")}}
	}
	return s.Settings(given)
}

// Compile returns the plan by which a new version comes to an environment that
// runs an old one.
func Compile(env spec.Environment) (davit.Plan, error) {
	given, faults := Check(env.Strategy.Name, env.Strategy.Params)
	if len(faults) > 0 {
		return davit.Plan{}, &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("compile strategy %q of %s: %s", env.Strategy.Name, env.Name, faults[0].Text), Hint: faults[0].Hint,
		}
	}
	if env.Instances < 1 {
		return davit.Plan{}, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("compile strategy %q of %s: %d instances", env.Strategy.Name, env.Name, env.Instances)}
	}
	s, _ := find(env.Strategy.Name)
	return davit.Plan{Strategy: s.Name, Steps: s.compile(env, given), Settle: env.Settle}, nil
}

func find(name string) (strategy, bool) {
	for _, s := range all() {
		if s.Name == name {
			return s, true
		}
	}
	return strategy{}, false
}
