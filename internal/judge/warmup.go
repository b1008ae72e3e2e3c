package judge

import "math"

// mostWarming bounds how many instances of the new version are told apart.
const mostWarming = 32

// warmups excuses the latency of cold processes, for as long as it is visibly
// falling towards the baseline's, at most Settings.Warmup seconds, and never
// beyond four times the baseline. Errors are not excused.
//
// The instances that are there when the new version first answers are one
// group: what their latencies prove is held until it is clear whether they
// are warming, so a version that is simply slow gains no time. An instance that
// comes later is left out of the latencies until it is warm.
type warmups struct {
	limit int64
	index map[string]int
	late  [mostWarming]warmup
	first warmup
	t     int64
	begun bool
}

// warming is what a group or an instance turned out to be.
type warming int

const (
	undecided warming = iota
	falling           // cold, and visibly falling: excused so far
	warm              // it is warm, and was from the start
	warmed            // it is warm now
	slow              // it is not warming: just slow
	tooLong           // the excuse has run out
)

// warmup follows one group or instance in stretches of a few seconds.
type warmup struct {
	since, seen   int64
	over, fresh   bool
	cold          bool // seen falling at least once
	mine, control [buckets]float64
	n, m          float64 // latencies in them
	block         int64   // first second of the stretch
	from          float64 // gap that the fall is measured from
	fromNoise     float64
	fromT         int64
	calm          int64            // seconds near the baseline, after having been cold
	now           [buckets]float64 // of this second
}

func (w *warmups) begin(t int64) { w.t = t }

// together is how long after the first instance others still belong to its
// group.
const together = 10

func (w *warmups) add(t int64, c *Count) {
	if !w.begun {
		w.begun = true
		w.first = warmup{since: t, block: t, over: w.limit <= 0, from: math.NaN()}
	}
	i, ok := w.index[c.Instance]
	if !ok {
		switch {
		case t-w.first.since < together || w.limit <= 0 || len(w.index) > 4*mostWarming:
			i = -1
		default:
			i = w.slot()
			w.late[i] = warmup{since: t, block: t, from: math.NaN()}
		}
		if len(w.index) <= 4*mostWarming {
			w.index[c.Instance] = i
		}
	}
	o := &w.first
	if i >= 0 {
		o = &w.late[i]
	}
	if !o.fresh {
		o.fresh = true
		o.now = [buckets]float64{}
	}
	o.seen = t
	for _, b := range c.Hist {
		o.now[b.Index] += float64(b.Count)
	}
}

// slot returns a free place among the late, or that of the oldest.
func (w *warmups) slot() int {
	oldest := 0
	for i := range w.late {
		if w.late[i].seen == 0 {
			return i
		}
		if w.late[i].since < w.late[oldest].since {
			oldest = i
		}
	}
	return oldest
}

// release adds the latencies that are to be judged.
func (w *warmups) release(a *arm) {
	add := func(o *warmup) {
		for j, n := range o.now {
			a.hist[j] += n
			a.ok += n
		}
	}
	if w.first.fresh {
		add(&w.first)
	}
	for i := range w.late {
		if o := &w.late[i]; o.fresh && o.over {
			add(o)
		}
	}
}

// holding reports whether the evidence of latencies is to be held.
func (w *warmups) holding() bool { return !w.first.over }

// fresh reports whether the first group is still in its first stretch.
func (w *warmups) unknown() bool { return !w.first.over && math.IsNaN(w.first.from) }

// note learns from the second, after it was judged, and says what became of
// the first group.
func (w *warmups) note(base *arm) warming {
	state := undecided
	if w.begun && !w.first.over {
		state = w.first.note(w.t, w.limit, base)
	}
	w.first.fresh = false
	for i := range w.late {
		if o := &w.late[i]; o.fresh {
			if !o.over {
				o.note(w.t, w.limit, base)
			}
			o.fresh = false
		}
	}
	return state
}

// The measures of a stretch.
const (
	leastStretch  = 40   // latencies in a stretch, to be compared
	mostUndecided = 30   // seconds that may pass before a fall is seen
	afterwards    = 18   // seconds near the baseline until a cold process counts as warm
	cooling       = 0.97 // of the gap is left each second, if it warms as slowly as is believed
)

func (o *warmup) note(t, limit int64, base *arm) warming {
	if o.fresh {
		for j := range o.mine {
			o.mine[j] += o.now[j]
			o.control[j] += base.hist[j]
			o.n += o.now[j]
			o.m += base.hist[j]
		}
	}
	if t-o.since+1 >= limit {
		o.over = true
		if o.cold {
			return warmed
		}
		return tooLong
	}
	if t-o.block+1 < blockSeconds || o.n < leastStretch || o.m < leastStretch {
		return undecided
	}
	mc, vc := momentsOf(&o.mine)
	mb, vb := momentsOf(&o.control)
	noise := math.Sqrt(vc/o.n + vb/o.m)
	gap := mc - mb
	if math.IsNaN(o.from) {
		// A cold process is slow in everything, which the median tells from
		// one that is slow in a few things.
		if middle := quantileOf(&o.mine, 0.5) - quantileOf(&o.control, 0.5); middle < 0.5+1.9*noise {
			gap = math.Min(gap, 0)
		}
	}
	state := o.decide(t, gap, noise)
	o.block, o.n, o.m = t+1, 0, 0
	o.mine, o.control = [buckets]float64{}, [buckets]float64{}
	o.over = state == warm || state == warmed || state == slow
	return state
}

func (o *warmup) decide(t int64, gap, noise float64) warming {
	start := math.IsNaN(o.from)
	if start && gap <= 0 {
		return warm
	}
	if !start && gap < 0.3+0.5*noise {
		// The last of the warming is too small to be seen, not to be judged.
		if o.calm += t - o.block + 1; o.cold && o.calm < afterwards {
			return undecided
		}
		return warmed
	}
	o.calm = 0
	if gap > 16+2*noise {
		return slow // beyond four times the baseline
	}
	if start {
		o.from, o.fromNoise, o.fromT = gap, noise, t
		return undecided
	}
	fall := o.from - gap
	expected := o.from * (1 - math.Pow(cooling, float64(t-o.fromT)))
	blur := math.Hypot(noise, o.fromNoise)
	switch {
	case expected >= 2.5*blur && fall >= expected/4:
		o.from, o.fromNoise, o.fromT, o.cold = gap, noise, t, true
		return falling
	case expected-fall >= math.Max(0.75*expected, 3.5*blur), !o.cold && t-o.fromT >= mostUndecided:
		return slow
	}
	return undecided
}

// any reports whether an instance heard of lately is still excused.
func (w *warmups) any() bool {
	if w.begun && !w.first.over {
		return true
	}
	for i := range w.late {
		if o := &w.late[i]; o.seen > 0 && !o.over && o.seen > w.t-5 {
			return true
		}
	}
	return false
}
