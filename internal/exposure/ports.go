package exposure

import (
	"context"
	"log/slog"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/record"
)

// Keeper keeps records and events; a change is kept whole or not at all.
type Keeper interface {
	record.Reader
	Keep(ctx context.Context, c davit.Change) ([]davit.Event, error)
}

// Tagger has the router count exposed requests apart.
type Tagger interface {
	Tag(ctx context.Context, t davit.Tagging) error
}

// Telemetry returns what the router measured, sorted by second.
type Telemetry interface {
	Samples(ctx context.Context, service, environment string, from, to int64) ([]davit.Sample, error)
}

// Studies keep who was exposed and what they did.
type Studies interface {
	Open(id string, d experiment.Design) error
	Take(id string, items []experiment.Item) (int, error)
	Look(id string, fn func(d experiment.Design, l *experiment.Log)) error
	Drop(id string) error
}

// Deployment is what runs of a service in an environment.
type Deployment struct {
	Settings judge.Settings
	Stable   string // release id
	Rollout  string // the one under way; empty: none
}

// Ports are what a Book needs.
type Ports struct {
	Keeper Keeper
	// Environments returns the environments of each project that has them from
	// elsewhere: those of the services. May be nil.
	Environments func(context.Context) (map[string][]string, error)
	Folder       string // where the last good sets lie
	// Context returns what every evaluation of a set has in its context, by name:
	// bool, float64 or string. May be nil.
	Context func(set string) map[string]any

	// What ramps and experiments need. Without a Deployment ramps are judged by
	// events and gates alone; without Studies there are neither.
	Tagger     Tagger
	Telemetry  Telemetry
	Studies    Studies
	Deployment func(ctx context.Context, service, environment string) (Deployment, error)

	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: discard
}
