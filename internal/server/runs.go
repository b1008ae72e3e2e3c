package server

import (
	"context"
	"iter"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

// RunIn names a run in the path. (Embedded inputs must be exported to be seen.)
type RunIn struct {
	Run string `path:"run" maxLength:"128" pattern:"^[a-z0-9][a-z0-9-]*$"`
}

// ReleaseIn names a release in the path. (Embedded inputs must be exported to be seen.)
type ReleaseIn struct {
	Release string `path:"release" maxLength:"128" pattern:"^[a-z0-9][a-z0-9-]*$"`
}

// Filters are what lists of runs, releases and rollouts can be narrowed by.
type Filters struct {
	Paging
	Service string `query:"service" maxLength:"63"`
	Phase   string `query:"phase" maxLength:"200" doc:"Phases, separated by commas; active means all that are not final"`
	Sort    string `query:"sort" enum:"newest,oldest" default:"newest" doc:"What comes first"`
}

func (f Filters) query(kind string, active []string) davit.Query {
	q := davit.Query{Kind: kind, Service: f.Service, Limit: f.limit(), Before: f.After, Oldest: f.Sort == "oldest"}
	for p := range strings.SplitSeq(f.Phase, ",") {
		switch p = strings.TrimSpace(p); p {
		case "":
		case "active":
			q.Phases = append(q.Phases, active...)
		default:
			q.Phases = append(q.Phases, p)
		}
	}
	return q
}

func activeRuns() []string {
	return []string{string(pipeline.Queued), string(pipeline.Running), string(pipeline.Packaging), string(pipeline.Deploying)}
}

func activeRollouts() []string {
	out := []string{}
	for _, p := range rollout.Phases() {
		if !p.Final() {
			out = append(out, string(p))
		}
	}
	return out
}

func (s *Server) viewRun(_ context.Context, r pipeline.State, _ davit.Record) (api.Run, error) {
	return viewRun(r, s.options.Now()), nil
}

func (s *Server) serveRuns() {
	register(s, "list-runs", func(ctx context.Context, in *Filters) (*answer[api.Page[api.Run]], error) {
		page, err := things(ctx, s, in.query(kindRun, activeRuns()), s.viewRun)
		return &answer[api.Page[api.Run]]{page}, err
	})
	register(s, "get-run", func(ctx context.Context, in *RunIn) (*answer[api.Run], error) {
		run, _, err := thing[pipeline.State](ctx, s, kindRun, in.Run)
		if err != nil {
			return nil, err
		}
		return &answer[api.Run]{viewRun(run, s.options.Now())}, nil
	})
	register(s, "read-run-log", s.readRunLog)
	register(s, "rerun", func(ctx context.Context, in *RunIn) (*answer[api.Started], error) {
		if s.options.Delivery == nil {
			return nil, absent("running again")
		}
		if _, _, err := thing[pipeline.State](ctx, s, kindRun, in.Run); err != nil {
			return nil, err
		}
		id, err := s.options.Delivery.Rerun(ctx, who(ctx).Name, in.Run)
		return &answer[api.Started]{api.Started{Run: id}}, err
	})
	register(s, "cancel-run", func(ctx context.Context, in *struct {
		RunIn
		Body *api.Reason
	},
	) (*answer[api.Done], error) {
		if s.options.Delivery == nil {
			return nil, absent("cancelling")
		}
		if _, _, err := thing[pipeline.State](ctx, s, kindRun, in.Run); err != nil {
			return nil, err
		}
		err := s.options.Delivery.Cancel(ctx, who(ctx).Name, in.Run, given(in.Body).Reason)
		return done(in.Run+" is being cancelled", err)
	})
}

// done is the answer of a write that starts nothing.
func done(text string, err error) (*answer[api.Done], error) {
	if err != nil {
		return nil, err
	}
	return &answer[api.Done]{api.Done{Text: text}}, nil
}

func (s *Server) readRunLog(ctx context.Context, in *struct {
	RunIn
	Stage   string `query:"stage" maxLength:"128"`
	Attempt int    `query:"attempt" minimum:"0" maximum:"100" doc:"0: the last one"`
	After   int64  `query:"after" minimum:"0" doc:"Sequence number of the last line that is known"`
	Follow  bool   `query:"follow" doc:"Stay until the stages are over"`
},
) (*huma.StreamResponse, error) {
	if s.options.Logs == nil {
		return nil, absent("reading logs")
	}
	run, _, err := thing[pipeline.State](ctx, s, kindRun, in.Run)
	if err != nil {
		return nil, err
	}
	if in.Stage != "" && run.Stage(in.Stage) == nil {
		return nil, &davit.Error{Kind: davit.NotFound, Text: "the run " + in.Run + " has no stage " + in.Stage, Hint: "davit runs " + in.Run + " lists them"}
	}
	return s.lines(func(ctx context.Context) iter.Seq2[api.LogLine, error] {
		return s.options.Logs.StageLog(ctx, StageLogQuery{Run: in.Run, Stage: in.Stage, Attempt: in.Attempt, After: in.After, Follow: in.Follow})
	}), nil
}

func (s *Server) serveReleases() {
	register(s, "list-releases", func(ctx context.Context, in *struct {
		Paging
		Service string `query:"service" maxLength:"63"`
	},
	) (*answer[api.Page[api.Release]], error) {
		page, err := things(ctx, s, davit.Query{Kind: kindRelease, Service: in.Service, Limit: in.limit(), Before: in.After}, s.viewRelease)
		return &answer[api.Page[api.Release]]{page}, err
	})
	register(s, "get-release", func(ctx context.Context, in *ReleaseIn) (*answer[api.Release], error) {
		r, record, err := thing[davit.Release](ctx, s, kindRelease, in.Release)
		if err != nil {
			return nil, err
		}
		v, err := s.viewRelease(ctx, r, record)
		return &answer[api.Release]{v}, err
	})
}

// viewRelease adds to a release what is known of it now.
func (s *Server) viewRelease(ctx context.Context, r davit.Release, _ davit.Record) (api.Release, error) {
	v := viewRelease(r)
	q, err := s.quarantineOf(ctx, r.Artifact, r.Configs)
	if err != nil && davit.KindOf(err) != davit.NotFound {
		return v, err
	}
	if err == nil {
		v.Quarantined, v.Quarantine = true, string(q.id())
	}
	for env := range r.Configs {
		lane, _, err := thing[rollout.Lane](ctx, s, kindLane, r.Service+"/"+env)
		if err != nil && davit.KindOf(err) != davit.NotFound {
			return v, err
		}
		if err == nil && lane.Stable.Release == r.ID {
			v.Serving = append(v.Serving, env)
		}
	}
	return v, nil
}
