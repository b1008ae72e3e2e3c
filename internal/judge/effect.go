package judge

import "math"

// Effect is how much the new version differs from the old one lately.
type Effect struct {
	Value float64 // errors: difference of the rates; latency: ratio
	Low   float64 // 95 % interval
	High  float64
}

// effects are fading sums over the seconds in which both versions had
// traffic, each second weighted as Mantel and Haenszel do, so that a changing
// share is not taken for a difference.
type effects struct {
	a, b, w, v float64 // hits of the new and the old version, weight, variance
	canary     [buckets]float64
	base       [buckets]float64
	nc, nb     float64 // latencies behind the histograms
}

const (
	errorFade   = 0.99 // per second
	latencyFade = 0.98
)

func (e *effects) note(c, b *arm) {
	if c.n > 0 && b.n > 0 {
		n := c.n + b.n
		e.a = e.a*errorFade + c.x*b.n/n
		e.b = e.b*errorFade + b.x*c.n/n
		e.w = e.w*errorFade + c.n*b.n/n
		e.v = e.v*errorFade*errorFade +
			c.x*(c.n-c.x)/c.n*(b.n/n)*(b.n/n) + b.x*(b.n-b.x)/b.n*(c.n/n)*(c.n/n)
	}
	if c.ok > 0 && b.ok > 0 {
		n := c.ok + b.ok
		fc, fb := b.ok/n, c.ok/n
		for j := range e.canary {
			e.canary[j] = e.canary[j]*latencyFade + c.hist[j]*fc
			e.base[j] = e.base[j]*latencyFade + b.hist[j]*fb
		}
		e.nc = e.nc*latencyFade + c.ok
		e.nb = e.nb*latencyFade + b.ok
	}
}

// forget drops the latencies: they were those of a cold process.
func (e *effects) forget() {
	e.canary, e.base = [buckets]float64{}, [buckets]float64{}
	e.nc, e.nb = 0, 0
}

// errors returns the difference of the error rates and their ratio.
func (e *effects) errors() (Effect, float64) {
	if e.w == 0 {
		return Effect{}, 1
	}
	d := (e.a - e.b) / e.w
	half := 1.96 * math.Sqrt(e.v+0.25*0.25) / e.w
	return Effect{d, d - half, d + half}, (e.a + 1e-9) / (e.b + 1e-9)
}

// latency returns the ratio of means on the logarithmic scale, or of a
// quantile.
func (e *effects) latency(m metric) Effect {
	if e.nc == 0 || e.nb == 0 {
		return Effect{1, 1, 1}
	}
	if m == locationMetric {
		mc, vc := momentsOf(&e.canary)
		mb, vb := momentsOf(&e.base)
		half := 1.96 * math.Sqrt(vc/e.nc+vb/e.nb)
		return Effect{ratio(mc - mb), ratio(mc - mb - half), ratio(mc - mb + half)}
	}
	q := quantiles[m.quantile()]
	hc, hb := 1.96*math.Sqrt(q*(1-q)/e.nc), 1.96*math.Sqrt(q*(1-q)/e.nb)
	at := func(h *[buckets]float64, p float64) float64 { return quantileOf(h, math.Min(1, math.Max(0, p))) }
	return Effect{
		ratio(at(&e.canary, q) - at(&e.base, q)),
		ratio(at(&e.canary, q-hc) - at(&e.base, q+hb)),
		ratio(at(&e.canary, q+hc) - at(&e.base, q-hb)),
	}
}

// ratio turns a distance in buckets into a ratio.
func ratio(d float64) float64 { return math.Exp2(d / 8) }

func momentsOf(h *[buckets]float64) (mean, variance float64) {
	var t tally
	for j, n := range h {
		v := float64(j)
		t.add(tally{n, n * v, n * v * v})
	}
	if t.n == 0 {
		return 0, 0
	}
	mean = t.s / t.n
	return mean, math.Max(0, t.ss/t.n-mean*mean)
}

// quantileOf returns a quantile as a bucket number with a fraction.
func quantileOf(h *[buckets]float64, q float64) float64 {
	total := 0.0
	for _, n := range h {
		total += n
	}
	rest := q * total
	for j, n := range h {
		if n > 0 && rest <= n {
			return float64(j) + rest/n
		}
		rest -= n
	}
	return buckets
}

// milliseconds turns a bucket number into a latency.
func milliseconds(bucket float64) float64 { return math.Exp2(bucket / 8) }
