package server

import (
	"context"
	"encoding/json"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// ProjectIn names a project in the path.
type ProjectIn struct {
	Project string `path:"project" maxLength:"63" pattern:"^[a-z]([a-z0-9-]*[a-z0-9])?$"`
}

// FlagIn names a flag in the path. A key may hold anything but is escaped.
type FlagIn struct {
	ProjectIn
	Flag string `path:"flag" maxLength:"600"`
}

// flagWrite is the input of a change of a flag.
type flagWrite[B any] struct {
	FlagIn
	Body B
}

func (s *Server) serveFlags() {
	s.serveFlagReads()
	s.serveFlagWrites()
	s.serveSegments()
}

// flags returns what keeps the flags, or says that it is not here.
func (s *Server) flags() (Flags, error) {
	if s.options.Flags == nil {
		return nil, absent("keeping feature flags")
	}
	return s.options.Flags, nil
}

func (s *Server) serveFlagReads() {
	register(s, "list-flags", s.listFlags)
	register(s, "get-flag", func(ctx context.Context, in *FlagIn) (*answer[api.FlagDetail], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		f, err := flags.Flag(ctx, in.Project, in.Flag)
		return &answer[api.FlagDetail]{f}, err
	})
	register(s, "explain-flag", s.explainFlag)
	register(s, "list-flag-history", func(ctx context.Context, in *struct {
		FlagIn
		Limit int   `query:"limit" minimum:"1" maximum:"500" default:"50"`
		Below int64 `query:"below" minimum:"0" doc:"Only versions below this one"`
	},
	) (*answer[api.Page[api.FlagRevision]], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		list, err := flags.FlagHistory(ctx, in.Project, in.Flag, in.Below, in.Limit)
		return &answer[api.Page[api.FlagRevision]]{api.Page[api.FlagRevision]{Items: orEmpty(list)}}, err
	})
	register(s, "export-flags", func(ctx context.Context, in *ProjectIn) (*answer[api.FlagDocument], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		d, err := flags.ExportFlags(ctx, in.Project)
		return &answer[api.FlagDocument]{d}, err
	})
}

func (s *Server) listFlags(ctx context.Context, in *struct {
	Paging
	Project     string `query:"project" maxLength:"63"`
	Environment string `query:"environment" maxLength:"63" doc:"Show only this one"`
	Kind        string `query:"kind" enum:"release,experiment,operational,kill-switch,permission"`
	Owner       string `query:"owner" maxLength:"200"`
	Stale       bool   `query:"stale" doc:"Only those that should go"`
	Drift       bool   `query:"drift" doc:"Only those that differ from their file"`
	Waiting     bool   `query:"waiting" doc:"Only those with a change that waits for a second person"`
},
) (*answer[api.Page[api.Flag]], error) {
	flags, err := s.flags()
	if err != nil {
		return nil, err
	}
	list, err := flags.ListFlags(ctx, FlagQuery{
		Project: in.Project, Environment: in.Environment, Kind: in.Kind, Owner: in.Owner, Stale: in.Stale, Drift: in.Drift, Waiting: in.Waiting,
		After: in.After, Limit: in.limit() + 1,
	})
	page := api.Page[api.Flag]{Items: orEmpty(list)}
	if len(list) > in.limit() {
		page.Items = list[:in.limit()]
		last := page.Items[in.limit()-1]
		page.Next = last.Project + "/" + last.Key
	}
	return &answer[api.Page[api.Flag]]{page}, err
}

func (s *Server) explainFlag(ctx context.Context, in *struct {
	FlagIn
	Environment string    `query:"environment" required:"true" maxLength:"63"`
	Context     string    `query:"context" maxLength:"3000" doc:"JSON object, as a program would send it; targetingKey is the user's key"`
	At          time.Time `query:"at" doc:"When; absent: now"`
},
) (*answer[api.FlagExplained], error) {
	flags, err := s.flags()
	if err != nil {
		return nil, err
	}
	q := FlagQuestion{Environment: in.Environment, Context: map[string]any{}, At: in.At}
	if in.Context != "" {
		if err := json.Unmarshal([]byte(in.Context), &q.Context); err != nil || q.Context == nil {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "the context is not a JSON object", Hint: `such as {"targetingKey": "user-1", "country": "DE"}`}
		}
	}
	x, err := flags.ExplainFlag(ctx, in.Project, in.Flag, q)
	return &answer[api.FlagExplained]{x}, err
}

