package engine

import (
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Repo remembers which commits of a repository have become runs.
type Repo struct {
	Name  string
	Heads map[string]string // branch to the newest commit seen
}

// Service is what is known of a service from its newest commit.
type Service struct {
	Name    string
	Repo    string
	Commit  string // whose davit.yaml this is
	Spec    spec.Service
	Runs    int // number of the newest run
	Release int // number of the newest release
}

// Release is a release with the davit.yaml it was made with: what it needs to
// run again, whatever later commits say.
type Release struct {
	davit.Release
	Spec    spec.Service
	Reached map[string]time.Time // environment to when it became stable there
}

// environment returns the environment of that name.
func (r Release) environment(name string) (spec.Environment, bool) {
	for _, env := range r.Spec.Environments {
		if env.Name == name {
			return env, true
		}
	}
	return spec.Environment{}, false
}

// Quarantine keeps a digest from every lane until a person lifts it.
type Quarantine struct {
	Digest  davit.Digest // of the artifact
	Config  davit.Digest // only with this configuration; empty: with any
	Service string
	Release string
	Reason  string
	Actor   string
	Rollout string
	At      time.Time
}

// ID is what the quarantine is kept, and lifted, under: the artifact's digest or,
// if it is about one configuration, that of both together.
func (q Quarantine) ID() davit.Digest { return q.Digest.With(q.Config) }

// Approvals are the yeses that one rollout has.
type Approvals struct{ Given []Approval }
