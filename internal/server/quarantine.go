package server

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// keptQuarantine is the body of a quarantine's record; its id is the digest.
type keptQuarantine struct {
	Digest  davit.Digest
	Service string
	Release string
	Reason  string
	Actor   string
	At      time.Time
	Rollout string
}

func viewQuarantine(q keptQuarantine) api.Quarantined {
	return api.Quarantined{
		Digest: string(q.Digest), Service: q.Service, Release: q.Release, Rollout: q.Rollout, Reason: q.Reason, Actor: q.Actor, At: q.At,
	}
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
