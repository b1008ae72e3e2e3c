package server

import (
	"context"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// Flags keeps feature flags. actor is the name of the credential.
type Flags interface {
	FlagReader
	FlagWriter
	FlagSwitch
	Segments
}

// FlagReader shows flags.
type FlagReader interface {
	ListFlags(ctx context.Context, q FlagQuery) ([]api.Flag, error)
	Flag(ctx context.Context, project, key string) (api.FlagDetail, error)
	FlagHistory(ctx context.Context, project, key string, below int64, limit int) ([]api.FlagRevision, error)
	ExplainFlag(ctx context.Context, project, key string, q FlagQuestion) (api.FlagExplained, error)
	ExportFlags(ctx context.Context, project string) (api.FlagDocument, error)
}

// FlagQuery selects flags; zero fields do not restrict.
type FlagQuery struct {
	Project     string
	Environment string // only this environment is shown
	Kind        string
	Owner       string
	Stale       bool // only those that should go
	Drift       bool // only those that differ from their file
	Waiting     bool // only those with a change that waits for a second person

	After string // continue behind this one, project/key
	Limit int    // 0: all
}

// FlagQuestion asks what a flag gives to whom, and why.
type FlagQuestion struct {
	Environment string
	Context     map[string]any
	At          time.Time // zero: now
}

// FlagWriter changes flags as wholes.
type FlagWriter interface {
	CreateFlag(ctx context.Context, actor string, f api.CreateFlag) (api.FlagEdited, error)
	EditFlag(ctx context.Context, actor, project, key string, f api.EditFlag) (api.FlagEdited, error)
	RemoveFlag(ctx context.Context, actor, project, key, reason string) error
	ServeFlag(ctx context.Context, actor, project, key string, f api.ServeFlag) (api.FlagEdited, error)
	ApplyFlags(ctx context.Context, actor, project string, d api.ApplyFlags) (api.FlagsApplied, error)
}

// FlagSwitch flips flags.
type FlagSwitch interface {
	TurnFlag(ctx context.Context, actor, project, key string, on bool, f api.TurnFlag) (api.FlagEdited, error)
	KillFlag(ctx context.Context, actor, project, key string, f api.TurnFlag) (api.FlagEdited, error)
	UnscheduleFlag(ctx context.Context, actor, project, key string, f api.TurnFlag) (api.FlagEdited, error)
	UndoFlag(ctx context.Context, actor, project, key string, f api.UndoFlag) (api.FlagEdited, error)
	ApproveFlag(ctx context.Context, actor, project, key string, f api.ApproveFlag) (api.FlagEdited, error)
}

// Segments keeps named sets of users.
type Segments interface {
	ListSegments(ctx context.Context, project string) ([]api.Segment, error)
	PutSegment(ctx context.Context, actor, project, name string, s api.PutSegment) error
	RemoveSegment(ctx context.Context, actor, project, name, reason string) error
}
