package exposure

import (
	"context"
	"log/slog"
	"time"

	"github.com/davit-cd/davit"
)

// Keeper keeps records and events; a change is kept whole or not at all.
type Keeper interface {
	Keep(ctx context.Context, c davit.Change) ([]davit.Event, error)
	Record(ctx context.Context, kind, id string) (davit.Record, error)
	Records(ctx context.Context, q davit.Query) ([]davit.Record, string, error)
}

// Ports are what a Book needs.
type Ports struct {
	Keeper Keeper
	// Environments returns the environments of each project that has them from
	// elsewhere: those of the services. May be nil.
	Environments func(context.Context) (map[string][]string, error)
	Folder       string           // where the last good sets lie
	Now          func() time.Time // default time.Now
	Log          *slog.Logger     // default: discard
}