// edits is a handler of a change of one flag.
func edits[B any](s *Server, do func(ctx context.Context, flags Flags, actor, project, key string, body B) (api.FlagEdited, error)) func(context.Context, *flagWrite[B]) (*answer[api.FlagEdited], error) {
	return func(ctx context.Context, in *flagWrite[B]) (*answer[api.FlagEdited], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		e, err := do(ctx, flags, who(ctx).Name, in.Project, in.Flag, in.Body)
		return &answer[api.FlagEdited]{e}, err
	}
}

func (s *Server) serveFlagWrites() {
	register(s, "create-flag", func(ctx context.Context, in *struct{ Body api.CreateFlag }) (*answer[api.FlagEdited], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		e, err := flags.CreateFlag(ctx, who(ctx).Name, in.Body)
		return &answer[api.FlagEdited]{e}, err
	})
	register(s, "edit-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.EditFlag) (api.FlagEdited, error) {
		return flags.EditFlag(ctx, actor, project, key, body)
	}))
	register(s, "turn-flag-on", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.TurnFlag) (api.FlagEdited, error) {
		return flags.TurnFlag(ctx, actor, project, key, true, body)
	}))
	register(s, "turn-flag-off", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.TurnFlag) (api.FlagEdited, error) {
		return flags.TurnFlag(ctx, actor, project, key, false, body)
	}))
	register(s, "kill-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.TurnFlag) (api.FlagEdited, error) {
		return flags.KillFlag(ctx, actor, project, key, body)
	}))
	register(s, "serve-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.ServeFlag) (api.FlagEdited, error) {
		return flags.ServeFlag(ctx, actor, project, key, body)
	}))
	register(s, "unschedule-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.TurnFlag) (api.FlagEdited, error) {
		return flags.UnscheduleFlag(ctx, actor, project, key, body)
	}))
	register(s, "undo-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.UndoFlag) (api.FlagEdited, error) {
		return flags.UndoFlag(ctx, actor, project, key, body)
	}))
	register(s, "approve-flag", edits(s, func(ctx context.Context, flags Flags, actor, project, key string, body api.ApproveFlag) (api.FlagEdited, error) {
		return flags.ApproveFlag(ctx, actor, project, key, body)
	}))
	register(s, "remove-flag", func(ctx context.Context, in *struct {
		FlagIn
		Reason string `query:"reason" maxLength:"500"`
	},
	) (*answer[api.Done], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		return done("the flag "+in.Flag+" is removed", flags.RemoveFlag(ctx, who(ctx).Name, in.Project, in.Flag, in.Reason))
	})
	register(s, "apply-flags", func(ctx context.Context, in *struct {
		ProjectIn
		Body api.ApplyFlags
	},
	) (*answer[api.FlagsApplied], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		a, err := flags.ApplyFlags(ctx, who(ctx).Name, in.Project, in.Body)
		return &answer[api.FlagsApplied]{a}, err
	})
}

// SegmentIn names a segment in the path.
type SegmentIn struct {
	ProjectIn
	Segment string `path:"segment" maxLength:"600"`
}

func (s *Server) serveSegments() {
	register(s, "list-segments", func(ctx context.Context, in *ProjectIn) (*answer[api.Page[api.Segment]], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		list, err := flags.ListSegments(ctx, in.Project)
		return &answer[api.Page[api.Segment]]{api.Page[api.Segment]{Items: orEmpty(list)}}, err
	})
	register(s, "put-segment", func(ctx context.Context, in *struct {
		SegmentIn
		Body api.PutSegment
	},
	) (*answer[api.Done], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		return done("the segment "+in.Segment+" is kept", flags.PutSegment(ctx, who(ctx).Name, in.Project, in.Segment, in.Body))
	})
	register(s, "remove-segment", func(ctx context.Context, in *struct {
		SegmentIn
		Reason string `query:"reason" maxLength:"500"`
	},
	) (*answer[api.Done], error) {
		flags, err := s.flags()
		if err != nil {
			return nil, err
		}
		return done("the segment "+in.Segment+" is removed", flags.RemoveSegment(ctx, who(ctx).Name, in.Project, in.Segment, in.Reason))
	})
}
