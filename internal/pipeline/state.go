package pipeline

import (
	"fmt"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// MaxChanged bounds State.Changed.
const MaxChanged = 1000

// State is everything known of one run: one commit's way through the pipeline.
// It is what the store keeps, as JSON.
type State struct {
	Origin
	Changed     []string // files the commit changes, from the root of the repository; the first MaxChanged
	ChangedMore int      // how many more there are
	Phase       Phase
	Stages      []Stage // in the order of Spec.Stages
	Release     string  // release id, once packed
	Artifact    davit.Digest
	Deployments []Deployment // in the order of Spec.Environments
	Carried     []Carried    // superseded commits this run takes along

	Why          string // the outcome in one plain sentence
	StoppedBy    string // the gate that stopped it: a stage's name, "package", or "<environment>: <gate>"
	SupersededBy string // the run that took its place
	Cancelled    *Cancellation
	Entered      []Entry   // when each phase was entered, oldest first
	Deadline     time.Time // packaging: when it is given up
	Wake         time.Time // when a Tick is due; zero: when something happens
}

// Origin is what a run starts from; it never changes.
type Origin struct {
	ID      string // "shop-run-12"
	Service string
	Repo    string
	Branch  string
	Commit  string
	Parent  string // commit the changes are counted from; empty for a first push
	Author  string
	Subject string // first line of the commit message
	Pusher  string // name of the credential that pushed
	Created time.Time
	Spec    spec.Service // resolved
}

// Carried is a superseded commit that a later run takes along.
type Carried struct {
	Run     string
	Commit  string
	Author  string
	Subject string
}

// Cancellation is who stopped a run, and why.
type Cancellation struct {
	Actor  string
	Reason string
	At     time.Time
}

// Entry is the moment a phase was entered.
type Entry struct {
	Phase Phase
	At    time.Time
}

// New returns the queued run of o, which changes the given files. No files at
// all mean that nothing is known of them: every stage runs.
func New(o Origin, changed []string) (State, []davit.Event) {
	s := State{Origin: o, Phase: Queued, Entered: []Entry{{Queued, o.Created}}}
	s.Changed = slices.Clone(changed[:min(len(changed), MaxChanged)])
	s.ChangedMore = len(changed) - len(s.Changed)
	for _, stage := range o.Spec.Stages {
		s.Stages = append(s.Stages, Stage{Name: stage.Name, Phase: StageWaiting})
	}
	for _, env := range o.Spec.Environments {
		s.Deployments = append(s.Deployments, Deployment{Environment: env.Name, Phase: DeploymentWaiting})
	}
	m := machine{State: s, at: o.Created}
	m.tell("run.queued", fmt.Sprintf("%s queued for commit %s of %s: %s.", o.ID, short(o.Commit), o.Branch, subject(o.Subject)), "pusher", o.Pusher)
	return m.State, m.events
}

// Carry returns s's commit and those it carries, for the Carry input of the run
// that takes its place.
func (s State) Carry() []Carried {
	return append(slices.Clone(s.Carried), Carried{s.ID, s.Commit, s.Author, s.Subject})
}

// Finished returns when the run ended; zero while it has not.
func (s State) Finished() time.Time {
	if !s.Phase.Final() {
		return time.Time{}
	}
	return s.Entered[len(s.Entered)-1].At
}

// Spent returns how long the run was, or has been until now, in phase p.
func (s State) Spent(p Phase, now time.Time) time.Duration {
	var d time.Duration
	for i, e := range s.Entered {
		if e.Phase != p || p.Final() {
			continue
		}
		until := now
		if i+1 < len(s.Entered) {
			until = s.Entered[i+1].At
		}
		d += until.Sub(e.At)
	}
	return d
}

// Stage returns the stage of that name, or nil.
func (s State) Stage(name string) *Stage {
	for i := range s.Stages {
		if s.Stages[i].Name == name {
			return &s.Stages[i]
		}
	}
	return nil
}

// Deployment returns the deployment to that environment, or nil.
func (s State) Deployment(environment string) *Deployment {
	for i := range s.Deployments {
		if s.Deployments[i].Environment == environment {
			return &s.Deployments[i]
		}
	}
	return nil
}

// clone copies what Step changes in place.
func (s State) clone() State {
	s.Stages = slices.Clone(s.Stages)
	for i := range s.Stages {
		s.Stages[i].Earlier = slices.Clone(s.Stages[i].Earlier)
	}
	s.Deployments = slices.Clone(s.Deployments)
	s.Entered = slices.Clone(s.Entered)
	s.Carried = slices.Clone(s.Carried)
	return s
}
