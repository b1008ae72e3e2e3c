package server

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/rollout"
)

// holdFor is how long a hold lasts that does not say.
const holdFor = time.Hour

// overrideFor is how long an override stands that does not say.
const overrideFor = time.Hour

// RolloutIn names a rollout in the path. (Embedded inputs must be exported to be seen.)
type RolloutIn struct {
	Rollout string `path:"rollout" maxLength:"200" pattern:"^[a-z0-9][a-z0-9-]*$"`
}

func (s *Server) viewRollout(_ context.Context, r rollout.State, _ davit.Record) (api.Rollout, error) {
	v := viewRollout(r, s.options.Now())
	if s.options.World == nil || v.Final {
		return v, nil
	}
	if word, ok := s.options.World.Verdict(r.ID); ok {
		live := viewFinding(word)
		v.Verdict = &live
	}
	return v, nil
}

func (s *Server) serveRollouts() {
	register(s, "list-rollouts", func(ctx context.Context, in *struct {
		Filters
		Environment string `query:"environment" maxLength:"63"`
	},
	) (*answer[api.Page[api.Rollout]], error) {
		q := in.query(kindRollout, activeRollouts())
		q.Environment = in.Environment
		page, err := things(ctx, s, q, s.viewRollout)
		return &answer[api.Page[api.Rollout]]{page}, err
	})
	register(s, "get-rollout", func(ctx context.Context, in *RolloutIn) (*answer[api.Rollout], error) {
		r, rec, err := thing[rollout.State](ctx, s, kindRollout, in.Rollout)
		if err != nil {
			return nil, err
		}
		v, err := s.viewRollout(ctx, r, rec)
		return &answer[api.Rollout]{v}, err
	})
	register(s, "promote", func(ctx context.Context, in *struct{ Body api.Promote }) (*answer[api.Started], error) {
		if s.options.Delivery == nil {
			return nil, absent("promoting")
		}
		release, _, err := thing[davit.Release](ctx, s, kindRelease, in.Body.Release)
		if err != nil {
			return nil, err
		}
		if _, err := s.environment(ctx, release.Service, in.Body.Environment); err != nil {
			return nil, err
		}
		id, err := s.options.Delivery.Promote(ctx, who(ctx).Name, in.Body.Release, in.Body.Environment)
		return &answer[api.Started]{api.Started{Rollout: id}}, err
	})
	s.serveSteering()
	s.servePersuasion()
	register(s, "get-picture", s.getPicture)
	register(s, "list-verdicts", s.listVerdicts)
	register(s, "replay-rollout", s.replayRollout)
	register(s, "read-counts", s.readCounts)
}

// steered finds the rollout before anyone steers it.
func (s *Server) steered(ctx context.Context, id string) error {
	if s.options.Steering == nil {
		return absent("steering rollouts")
	}
	_, _, err := thing[rollout.State](ctx, s, kindRollout, id)
	return err
}

func (s *Server) serveSteering() {
	register(s, "hold-rollout", func(ctx context.Context, in *struct {
		RolloutIn
		Body api.Hold
	},
	) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		until := in.Body.Until
		switch {
		case in.Body.Seconds > 0 && !until.IsZero():
			return nil, &davit.Error{Kind: davit.Invalid, Text: "the hold has both an end and a length", Hint: "give until or seconds"}
		case in.Body.Seconds > 0:
			until = s.options.Now().Add(time.Duration(in.Body.Seconds * float64(time.Second)))
		case until.IsZero():
			until = s.options.Now().Add(holdFor)
		}
		if !until.After(s.options.Now()) {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "the hold would be over already", Hint: "give a time to come"}
		}
		err := s.options.Steering.Hold(ctx, who(ctx).Name, in.Rollout, in.Body.Reason, until)
		return done(fmt.Sprintf("%s is held until %s", in.Rollout, until.UTC().Format(time.RFC3339)), err)
	})
	register(s, "resume-rollout", func(ctx context.Context, in *RolloutIn) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		return done(in.Rollout+" goes on", s.options.Steering.Resume(ctx, who(ctx).Name, in.Rollout))
	})
	register(s, "advance-rollout", func(ctx context.Context, in *struct {
		RolloutIn
		Body *api.Advance
	},
	) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		body := given(in.Body)
		if body.Force {
			if err := access.Allow(who(ctx).Role, access.Override); err != nil {
				return nil, err
			}
		}
		return done(in.Rollout+" goes on to its next step", s.options.Steering.Advance(ctx, who(ctx).Name, in.Rollout, body.Force, body.Reason))
	})
	register(s, "abort-rollout", func(ctx context.Context, in *struct {
		RolloutIn
		Body *api.Reason
	},
	) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		return done(in.Rollout+" is being taken back", s.options.Steering.Abort(ctx, who(ctx).Name, in.Rollout, given(in.Body).Reason))
	})
}

