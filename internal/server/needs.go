package server

import (
	"context"
	"iter"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// Records reads what is kept and what happened.
type Records interface {
	Record(ctx context.Context, kind, id string) (davit.Record, error)
	Records(ctx context.Context, q davit.Query) ([]davit.Record, string, error)
	Events(ctx context.Context, q davit.EventQuery) ([]davit.Event, error)
	// Changed returns a channel that is closed when the journal grows.
	Changed() <-chan struct{}
}

// Delivery starts things. actor is the name of the credential.
type Delivery interface {
	Promote(ctx context.Context, actor, release, environment string) (rollout string, err error)
	// Rollback goes back to a release; an empty one means the last good one.
	Rollback(ctx context.Context, actor, service, environment, to, reason string) (rollout string, err error)
	Rerun(ctx context.Context, actor, run string) (newRun string, err error)
	Cancel(ctx context.Context, actor, run, reason string) error
	// Plan says what a commit would do; an empty one means the branch's head.
	Plan(ctx context.Context, service, commit string) (api.Plan, error)
}

// Steering steers a rollout that is under way.
type Steering interface {
	Hold(ctx context.Context, actor, rollout, reason string, until time.Time) error
	Resume(ctx context.Context, actor, rollout string) error
	Advance(ctx context.Context, actor, rollout string, force bool, reason string) error
	Abort(ctx context.Context, actor, rollout, reason string) error
	Persuasion
}

// Persuasion moves the gates that a rollout waits for.
type Persuasion interface {
	Approve(ctx context.Context, actor, rollout, reason string) error
	// Override lets the rollout's release past a gate until a time and says what became of it.
	Override(ctx context.Context, actor, rollout, gate, reason string, until time.Time) (string, error)
}

// Quarantine keeps digests from coming back.
type Quarantine interface {
	Quarantine(ctx context.Context, actor string, digest davit.Digest, reason string) error
	Lift(ctx context.Context, actor string, digest davit.Digest, reason string) error
}

// Logs reads what stages and instances wrote. A sequence ends at the end of the
// log, or, when it follows, when nothing more can be written.
type Logs interface {
	StageLog(ctx context.Context, q StageLogQuery) iter.Seq2[api.LogLine, error]
	InstanceLog(ctx context.Context, q InstanceLogQuery) iter.Seq2[api.LogLine, error]
}

// StageLogQuery selects lines of a run; zero fields do not restrict.
type StageLogQuery struct {
	Run     string
	Stage   string
	Attempt int
	After   int64 // sequence number of the last line that is known
	Follow  bool
}

// InstanceLogQuery selects lines of a service's instances.
type InstanceLogQuery struct {
	Service     string
	Environment string
	Release     string
	Instance    string
	Tail        int // last lines of each instance; 0: all that is kept
	Follow      bool
}

// World sees what runs now.
type World interface {
	Instances(ctx context.Context, service, environment string) ([]davit.Instance, error)
	Router(ctx context.Context) api.RouterStatus
	// Verdict returns the judge's newest word on a rollout under way.
	Verdict(rollout string) (davit.Finding, bool)
}

// Measures reads what the router measured.
type Measures interface {
	Series(ctx context.Context, q SeriesQuery) ([]api.Series, error)
	// Picture draws a rollout, from the unix second after on if its step is still step.
	Picture(ctx context.Context, rollout string, after, step int64) (api.Picture, error)
	// Counts returns what the judge saw of a rollout, line by line as
	// `davit judge` reads it, without newlines.
	Counts(ctx context.Context, rollout string) iter.Seq2[[]byte, error]
}

// Replayed is a stored verdict, and what came out otherwise when it was
// computed again; none: it is the same to the last digit.
type Replayed struct {
	Stored      davit.Finding
	Differences []string
}

// SeriesQuery selects series of a service in one environment.
type SeriesQuery struct {
	Service     string
	Environment string
	Release     string
	From, To    time.Time
	Step        time.Duration
}

// Token is a credential; the secret itself is not kept, only its hash.
type Token struct {
	ID       string
	Name     string
	Role     davit.Role
	Flags    []string // flag sets it may evaluate; none: all
	Hash     string
	Created  time.Time
	Expires  time.Time // zero: never
	Revoked  time.Time // zero: not revoked
	LastUsed time.Time
}

// Tokens keeps credentials. Writes carry the events that say so.
type Tokens interface {
	TokenByHash(ctx context.Context, hash string) (Token, error)
	TouchToken(ctx context.Context, id string) error
	Tokens(ctx context.Context) ([]Token, error)
	PutToken(ctx context.Context, t Token, c davit.Change) ([]davit.Event, error)
	RevokeToken(ctx context.Context, id string, c davit.Change) ([]davit.Event, error)
}

// Channels are those who are told what happens.
type Channels interface {
	ListChannels(ctx context.Context) ([]api.Channel, error)
	SetChannel(ctx context.Context, actor string, c api.SetChannel) error
	RemoveChannel(ctx context.Context, actor, name string) error
	// TryChannel sends a message by hand and says what came of it.
	TryChannel(ctx context.Context, actor, name string) error
}

// Secrets keeps secrets; none ever comes back. Each write leaves an event.
type Secrets interface {
	ListSecrets(ctx context.Context, service, environment string) ([]api.Secret, error)
	SetSecret(ctx context.Context, actor string, s api.Secret, value []byte) error
	RemoveSecret(ctx context.Context, actor string, s api.Secret) error
}

// Answer is the answer to a write, kept to be given again.
type Answer struct {
	Status int
	Body   []byte
}

// Memory remembers the answers to writes that carry an idempotency key.
type Memory interface {
	// Remember claims a key (nil comes back) or returns the kept answer. A key
	// that was used for another request is a Conflict.
	Remember(ctx context.Context, actor, key, requestHash string) (*Answer, error)
	Answer(ctx context.Context, actor, key string, a Answer) error
	Forget(ctx context.Context, actor, key string) error
}

// Pushes hears of pushes from the hooks of the git endpoint.
type Pushes interface {
	// Pushing returns the push a hook's one-time token belongs to.
	Pushing(token string) (repo, actor string, ok bool)
	// CheckPush refuses what must not be pushed.
	CheckPush(ctx context.Context, actor string, p Push) error
	// Pushed makes runs of what was pushed and returns them with what the
	// pusher should be told.
	Pushed(ctx context.Context, actor string, p Push) (runs, messages []string, err error)
}

// Push is what was, or is to be, pushed.
type Push struct {
	Repo    string
	Updates []api.Update
}
