package judge

import (
	"math"
	"math/bits"
)

// mostHosts bounds how many baseline instances are told apart; the rest still
// count in the sums.
const mostHosts = 32

// tally is a sum over requests of one metric: how many, Σ value, Σ value².
type tally struct{ n, s, ss float64 }

func (a *tally) add(b tally) {
	a.n += b.n
	a.s += b.s
	a.ss += b.ss
}

// host is one instance of the baseline.
type host struct {
	name    string
	used    bool
	seen    int64
	now     [metricCount]tally
	long    [metricCount]tally // fading: what is normal for this instance
	bins    [len(binSeconds)][metricCount]tally
	before  [rhythmBins][metricCount]tally // the bins before
	placebo [metricCount]float64           // evidence if this instance were the new version
	active  uint64                         // seconds of its own with traffic, newest in bit 0 …
	bad     uint64                         // … of which it failed far more than the others
	sick    bool
}

// hosts is the table of baseline instances. It learns how clustered hits are
// (dispersion.go) and which instance fails on its own.
type hosts struct {
	list   [mostHosts]host
	t      int64
	index  map[string]int // at most mostHosts entries
	edges  [4]int
	scores *[buckets]float64
	ready  bool
	spread dispersion
	trial  placebo
	rhythm rhythm
	known  int     // healthy instances heard lately
	calm   float64 // seconds of single healthy instances seen at work
}

func (h *hosts) begin(t int64) {
	h.t = t
	for i := range h.list {
		h.list[i].now = [metricCount]tally{}
	}
}

// learn takes the thresholds and scores for the coming seconds.
func (h *hosts) learn(r *reference) {
	h.edges, h.scores, h.ready = r.edge, &r.score, r.ready
}

// slot returns the place of an instance, taking over one unheard of for five
// minutes if the table is full; -1 if there is none.
func (h *hosts) slot(name string) int {
	if i, ok := h.index[name]; ok {
		return i
	}
	oldest := -1
	for i := range h.list {
		if !h.list[i].used {
			oldest = i
			break
		}
		if h.list[i].seen < h.t-300 && (oldest < 0 || h.list[i].seen < h.list[oldest].seen) {
			oldest = i
		}
	}
	if oldest < 0 {
		return -1
	}
	if h.list[oldest].used {
		delete(h.index, h.list[oldest].name)
	}
	h.list[oldest] = host{name: name, used: true}
	h.index[name] = oldest
	return oldest
}

// add takes in a count and reports whether its instance is sick.
func (h *hosts) add(c *Count) bool {
	i := h.slot(c.Instance)
	if i < 0 {
		return false
	}
	o := &h.list[i]
	o.seen = h.t
	o.now[errorsMetric].add(tally{float64(c.Requests), float64(c.Errors), float64(c.Errors)})
	if !h.ready {
		return o.sick
	}
	for _, b := range c.Hist {
		n := float64(b.Count)
		s := h.scores[b.Index]
		o.now[locationMetric].add(tally{n, n * s, n * s * s})
		for m := tail90; m <= tail999; m++ {
			hit := 0.0
			if int(b.Index) > h.edges[m.quantile()] {
				hit = n
			}
			o.now[m].add(tally{n, hit, hit})
		}
	}
	return o.sick
}

// note learns from the second, after it was judged. It returns what the
// instances that were found sick just now have answered.
func (h *hosts) note(t int64) tally {
	all, known := h.sums()
	found := h.examine(&all[errorsMetric])
	if found.n > 0 {
		h.spread, h.trial, h.rhythm = dispersion{}, placebo{}, rhythm{} // learnt with it: start again
		for i := range h.list {
			h.list[i].placebo = [metricCount]float64{}
		}
	}
	h.known = known
	h.spread.note(h, t)
	if known >= 2 {
		h.trial.note(h, &all)
	}
	for i := range h.list {
		o := &h.list[i]
		if !o.used || o.seen != h.t {
			continue
		}
		if !o.sick {
			h.calm++
		}
		for m := range o.now {
			o.long[m].n = o.long[m].n*fade + o.now[m].n
			o.long[m].s = o.long[m].s*fade + o.now[m].s
		}
	}
	return found
}

// sums adds up the healthy instances of this second and counts those that are
// known and healthy.
func (h *hosts) sums() (all [metricCount]tally, known int) {
	for i := range h.list {
		o := &h.list[i]
		if !o.used || o.sick || o.seen < h.t-60 {
			continue
		}
		known++
		for m := range all {
			all[m].add(o.now[m])
		}
	}
	return all, known
}

// examine decides which instances fail on their own: far above the others in
// half of the last 64 seconds with traffic. A burst is too short for that. At
// most a third are left out: more is an incident, not an outlier.
func (h *hosts) examine(all *tally) (found tally) {
	var long tally
	out, total := 0, 0
	for i := range h.list {
		o := &h.list[i]
		if !o.used || o.seen < h.t-60 {
			continue
		}
		total++
		if o.sick {
			out++
			continue
		}
		long.n += o.long[errorsMetric].n
		long.s += o.long[errorsMetric].s
	}
	if total < 3 {
		return found
	}
	for i := range h.list {
		o := &h.list[i]
		e := o.now[errorsMetric]
		if !o.used || e.n == 0 {
			continue
		}
		others, mine := *all, o.long[errorsMetric]
		rest := long
		if !o.sick {
			others.n, others.s = others.n-e.n, others.s-e.s
			rest.n, rest.s = rest.n-mine.n, rest.s-mine.s
		}
		normal := math.Max((rest.s+0.25)/(rest.n+50), others.s/math.Max(1, others.n))
		o.active = o.active<<1 | 1
		o.bad <<= 1
		if e.s/e.n > 3*normal+0.005 {
			o.bad |= 1
		}
		often := bits.OnesCount64(o.bad)
		switch {
		case o.sick && often < 8:
			o.sick = false
			out--
		case !o.sick && bits.OnesCount64(o.active) == 64 && often >= 32 && 3*(out+1) <= total:
			o.sick = true
			out++
			found.add(mine)
		}
	}
	return found
}
