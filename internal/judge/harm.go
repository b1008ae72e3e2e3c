package judge

import "math"

// The grid of bets. Errors bet on odds ratios from "half as many again" to
// "everything fails"; tails of latency cannot grow without bound.
var (
	errorOdds = [...]float64{1.5, 2.5, 6, 20, 100}
	tailOdds  = [...]float64{1.6, 3, 8}
)

// How the mixture divides its stake over the metrics; adds up to 1.
var stakes = [metricCount]float64{0.5, 0.2, 0.1, 0.14, 0.06}

// harm collects evidence that the new version is worse: one mixture of
// e-processes over metrics, sizes of effect and start times.
type harm struct {
	need  float64 // log of the evidence that convicts
	bets  [metricCount][]process
	quick [3]process // the fast path: errors only, no cap on a block
	start int64      // first second of the new version
	began bool
	phi   [metricCount]float64
	value [metricCount]float64 // contribution to the mixture
	total float64              // the mixture's e-value
	fast  float64              // the fast path's
	hold  bool                 // evidence of latency is held
}

func newHarm(alpha float64) *harm {
	h := &harm{need: math.Log(1 / alpha), total: 1, fast: 1}
	sizes := [metricCount]int{len(errorOdds), len(lambdas), len(tailOdds), len(tailOdds), len(tailOdds)}
	for m, n := range sizes {
		h.phi[m] = 1
		h.bets[m] = make([]process, n)
		for i := range h.bets[m] {
			w := stakes[m] / float64(n)
			// A third of what this bet alone would need from a start at
			// second 0, so that it takes three blocks to convict.
			h.bets[m][i] = process{weight: w, most: (h.need - math.Log(w*startMass(0))) / 3, step: -1}
		}
	}
	for i := range h.quick {
		h.quick[i] = process{weight: 1.0 / float64(len(h.quick)), most: math.Inf(1), step: -1}
	}
	return h
}

// observe takes in one second with both versions.
func (h *harm) observe(s *second, r *reference, phi *[metricCount]float64) {
	h.open(s.t, phi)
	c, b := &s.canary, &s.base
	if c.n > 0 && b.n > 0 && c.x+b.x > 0 {
		for i, psi := range errorOdds {
			g := h.errorGain(c, b, psi)
			h.bets[errorsMetric][i].add(g, h.phi[errorsMetric])
			if q := i - (len(errorOdds) - len(h.quick)); q >= 0 {
				h.quick[q].add(g, h.phi[errorsMetric])
			}
		}
	}
	if r.ready && c.ok > 0 && b.ok > 0 {
		h.observeLatency(c, b, r)
	}
	h.settle()
}

// errorGain is the log gain of one bet on errors; where both versions know the
// kinds of their requests, each kind is a stratum of its own, so that a
// different mix does not look like a different quality.
func (h *harm) errorGain(c, b *arm, psi float64) float64 {
	if !c.known || !b.known || c.kind < 2 || b.kind < 2 {
		return oddsBet(c.n, c.x, b.n, b.x, psi)
	}
	g := 0.0
	for k := range min(c.kind, b.kind) {
		g += oddsBet(c.kinds[k][0], c.kinds[k][1], b.kinds[k][0], b.kinds[k][1], psi)
	}
	return g
}

func (h *harm) observeLatency(c, b *arm, r *reference) {
	var sc, sb float64
	var up, down [len(lambdas)]float64
	for j := range r.score {
		n := c.hist[j] + b.hist[j]
		if n == 0 {
			continue
		}
		sc += c.hist[j] * r.score[j]
		sb += b.hist[j] * r.score[j]
		for i := range lambdas {
			up[i] += n * r.up[i][j]
			down[i] += n * r.down[i][j]
		}
	}
	for i, l := range lambdas {
		h.bets[locationMetric][i].add(scoreBet(c.ok, sc, b.ok, sb, l, up[i], down[i]), h.phi[locationMetric])
	}
	for m := tail90; m <= tail999; m++ {
		q := m.quantile()
		if !r.usable(q) {
			continue
		}
		above := r.edge[q] + 1
		xc, xb := c.excess(above), b.excess(above)
		if xc+xb == 0 {
			continue
		}
		for i, psi := range tailOdds {
			h.bets[m][i].add(oddsBet(c.ok, xc, b.ok, xb, psi), h.phi[m])
		}
	}
}

// observeAlone takes in a second without a control: errors against the most
// that is normal, as a rate.
func (h *harm) observeAlone(s *second, rate float64, everything bool, phi *[metricCount]float64) {
	h.open(s.t, phi)
	c := &s.canary
	if c.n > 0 {
		for i, psi := range errorOdds {
			g := rateBet(c.n, c.x, rate, psi)
			if everything {
				h.bets[errorsMetric][i].add(g, h.phi[errorsMetric])
			}
			if q := i - (len(errorOdds) - len(h.quick)); q >= 0 {
				h.quick[q].add(g, h.phi[errorsMetric])
			}
		}
	}
	h.settle()
}

// open begins the second t: blocks turn over, and evidence is softened if the
// traffic has proved more clustered than was known.
func (h *harm) open(t int64, phi *[metricCount]float64) {
	if !h.began {
		h.began, h.start = true, t
	}
	age := float64(t - h.start)
	block := math.Floor(age / blockSeconds)
	for m := range h.bets {
		f := phi[m] / h.phi[m]
		for i := range h.bets[m] {
			p := &h.bets[m][i]
			p.advance(block)
			p.hold = h.hold && m != int(errorsMetric)
			if f > 1 {
				p.soften(f)
			}
		}
		if m == int(errorsMetric) {
			for i := range h.quick {
				h.quick[i].advance(age)
				if f > 1 {
					h.quick[i].soften(f)
				}
			}
		}
		h.phi[m] = phi[m]
	}
}

func (h *harm) settle() {
	h.total, h.fast = 0, 0
	for m := range h.bets {
		h.value[m] = 0
		for i := range h.bets[m] {
			h.value[m] += h.bets[m][i].weight * h.bets[m][i].value()
		}
		h.total += h.value[m]
	}
	for i := range h.quick {
		h.fast += h.quick[i].weight * h.quick[i].value()
	}
}

// heard says what became of the evidence of latency that was held.
func (h *harm) heard(state warming, holding bool) {
	h.hold = holding
	for m := locationMetric; m < metricCount; m++ {
		for i := range h.bets[m] {
			p := &h.bets[m][i]
			switch state {
			case undecided:
			case falling, warmed:
				p.excuse()
			case warm, slow, tooLong:
				p.release()
			}
			p.hold = holding
		}
	}
}

// worst returns the metric with the most evidence for its stake.
func (h *harm) worst() metric {
	best := errorsMetric
	for m := range metricCount {
		if h.value[m] > h.value[best] {
			best = m
		}
	}
	return best
}
