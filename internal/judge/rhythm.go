package judge

// rhythm learns how clustered hits are in the series of single instances: each
// bin of time is compared with the one before, which a slow drift does not
// disturb (von Neumann 1941). It is for a service of one instance, which cannot
// be compared with another. Its price is that what hits
// all instances together counts as clustering as well; hence it is bounded.
type rhythm struct {
	found [rhythmBins][metricCount]deviation
}

const (
	rhythmBins = 2  // of binSeconds: the shorter ones
	mostRhythm = 12 // bounds its φ: longer bursts are dealt with by what must be sustained
)

// note takes in the finished bins of the length number w.
func (y *rhythm) note(h *hosts, w int, m metric) {
	t := &y.found[w][m]
	t.fade()
	for i := range h.list {
		o := &h.list[i]
		if !o.used || o.sick {
			continue
		}
		b, p := o.bins[w][m], o.before[w][m]
		o.before[w][m] = b
		if b.n == 0 || p.n == 0 {
			continue
		}
		n, mean := b.n+p.n, (b.s+p.s)/(b.n+p.n)
		v := (b.ss+p.ss)/n - mean*mean
		if v <= 1e-12 {
			continue
		}
		dev := b.s - b.n*p.s/p.n
		t.add(dev*dev, v*b.n*(1+b.n/p.n))
	}
}

// factor returns the largest dispersion of a metric over the lengths of time.
func (y *rhythm) factor(m metric) float64 {
	f := 1.0
	for w := range y.found {
		f = max(f, y.found[w][m].factor())
	}
	return min(mostRhythm, f)
}
