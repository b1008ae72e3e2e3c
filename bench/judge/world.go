package main

import (
	"math"
	"math/rand/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
)

// world is a made-up service: its traffic, its habits, and what is wrong with
// the new version.
type world struct {
	rate, share float64
	hosts       int // of the old version
	errors      float64
	sigma       float64 // of the latency's logarithm; the median is 60 ms

	// What is wrong with the new version, from second onset.
	onset         int64
	fails         float64 // added to its error rate
	slower        float64 // factor on its latencies; 0 or 1: none
	tail, tailFor float64 // share of requests that take tailFor times as long

	// Habits of the service, the same for both versions.
	ramp       bool    // share 5, 25, 50 % and back of traffic, rate and latency drifting
	errorBurst float64 // an instance's chance per second of beginning a burst of errors
	slowBurst  float64 // and of slowness
	retries    float64 // mean number of failing retries an error draws
	cold       float64 // the new version begins so many times slower, and warms over 20 s
	sick       bool    // one old instance fails 20 % and is twice as slow
	outage     bool    // something shared fails for half a minute
	dark       int64   // the new version falls silent at this second; 0: never
}

// never lies before every second.
const never = -1 << 40

// host is one instance at work.
type host struct {
	failing, slow int64 // until
	debt          float64
}

type sim struct {
	world
	rng    *rand.Rand
	old    []host
	new    host
	counts []judge.Count
	bad    uint64 // failed answers of the new version
	lag    [128]uint32
}

func newSim(w world, seed uint64) *sim {
	if w.hosts == 0 {
		w.hosts = 9
	}
	if w.sigma == 0 {
		w.sigma = 0.6
	}
	s := &sim{world: w, rng: rand.New(rand.NewPCG(seed, 11)), old: make([]host, w.hosts)}
	for i := range s.old {
		s.old[i] = host{failing: never, slow: never}
	}
	s.new = host{failing: never, slow: never}
	return s
}

func (s *sim) poisson(mean float64) int {
	switch {
	case mean <= 0:
		return 0
	case mean > 200:
		return max(0, int(math.Round(mean+math.Sqrt(mean)*s.rng.NormFloat64())))
	}
	n := 0
	for mean > 0 { // in parts, so that exp does not underflow
		part := math.Min(mean, 30)
		limit, p := math.Exp(-part), 1.0
		for {
			p *= s.rng.Float64()
			if p <= limit {
				break
			}
			n++
		}
		mean -= part
	}
	return n
}

// step is one second of the made-up service.
func (s *sim) step(t int64) []judge.Count {
	share, rate, errs, slow := s.share, s.rate, s.errors, 1.0
	if s.ramp {
		share = []float64{0.05, 0.25, 0.5}[min(2, max(0, t)/60)]
		rate *= 1 + 0.4*math.Sin(float64(t)/120)
		errs *= 1 + 2*math.Abs(math.Sin(float64(t)/90))
		slow = 1 + 0.5*math.Sin(float64(t)/200)
	}
	if t < 0 {
		share = 0
	}
	if s.outage && t >= 40 && t < 70 {
		errs += 0.3
		slow *= 2
	}
	s.counts = s.counts[:0]
	for i := range s.old {
		e, l := errs, slow
		if s.sick && i == 0 {
			e, l = e+0.2, l*2
		}
		s.instance(t, judge.Baseline, string(rune('a'+i)), &s.old[i], rate*(1-share)/float64(len(s.old)), e, l, 0)
	}
	if t >= 0 && (s.dark == 0 || t < s.dark) {
		tail := 0.0
		if t >= s.onset {
			errs += s.fails
			tail = s.tail
			if s.slower > 0 {
				slow *= s.slower
			}
		}
		if s.cold > 0 {
			slow *= 1 + (s.cold-1)*math.Exp(-float64(t)/20)
		}
		s.instance(t, judge.Canary, "new", &s.new, rate*share, errs, slow, tail)
	}
	return s.counts
}

func (s *sim) instance(t int64, v judge.Version, name string, h *host, mean, errs, slow, tail float64) {
	if s.rng.Float64() < s.errorBurst {
		h.failing = t + 5 + s.rng.Int64N(11)
	}
	if s.rng.Float64() < s.slowBurst {
		h.slow = t + 5 + s.rng.Int64N(11)
	}
	if t < h.failing {
		errs += 0.2
	}
	if t < h.slow {
		slow *= 4
	}
	c := judge.Count{Version: v, Instance: name}
	n := s.poisson(mean)
	bad := min(s.poisson(mean*math.Min(1, errs)), n)
	if errs >= 1 {
		bad = n
	}
	if s.retries > 0 { // failing retries arrive over the next moments
		h.debt += float64(bad) * s.retries * s.rng.ExpFloat64()
		again := s.poisson(h.debt * 0.5)
		h.debt = math.Max(0, h.debt-float64(again))
		n, bad = n+again, bad+again
	}
	c.Requests, c.Errors = uint64(n), uint64(bad)
	if v == judge.Canary {
		s.bad += c.Errors
	}
	shift := 8 * math.Log2(60*slow)
	width, far := s.sigma*8/math.Ln2, 8*math.Log2(math.Max(1, s.tailFor))
	s.lag = [128]uint32{}
	for range n - bad {
		b := shift + width*s.rng.NormFloat64()
		if tail > 0 && s.rng.Float64() < tail {
			b += far
		}
		s.lag[int(math.Min(127, math.Max(0, b)))]++
	}
	for j, k := range s.lag {
		if k > 0 {
			c.Hist = append(c.Hist, davit.Bucket{Index: uint8(j), Count: uint64(k)})
		}
	}
	if n > 0 {
		s.counts = append(s.counts, c)
	}
}
