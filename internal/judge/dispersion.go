package judge

import "math"

// binSeconds are the lengths of time over which hits are put in a table of
// instance × time: clusters last from a moment to a minute.
var binSeconds = [...]int64{3, 15, 60}

// dispersion learns by how much hits are more clustered than independent ones:
// Pearson's statistic of the instance × time table with both margins fitted
// (the rate of the time, and the standing difference of the instance), as a
// ratio of sums, so that bursts weigh by their size.
type dispersion struct {
	until [len(binSeconds)]int64
	begun [len(binSeconds)]bool
	found [len(binSeconds)][metricCount]deviation
}

// deviation is a ratio of observed to expected squares.
type deviation struct {
	observed, expected, expectedSq float64
}

// factor returns the ratio, if it is more than chance explains, else 1.
func (d *deviation) factor() float64 {
	if d.expected <= 0 {
		return 1
	}
	f := d.observed / d.expected
	cells := d.expected * d.expected / d.expectedSq
	if f < 1+3*math.Sqrt(3/cells) {
		return 1
	}
	return f
}

func (d *deviation) fade() {
	const keep = 0.998
	d.observed *= keep
	d.expected *= keep
	d.expectedSq *= keep
}

func (d *deviation) add(square, expected float64) {
	d.observed += square
	d.expected += expected
	d.expectedSq += expected * expected
}

func (d *dispersion) note(h *hosts, t int64) {
	for w, length := range binSeconds {
		if !d.begun[w] {
			d.begun[w], d.until[w] = true, t+length
		}
		if t >= d.until[w] {
			for m := range metricCount {
				d.close(h, w, m)
			}
			d.until[w] = h.t + length
		}
		for i := range h.list {
			o := &h.list[i]
			if o.used && !o.sick && o.seen == t {
				for m := range metricCount {
					o.bins[w][m].add(o.now[m])
				}
			}
		}
	}
}

// close puts a finished bin into the table.
func (d *dispersion) close(h *hosts, w int, m metric) {
	var all tally
	for i := range h.list {
		if h.list[i].used && !h.list[i].sick {
			all.add(h.list[i].bins[w][m])
		}
	}
	t := &d.found[w][m]
	t.fade()
	if all.n > 0 {
		mean := all.s / all.n
		if v := all.ss/all.n - mean*mean; v > 1e-12 {
			h.scatter(t, w, m, all, mean, v)
		}
	}
	if w < rhythmBins {
		h.rhythm.note(h, w, m)
	}
	for i := range h.list {
		h.list[i].bins[w][m] = tally{}
	}
}

func (h *hosts) scatter(d *deviation, w int, m metric, all tally, mean, v float64) {
	var long tally
	for i := range h.list {
		if h.list[i].used && !h.list[i].sick {
			long.add(h.list[i].long[m])
		}
	}
	for i := range h.list {
		o := &h.list[i]
		b := o.bins[w][m]
		if !o.used || o.sick || b.n == 0 {
			continue
		}
		usual := 0.0
		if mine := o.long[m]; mine.n > 20*b.n && long.n > 0 {
			usual = mine.s/mine.n - long.s/long.n
		}
		dev := b.s - b.n*(mean+usual)
		d.add(dev*dev, b.n*v*(1-b.n/all.n))
	}
}

// factor returns the largest dispersion of a metric over the lengths of time.
func (d *dispersion) factor(m metric) float64 {
	f := 1.0
	for w := range d.found {
		f = math.Max(f, d.found[w][m].factor())
	}
	return f
}

// placebo lets each baseline instance in turn play the new version: what
// evidence comes up although nothing is wrong is what clustering is worth.
type placebo struct {
	most  [metricCount]float64 // highest evidence of any instance
	tries float64              // instance-seconds
}

// placeboOdds are the bets of the trials.
var placeboOdds = [...]float64{20, 4}

func (p *placebo) note(h *hosts, all *[metricCount]tally) {
	for i := range h.list {
		o := &h.list[i]
		if !o.used || o.sick || o.seen != h.t {
			continue
		}
		p.tries++
		for m := range metricCount {
			c := o.now[m]
			b := tally{n: all[m].n - c.n, s: all[m].s - c.s, ss: all[m].ss - c.ss}
			if c.n == 0 || b.n <= 0 {
				continue
			}
			o.placebo[m] = math.Max(0, o.placebo[m]+placeboGain(m, c, b))
			p.most[m] = math.Max(p.most[m], o.placebo[m])
		}
	}
}

func placeboGain(m metric, c, b tally) float64 {
	if m == locationMetric {
		// Normal approximation of the bet on scores at λ = 0.4.
		const l = 0.4
		n := c.n + b.n
		mean := (c.s + b.s) / n
		v := math.Max(0, (c.ss+b.ss)/n-mean*mean)
		return l*(c.s-c.n*mean) - l*l/2*v*c.n
	}
	psi := placeboOdds[1]
	if m == errorsMetric {
		psi = placeboOdds[0]
	}
	if c.s+b.s == 0 {
		return 0
	}
	return quickOddsBet(c.n, c.s, b.n, b.s, psi, math.Log(psi))
}

// factor returns by how much evidence must be divided so that the highest
// trial comes down to what so many honest trials would have shown, and, where
// clusters are plain to see, to half of that: the largest one seen so far is
// seldom the largest there is.
func (p *placebo) factor(m metric) float64 {
	allowed := 3 + math.Log(1+p.tries/5)
	f := p.most[m] / allowed
	return f * math.Min(2.5, math.Max(1, 2*(f-1)))
}