// servePersuasion serves what moves gates.
func (s *Server) servePersuasion() {
	register(s, "approve-rollout", func(ctx context.Context, in *struct {
		RolloutIn
		Body *api.Reason
	},
	) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		return done(in.Rollout+" is approved", s.options.Steering.Approve(ctx, who(ctx).Name, in.Rollout, given(in.Body).Reason))
	})
	register(s, "override-gate", func(ctx context.Context, in *struct {
		RolloutIn
		Body api.Override
	},
	) (*answer[api.Done], error) {
		if err := s.steered(ctx, in.Rollout); err != nil {
			return nil, err
		}
		long := overrideFor
		if in.Body.Seconds > 0 {
			long = time.Duration(in.Body.Seconds * float64(time.Second))
		}
		text, err := s.options.Steering.Override(ctx, who(ctx).Name, in.Rollout, in.Body.Gate, in.Body.Reason, s.options.Now().Add(long))
		return done(text, err)
	})
}

func (s *Server) listVerdicts(ctx context.Context, in *RolloutIn) (*answer[api.Page[api.Finding]], error) {
	r, _, err := thing[rollout.State](ctx, s, kindRollout, in.Rollout)
	if err != nil {
		return nil, err
	}
	page := api.Page[api.Finding]{Items: []api.Finding{}}
	for _, f := range r.Findings {
		if f.Gate == "judge" {
			page.Items = append(page.Items, viewFinding(f))
		}
	}
	return &answer[api.Page[api.Finding]]{page}, nil
}

func (s *Server) replayRollout(ctx context.Context, in *RolloutIn) (*answer[api.Page[api.Replayed]], error) {
	if s.options.Replay == nil {
		return nil, absent("judging again")
	}
	if _, _, err := thing[rollout.State](ctx, s, kindRollout, in.Rollout); err != nil {
		return nil, err
	}
	replayed, err := s.options.Replay(ctx, in.Rollout)
	page := api.Page[api.Replayed]{Items: make([]api.Replayed, 0, len(replayed))}
	for _, r := range replayed {
		page.Items = append(page.Items, api.Replayed{Verdict: viewFinding(r.Stored), Same: len(r.Differences) == 0, Differences: orEmpty(r.Differences)})
	}
	return &answer[api.Page[api.Replayed]]{page}, err
}

func (s *Server) readCounts(ctx context.Context, in *RolloutIn) (*huma.StreamResponse, error) {
	if s.options.Measures == nil {
		return nil, absent("what the judge saw")
	}
	if _, _, err := thing[rollout.State](ctx, s, kindRollout, in.Rollout); err != nil {
		return nil, err
	}
	next, stop := iter.Pull2(s.options.Measures.Counts(ctx, in.Rollout))
	line, err, ok := next()
	if ok && err != nil {
		stop()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer stop()
		h.SetHeader("Content-Type", "application/x-ndjson")
		h.SetStatus(http.StatusOK)
		for ok && err == nil {
			if _, failed := h.BodyWriter().Write(append(line, '\n')); failed != nil {
				return
			}
			line, err, ok = next()
		}
		if err != nil {
			s.note(ctx, "read counts", err)
			panic(http.ErrAbortHandler) // a stream cut short must not look whole
		}
	}}, nil
}
