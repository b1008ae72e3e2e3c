package pipeline

import (
	"fmt"

	"github.com/davit-cd/davit/internal/spec"
)

// Outline is what a commit would do, without doing it.
type Outline struct {
	Service      string
	Concerned    bool // false: no run is made at all, and nothing below happens
	Why          string
	Stages       []Planned
	Packed       bool
	Environments []Planned // in the order in which they are entered
}

// Planned is a stage or an environment of an Outline.
type Planned struct {
	Name string
	Runs bool
	Why  string // one plain sentence
}

// Plan says which stages and environments a commit on branch that changes the
// given files would go through, and why.
func Plan(service spec.Service, branch string, changed []string) Outline {
	o := Outline{Service: service.Name, Concerned: Concerns(service, changed)}
	o.Why = "It changes files the service watches."
	switch {
	case len(changed) == 0:
		o.Why = "Nothing is known of its files, so everything runs."
	case !o.Concerned:
		o.Why = fmt.Sprintf("None of its %s is watched by %s.", count(len(changed), "file"), service.Name)
	}
	s, _ := New(Origin{Service: service.Name, Branch: branch, Spec: service}, changed)
	m := machine{State: s}
	for _, stage := range service.Stages {
		p := Planned{Name: stage.Name, Runs: true, Why: "It runs first."}
		if len(stage.Needs) > 0 {
			p.Why = fmt.Sprintf("It runs after %s.", list(stage.Needs, 10))
		}
		if why := m.needless(stage.When); why != "" {
			p.Runs, p.Why = false, why
		}
		if !o.Concerned {
			p.Runs, p.Why = false, "The commit does not concern the service."
		}
		o.Stages = append(o.Stages, p)
	}
	o.Packed = o.Concerned && m.deploys()
	for i, env := range service.Environments {
		p := Planned{Name: env.Name, Runs: o.Packed, Why: "It is entered as soon as the artifact is packed."}
		switch {
		case !o.Concerned:
			p.Why = "The commit does not concern the service."
		case !o.Packed:
			p.Why = fmt.Sprintf("Branch %s is not deployed, %s is.", branch, service.Branch)
		case i > 0:
			p.Why = fmt.Sprintf("It is entered after %s.", service.Environments[i-1].Name)
		}
		o.Environments = append(o.Environments, p)
	}
	return o
}
