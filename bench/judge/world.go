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
	hosts       int     // of the old version
	history     int64   // seconds before the rollout; 0: 300
	errors      float64 // share of requests
	sigma       float64 // of the latency's logarithm; the median is 60 ms; 0: 0.6

	// What is wrong with the new version, from second onset.
	onset         int64
	fails         float64 // added to its error rate
	slower        float64 // factor on its latencies; 0 or 1: none
	tail, tailFor float64 // share of requests that take tailFor times as long

	// Habits of the service, the same for both versions.
	ramp       bool     // share 5, 25, 50 % and back of traffic, rate and latency drifting
	errorBurst float64  // an instance's chance per second of beginning a burst of errors
	slowBurst  float64  // and of slowness
	burst      [2]int64 // the shortest and the longest burst, seconds; 0: 5 to 15
	burstFails float64  // share of requests that fail in a burst; 0: 0.2
	burstSlow  float64  // factor on latencies in a burst; 0: 4
	retries    float64  // mean number of failing retries an error draws
	cold       float64  // the new version begins so many times slower, and warms over 20 s
	sick       bool     // one old instance fails 20 % and is twice as slow
	outage     bool     // something shared fails for half a minute
	busy       float64  // in the first minute or, if always, all the time, the latencies of all go up by a factor drawn each second around this
	always     bool
	dark       int64 // the new version falls silent at this second; 0: never
}

// resolved fills in what is not said.
func (w world) resolved() world {
	or := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	or(&w.errors, 0.001)
	or(&w.sigma, 0.6)
	or(&w.burstFails, 0.2)
	or(&w.burstSlow, 4)
	if w.burst == [2]int64{} {
		w.burst = [2]int64{5, 15}
	}
	if w.history == 0 {
		w.history = 300
	}
	if w.hosts == 0 { // instances of one size
		w.hosts = max(1, min(16, int(math.Round((1-w.share)/w.share))))
	}
	return w
}

// never lies before every second.
const never = -1 << 40

// host is one instance at work.
type host struct {
	name          string
	failing, slow int64 // until
	debt          float64
	hist          davit.Hist // memory of its counts
}

// sim is a world at work.
type sim struct {
	world
	rng    *rand.Rand
	old    []host
	new    host
	counts []judge.Count
	bad    uint64 // failed answers of the new version
	served uint64 // answers of the new version
	lag    [128]uint32
}

func newSim(w world, seed uint64) *sim {
	s := &sim{world: w.resolved(), rng: rand.New(rand.NewPCG(seed, 11))}
	s.old = make([]host, s.hosts)
	for i := range s.old {
		s.old[i] = host{name: string(rune('a' + i)), failing: never, slow: never}
	}
	s.new = host{name: "new", failing: never, slow: never}
	return s
}

// step is one second of the made-up service; what it returns is good until the
// next.
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
	if s.busy > 0 && t >= 0 && (s.always || t < 60) {
		slow *= math.Exp(math.Log(s.busy) + 0.5*s.rng.NormFloat64())
	}
	s.counts = s.counts[:0]
	for i := range s.old {
		e, l := errs, slow
		if s.sick && i == 0 {
			e, l = e+0.2, l*2
		}
		s.instance(t, judge.Baseline, &s.old[i], rate*(1-share)/float64(len(s.old)), e, l, 0)
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
		s.instance(t, judge.Canary, &s.new, rate*share, errs, slow, tail)
	}
	return s.counts
}

func (s *sim) instance(t int64, v judge.Version, h *host, mean, errs, slow, tail float64) {
	long := func() int64 { return s.burst[0] + s.rng.Int64N(s.burst[1]-s.burst[0]+1) }
	if s.errorBurst > 0 && s.rng.Float64() < s.errorBurst {
		h.failing = t + long()
	}
	if s.slowBurst > 0 && s.rng.Float64() < s.slowBurst {
		h.slow = t + long()
	}
	if t < h.failing {
		errs += s.burstFails
	}
	if t < h.slow {
		slow *= s.burstSlow
	}
	n := poisson(s.rng, mean)
	bad := binomial(s.rng, n, errs)
	if s.retries > 0 { // failing retries arrive over the next moments
		h.debt += float64(bad) * s.retries * s.rng.ExpFloat64()
		again := poisson(s.rng, h.debt*0.5)
		h.debt = math.Max(0, h.debt-float64(again))
		n, bad = n+again, bad+again
	}
	if v == judge.Canary {
		s.bad += uint64(bad)
		s.served += uint64(n)
	}
	if n == 0 {
		return
	}
	s.lag = [128]uint32{}
	latencies(s.rng, &s.lag, n-bad, 8*math.Log2(60*slow), s.sigma*8/math.Ln2, tail, 8*math.Log2(math.Max(1, s.tailFor)))
	h.hist = h.hist[:0]
	for j, k := range s.lag {
		if k > 0 {
			h.hist = append(h.hist, davit.Bucket{Index: uint8(j), Count: uint64(k)})
		}
	}
	s.counts = append(s.counts, judge.Count{
		Version: v, Instance: h.name, Requests: uint64(n), Errors: uint64(bad), Hist: h.hist,
	})
}
