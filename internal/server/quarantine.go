package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// keptQuarantine is the body of a quarantine's record; its id is the artifact's
// digest or, if it is about one configuration, that of both together.
type keptQuarantine struct {
	Digest  davit.Digest
	Config  davit.Digest
	Service string
	Release string
	Reason  string
	Actor   string
	At      time.Time
	Rollout string
}

func viewQuarantine(q keptQuarantine) api.Quarantined {
	return api.Quarantined{
		Digest: string(q.id()), Artifact: string(q.Digest), Config: string(q.Config), Service: q.Service, Release: q.Release, Rollout: q.Rollout, Reason: q.Reason, Actor: q.Actor, At: q.At,
	}
}

func (q keptQuarantine) id() davit.Digest { return q.Digest.With(q.Config) }

// quarantineOf finds what keeps a release away, from everywhere or from the first
// environment; NotFound if nothing does.
func (s *Server) quarantineOf(ctx context.Context, artifact davit.Digest, configs map[string]davit.Digest) (keptQuarantine, error) {
	q, _, err := thing[keptQuarantine](ctx, s, kindQuarantine, string(artifact))
	for _, env := range slices.Sorted(maps.Keys(configs)) {
		if err == nil || davit.KindOf(err) != davit.NotFound {
			return q, err
		}
		q, _, err = thing[keptQuarantine](ctx, s, kindQuarantine, string(artifact.With(configs[env])))
	}
	return q, err
}

func (s *Server) serveQuarantine() {
	register(s, "list-quarantine", func(ctx context.Context, in *struct{ Paging }) (*answer[api.Page[api.Quarantined]], error) {
		page, err := things(ctx, s, davit.Query{Kind: kindQuarantine, Limit: in.limit(), Before: in.After},
			func(_ context.Context, q keptQuarantine, _ davit.Record) (api.Quarantined, error) {
				return viewQuarantine(q), nil
			})
		return &answer[api.Page[api.Quarantined]]{page}, err
	})
	register(s, "quarantine", func(ctx context.Context, in *struct{ Body api.Quarantine }) (*answer[api.Done], error) {
		if s.options.Quarantine == nil {
			return nil, absent("quarantine")
		}
		d, err := davit.ParseDigest(in.Body.Digest)
		if err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Err: err}
		}
		return done(d.Short()+" is quarantined", s.options.Quarantine.Quarantine(ctx, who(ctx).Name, d, in.Body.Reason))
	})
	register(s, "lift-quarantine", func(ctx context.Context, in *struct {
		Digest string `path:"digest" pattern:"^sha256:[0-9a-f]{64}$"`
		Body   struct {
			Reason string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*answer[api.Done], error) {
		if s.options.Quarantine == nil {
			return nil, absent("quarantine")
		}
		if _, _, err := thing[keptQuarantine](ctx, s, kindQuarantine, in.Digest); err != nil {
			return nil, err
		}
		d := davit.Digest(in.Digest)
		return done(d.Short()+" may come back", s.options.Quarantine.Lift(ctx, who(ctx).Name, d, in.Body.Reason))
	})
}
