package app

import (
	"context"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/picture"
)

// Picture draws a rollout.
func (m measures) Picture(ctx context.Context, rollout string, after, step int64) (api.Picture, error) {
	s, err := engine.LoadRollout(ctx, m.keeper, rollout)
	if err != nil {
		return api.Picture{}, err
	}
	p, err := m.engine.Picture(ctx, rollout, after, step)
	if err != nil {
		return api.Picture{}, err
	}
	return api.Picture{Rollout: s.ID, New: s.New.Release, Old: s.Old.Release, Drawing: drawing(p)}, nil
}

// RampPicture draws a ramp.
func (r ramps) RampPicture(ctx context.Context, project, environment, flag string, after, step int64) (api.RampPicture, error) {
	p, s, err := r.book.RampPicture(ctx, project, environment, flag, after, step)
	if err != nil {
		return api.RampPicture{}, err
	}
	return api.RampPicture{Ramp: s.ID, Variant: s.Plan.Variant, Control: s.Plan.Control, Drawing: drawing(p)}, nil
}

func drawing(p picture.Picture) api.Drawing {
	v := api.Drawing{Exposed: p.Exposed, Step: p.Step, Moments: make([]api.Moment, 0, len(p.Moments)), Fresh: latencies(p.New), Stale: latencies(p.Old)}
	for _, one := range p.Moments {
		v.Moments = append(v.Moments, api.Moment{
			At: one.At, Percent: 100 * one.Share.Fraction(), New: doing(one.New), Old: doing(one.Old),
			Judged: one.Judged, Harm: one.Harm, Safety: one.Safety, Verdict: string(one.Verdict),
		})
	}
	return v
}

func doing(s picture.Side) api.Doing {
	return api.Doing{Requests: s.Requests, Errors: s.Errors, P50: s.Hist.Quantile(0.5), P90: s.Hist.Quantile(0.9), P99: s.Hist.Quantile(0.99)}
}

func latencies(s picture.Side) api.Latencies {
	v := api.Latencies{
		Requests: s.Requests, Errors: s.Errors, Mean: s.Hist.Mean(), P50: s.Hist.Quantile(0.5), P90: s.Hist.Quantile(0.9),
		P99: s.Hist.Quantile(0.99), P999: s.Hist.Quantile(0.999), Buckets: make([]api.LatencyBucket, 0, len(s.Hist)),
	}
	for _, b := range s.Hist {
		v.Buckets = append(v.Buckets, api.LatencyBucket{Low: b.Low(), High: b.High(), Count: b.Count})
	}
	return v
}
