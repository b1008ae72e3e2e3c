package engine

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/spec"
)

// Keeper keeps records, events and effects; a change is kept whole or not at
// all.
type Keeper interface {
	record.Reader
	Keep(ctx context.Context, c davit.Change) ([]davit.Event, error)
	Effects(ctx context.Context) ([]davit.Effect, error)
	Events(ctx context.Context, q davit.EventQuery) ([]davit.Event, error)
}

// Source reads the repositories that were pushed.
type Source interface {
	// Repos names all repositories.
	Repos(ctx context.Context) ([]string, error)
	// Branches returns the newest commit of every branch.
	Branches(ctx context.Context, repo string) (map[string]string, error)
	// File returns a file at a commit; NotFound if there is none.
	File(ctx context.Context, repo, commit, path string) ([]byte, error)
	// Changed lists the files that differ; all of them when old is "".
	Changed(ctx context.Context, repo, old, head string) ([]string, error)
	// Commits lists the commits that head has and old has not, oldest first,
	// along first parents, at most the newest so many; only head when old is "".
	Commits(ctx context.Context, repo, old, head string, most int) ([]Commit, error)
}

// Commit is one commit.
type Commit struct {
	Hash    string
	Parent  string
	Author  string
	Subject string
	Time    time.Time
}

// Stages runs stages as processes.
type Stages interface {
	// RunStage runs one attempt to its end and returns what to tell the run.
	RunStage(ctx context.Context, job StageJob) pipeline.StageFinished
	// Reap ends what an earlier server left running of a stage.
	Reap(ctx context.Context, run, stage string) error
	// Tidy removes a run's working folders; its logs stay.
	Tidy(ctx context.Context, run string) error
}

// StageJob is one attempt of a stage.
type StageJob struct {
	Run     pipeline.State
	Stage   string
	Attempt int
	Started func() // called when the first process runs
}

// Packer packs a run's checkout and outputs into the registry.
type Packer interface {
	Pack(ctx context.Context, run pipeline.State) (davit.Digest, int64, error)
	Tag(ctx context.Context, service, release string, d davit.Digest) error
}

// Target runs releases.
type Target interface {
	// Ensure wants exactly n instances of w; it does not wait for them.
	Ensure(ctx context.Context, w davit.Workload, n int, epoch uint64) error
	// Await waits until n instances are ready; the error says why they are not.
	Await(ctx context.Context, release, environment string, n int) ([]davit.Instance, error)
	// Stop stops all instances gracefully and waits until they are gone.
	Stop(ctx context.Context, release, environment string, epoch uint64) error
	// Instances lists what runs of a service in an environment.
	Instances(service, environment string) []davit.Instance
}

// Router sends requests to versions.
type Router interface {
	Put(ctx context.Context, r davit.Route) error
	Delete(ctx context.Context, service, environment string, epoch uint64) error
	Routes(ctx context.Context) ([]davit.Route, error)
	// Drain waits until a release has no request in flight and says what came of it.
	Drain(ctx context.Context, service, environment, release string, within time.Duration) (string, error)
}

// Telemetry returns what the router measured, sorted by second.
type Telemetry interface {
	Samples(ctx context.Context, service, environment string, from, to int64) ([]davit.Sample, error)
}

// Checks asks gates and sends requests of Davit's own.
type Checks interface {
	// Gate asks one gate. An unknown gate refuses.
	Gate(ctx context.Context, g spec.Gate, f Facts) davit.Finding
	// Smoke runs the environment's smoke tests against a release through the router.
	Smoke(ctx context.Context, env spec.Environment, release string) davit.Finding
	// Probe sends synthetic requests to both releases alike until ctx ends.
	Probe(ctx context.Context, env spec.Environment, releases [2]string)
}

// Facts is what a gate may know.
type Facts struct {
	Service     string
	Environment string
	Release     davit.Release
	Rollout     string
	Pusher      string
	Approvals   []Approval
	After       []string             // environments the release must have been in before
	Reached     map[string]time.Time // environment to when the release became stable there
	Since       time.Time            // when the rollout began to ask
	Deadline    time.Time            // when waiting turns into a refusal
	Quarantined string               // why the artifact is quarantined; empty: it is not
	Now         time.Time
}

// Approval is one person's yes to one rollout.
type Approval struct {
	Actor  string
	Role   davit.Role
	Reason string
	At     time.Time
}
