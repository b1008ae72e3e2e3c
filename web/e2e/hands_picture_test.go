package e2e_test

import (
	"context"
	"math"

	"github.com/davit-cd/davit/internal/api"
)

// Picture draws the same rollout at every run: four minutes, the new version at
// 5 % and then at 25 %. That of a rollout that went back shows the harm.
func (*hands) Picture(_ context.Context, rollout string, after, _ int64) (api.Picture, error) {
	begin := noon().Unix() - 240
	harmful := rollout == "shop-production-r2"
	p := api.Picture{Rollout: rollout, New: "shop-3", Old: "shop-1", Exposed: begin + 60, Step: 1, Moments: []api.Moment{}}
	if harmful {
		p.New = "shop-2"
	}
	for i := range int64(240) {
		wave := math.Sin(float64(i)/17) + math.Sin(float64(i)/5)/3
		m := api.Moment{At: begin + i, Old: doing(120+20*wave, 0.003, 12+wave)}
		if i >= 60 {
			m.Percent = 5
			if i >= 150 && !harmful {
				m.Percent = 25
			}
			bad, slow := 0.003, 0.0
			if harmful {
				bad, slow = 0.041, 6
			}
			m.New, m.Judged = doing((120+20*wave)*m.Percent/100, bad, 12+wave+slow), true
			grown := float64(i-60) / 180
			m.Safety, m.Harm = math.Min(1, grown*1.1), 0.04+0.03*math.Abs(wave)
			if harmful {
				m.Safety, m.Harm = 0.02, math.Min(1, grown*grown*1.2)
			}
		}
		if m.At > after {
			p.Moments = append(p.Moments, m)
		}
	}
	p.Stale, p.Fresh = latencies(14_000, 0.003, 1), latencies(3_000, 0.003, 1)
	if harmful {
		p.Fresh = latencies(900, 0.041, 1.4)
	}
	return p, nil
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
