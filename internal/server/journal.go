package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// Selection is what the journal can be narrowed by.
type Selection struct {
	Service     string `query:"service" maxLength:"63"`
	Environment string `query:"environment" maxLength:"63"`
	Run         string `query:"run" maxLength:"128"`
	Release     string `query:"release" maxLength:"128"`
	Rollout     string `query:"rollout" maxLength:"200"`
	Commit      string `query:"commit" maxLength:"64" pattern:"^([0-9a-f]{4,64})?$"`
	Digest      string `query:"digest" maxLength:"71" pattern:"^(sha256:[0-9a-f]{64})?$"`
	Actor       string `query:"actor" maxLength:"63"`
	Kind        string `query:"kind" maxLength:"500" doc:"Kinds of events, separated by commas"`
}

func (f Selection) query() davit.EventQuery {
	q := davit.EventQuery{
		Service: f.Service, Environment: f.Environment, Run: f.Run, Release: f.Release, Rollout: f.Rollout,
		Commit: f.Commit, Digest: davit.Digest(f.Digest), Actor: f.Actor,
	}
	if f.Kind != "" {
		q.Kinds = strings.Split(f.Kind, ",")
	}
	return q
}

func (s *Server) serveJournal() {
	register(s, "list-timeline", s.listTimeline)
	register(s, "stream-events", s.streamEvents)
	register(s, "get-why", s.getWhy)
	register(s, "get-series", s.getSeries)
}

func (s *Server) listTimeline(ctx context.Context, in *struct {
	Paging
	Selection
	Since time.Time `query:"since" doc:"RFC 3339"`
},
) (*answer[api.Page[api.Event]], error) {
	q := in.query()
	q.Since, q.Newest, q.Limit = in.Since, true, in.limit()+1
	if in.After != "" {
		before, err := strconv.ParseInt(in.After, 10, 64)
		if err != nil || before <= 0 {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "after is not a cursor of this list", Hint: "pass the next of the page before"}
		}
		q.Before = before
	}
	events, err := s.options.Records.Events(ctx, q)
	if err != nil {
		return nil, err
	}
	page := api.Page[api.Event]{Items: []api.Event{}}
	for i, e := range events {
		if i == in.limit() {
			page.Next = strconv.FormatInt(events[i-1].Seq, 10)
			break
		}
		page.Items = append(page.Items, viewEvent(e))
	}
	return &answer[api.Page[api.Event]]{page}, nil
}

func (s *Server) streamEvents(ctx context.Context, in *struct {
	Selection
	After       int64 `query:"after" minimum:"-1" default:"-1" doc:"Sequence number to continue behind; -1: only what comes"`
	LastEventID int64 `header:"Last-Event-ID" minimum:"0" doc:"As after; browsers send it when they come back"`
},
) (*huma.StreamResponse, error) {
	q := in.query()
	q.After = in.After
	if in.LastEventID > 0 {
		q.After = in.LastEventID
	}
	if q.After < 0 {
		seq, err := s.last(ctx)
		if err != nil {
			return nil, err
		}
		q.After = seq
	}
	if _, err := s.options.Records.Events(ctx, withLimit(q, 1)); err != nil {
		return nil, err // a selection that cannot be is refused before the stream begins
	}
	return s.streaming(func(ctx context.Context, m *sender) error {
		if err := m.beat(); err != nil { // the headers go out at once
			return err
		}
		return s.follow(ctx, q, func(e davit.Event) error { return m.send(e.Seq, "event", viewEvent(e)) }, m.beat)
	}), nil
}

func withLimit(q davit.EventQuery, n int) davit.EventQuery {
	q.Limit = n
	return q
}

func (s *Server) getSeries(ctx context.Context, in *struct {
	Service     string    `query:"service" required:"true" maxLength:"63"`
	Environment string    `query:"environment" required:"true" maxLength:"63"`
	Release     string    `query:"release" maxLength:"128"`
	From        time.Time `query:"from" doc:"RFC 3339; default: 15 minutes before to"`
	To          time.Time `query:"to" doc:"RFC 3339; default: now"`
	Step        int64     `query:"step" minimum:"1" maximum:"86400" default:"1" doc:"Seconds a point covers"`
},
) (*answer[api.Page[api.Series]], error) {
	if s.options.Measures == nil {
		return nil, absent("telemetry")
	}
	if _, err := s.environment(ctx, in.Service, in.Environment); err != nil {
		return nil, err
	}
	to := in.To
	if to.IsZero() {
		to = s.options.Now()
	}
	from := in.From
	if from.IsZero() {
		from = to.Add(-15 * time.Minute)
	}
	const most = 11_000 // points of one series
	if !from.Before(to) || to.Sub(from)/(time.Duration(in.Step)*time.Second) > most {
		return nil, &davit.Error{Kind: davit.Invalid, Text: "from must be before to, with at most 11000 points in between", Hint: "use a larger step"}
	}
	series, err := s.options.Measures.Series(ctx, SeriesQuery{
		Service: in.Service, Environment: in.Environment, Release: in.Release, From: from, To: to, Step: time.Duration(in.Step) * time.Second,
	})
	if series == nil {
		series = []api.Series{}
	}
	return &answer[api.Page[api.Series]]{api.Page[api.Series]{Items: series}}, err
}
