package e2e_test

import (
	"context"
	"math"

	"github.com/davit-cd/davit/internal/api"
)

// Picture draws a rollout: the new version at 5 % and then at 25 %. That of a
// rollout that went back shows the harm.
func (*hands) Picture(_ context.Context, rollout string, after, _ int64) (api.Picture, error) {
	if rollout == "shop-production-r2" {
		return api.Picture{Rollout: rollout, New: "shop-2", Old: "shop-1", Drawing: drawn(after, true)}, nil
	}
	return api.Picture{Rollout: rollout, New: "shop-3", Old: "shop-1", Drawing: drawn(after, false)}, nil
}

// RampPicture draws a ramp: one that was taken back shows the harm.
func (h *hands) RampPicture(ctx context.Context, project, environment, flag string, after, _ int64) (api.RampPicture, error) {
	r, err := h.Ramp(ctx, project, environment, flag)
	return api.RampPicture{Ramp: r.ID, Variant: r.Variant, Control: r.Control, Drawing: drawn(after, r.Phase == "failed")}, err
}

// drawn is the same at every run: four minutes, the new side at 5 % and, unless
// it does harm, then at 25 %.
func drawn(after int64, harmful bool) api.Drawing {
	begin := noon().Unix() - 240
	d := api.Drawing{Exposed: begin + 60, Step: 1, Moments: []api.Moment{}}
	for i := range int64(240) {
		wave := math.Sin(float64(i)/17) + math.Sin(float64(i)/5)/3
		m := api.Moment{At: begin + i, Old: doing(1200+200*wave, 0.003, 12+wave)}
		if i >= 60 {
			m.Percent = 5
			if i >= 150 && !harmful {
				m.Percent = 25
			}
			bad, slow := 0.003, 0.0
			if harmful {
				bad, slow = 0.041, 6
			}
			m.New, m.Judged = doing((1200+200*wave)*m.Percent/100, bad, 12+wave+slow), true
			grown := float64(i-60) / 180
			m.Safety, m.Harm = math.Min(1, grown*1.1), 0.04+0.03*math.Abs(wave)
			if harmful {
				m.Safety, m.Harm = 0.02, math.Min(1, grown*grown*1.2)
			}
		}
		if m.At > after {
			d.Moments = append(d.Moments, m)
		}
	}
	d.Stale, d.Fresh = latencies(140_000, 0.003, 1), latencies(30_000, 0.003, 1)
	if harmful {
		d.Fresh = latencies(9_000, 0.041, 1.4)
	}
	return d
}

func doing(requests, bad, p50 float64) api.Doing {
	return api.Doing{Requests: uint64(requests), Errors: uint64(requests * bad), P50: p50, P90: p50 * 2.4, P99: p50 * 6}
}

// latencies are spread as those of services are: many quick, few slow.
func latencies(n, bad, slower float64) api.Latencies {
	out := api.Latencies{Requests: uint64(n), Errors: uint64(n * bad), Mean: 15 * slower, P50: 12 * slower, P90: 29 * slower, P99: 72 * slower, P999: 140 * slower, Buckets: []api.LatencyBucket{}}
	for i := range 48 {
		low := math.Exp2(float64(i) / 6)
		x := math.Log(low/(12*slower)) / 0.75
		if count := uint64(n * 0.06 * math.Exp(-x*x/2)); count > 0 {
			out.Buckets = append(out.Buckets, api.LatencyBucket{Low: low, High: low * math.Exp2(1.0/6), Count: count})
		}
	}
	return out
}
