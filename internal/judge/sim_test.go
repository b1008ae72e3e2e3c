package judge

import (
	"math"
	"math/rand/v2"

	"github.com/davit-cd/davit"
)

// world makes traffic for tests: a service with b instances of the old
// version, and one of the new.
type world struct {
	rng         *rand.Rand
	rate, share float64
	errs        float64 // of both
	extra       float64 // of the new version
	slow        float64 // factor on the new version's latencies
	tail        float64 // share of the new version's requests that take ten times as long
	hosts       int
	bursts      float64          // an instance's chance per second of a burst of errors, and of slowness
	ill         map[string]int64 // until when
	busy        int64            // until this second the latencies of both versions are about five times as long
}

func newWorld(seed uint64, rate, share float64) *world {
	return &world{rng: rand.New(rand.NewPCG(seed, 7)), rate: rate, share: share, errs: 0.001, slow: 1, hosts: 4, ill: map[string]int64{}}
}

func (w *world) poisson(mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 60 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*w.rng.NormFloat64())))
	}
	limit, n, p := math.Exp(-mean), 0, 1.0
	for p > limit {
		p *= w.rng.Float64()
		n++
	}
	return n - 1
}

func (w *world) count(v Version, name string, mean, errs, slow, tail float64) Count {
	c := Count{Version: v, Instance: name, Requests: uint64(w.poisson(mean))}
	var hist [buckets]uint64
	for range c.Requests {
		if w.rng.Float64() < errs {
			c.Errors++
			continue
		}
		ms := 60 * math.Exp(0.6*w.rng.NormFloat64()) * slow
		if w.rng.Float64() < tail {
			ms *= 10
		}
		hist[int(math.Min(buckets-1, math.Max(0, math.Floor(8*math.Log2(ms)))))]++
	}
	for i, n := range hist {
		if n > 0 {
			c.Hist = append(c.Hist, davit.Bucket{Index: uint8(i), Count: n})
		}
	}
	return c
}

func (w *world) second(t int64) []Count {
	var in []Count
	share := w.share
	if t < 0 {
		share = 0
	}
	weather := 1.0
	if t >= 0 && t < w.busy {
		weather = 5 * math.Exp(0.5*w.rng.NormFloat64())
	}
	for i := range w.hosts {
		name := string(rune('a' + i))
		errs, slow := w.burst(name, t)
		slow *= weather
		in = append(in, w.count(Baseline, name, w.rate*(1-share)/float64(w.hosts), w.errs+errs, slow, 0))
	}
	if t >= 0 {
		errs, slow := w.burst("new", t)
		in = append(in, w.count(Canary, "new", w.rate*share, w.errs+w.extra+errs, w.slow*slow*weather, w.tail))
	}
	return in
}

// burst returns what a burst adds to an instance's errors, and the factor on its
// latencies.
func (w *world) burst(name string, t int64) (errs, slow float64) {
	slow = 1
	if w.bursts <= 0 {
		return errs, slow
	}
	for _, kind := range []string{"fails ", "slow "} {
		if w.rng.Float64() < w.bursts {
			w.ill[kind+name] = t + 5 + w.rng.Int64N(11)
		}
	}
	if until, ill := w.ill["fails "+name]; ill && t < until {
		errs = 0.2
	}
	if until, ill := w.ill["slow "+name]; ill && t < until {
		slow = 4
	}
	return errs, slow
}

// run judges until a verdict, at most until the end.
func (w *world) run(s Settings, history, end int64) Result {
	j := New(s)
	var r Result
	for t := -history; t < end; t++ {
		r = j.Second(t, w.second(t))
		if r.Verdict == davit.Fail || r.Verdict == davit.Pass {
			return r
		}
	}
	return r
}
