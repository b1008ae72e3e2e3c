package judge

import "math"

// mostWarming bounds how many instances of the new version are told apart.
const mostWarming = 32

// warmups excuses the latency of cold processes: of each instance of the new
// version, for as long as its latency is visibly falling towards the
// baseline's, at most Settings.Warmup seconds, and never beyond four times the
// baseline. Errors are not excused. Whether a second is excused is decided from
// the seconds before it, so the bets stay fair.
type warmups struct {
	limit int64
	list  [mostWarming]warmup
	index map[string]int
	t     int64
}

// warmup is one instance of the new version.
type warmup struct {
	since   int64
	seen    int64
	over    bool
	block   int64 // start of the present stretch
	mine    tally // bucket numbers in the stretch
	control tally
	gaps    [2]float64 // of the last two stretches, in buckets; gaps[0] is the newer
	blocks  int
	now     [buckets]float64
	fresh   bool
}

func (w *warmups) begin(t int64) { w.t = t }

func (w *warmups) add(t int64, c *Count) {
	i, ok := w.index[c.Instance]
	if !ok {
		i = len(w.index) % mostWarming
		if len(w.index) >= mostWarming {
			i = mostWarming - 1 // too many to tell apart: they share the last place
		} else {
			w.index[c.Instance] = i
			w.list[i] = warmup{since: t, block: t, over: w.limit <= 0}
		}
	}
	o := &w.list[i]
	if !o.fresh {
		o.fresh = true
		o.now = [buckets]float64{}
	}
	o.seen = t
	for _, b := range c.Hist {
		o.now[b.Index] += float64(b.Count)
	}
}

// release adds the latencies of the instances that are warm.
func (w *warmups) release(a *arm) {
	for i := range w.list {
		o := &w.list[i]
		if !o.fresh || !o.over {
			continue
		}
		for j, n := range o.now {
			a.hist[j] += n
			a.ok += n
		}
	}
}

// note learns from the second, after it was judged.
func (w *warmups) note(base *arm) {
	var control tally
	for j, n := range base.hist {
		v := float64(j)
		control.add(tally{n, n * v, n * v * v})
	}
	for i := range w.list {
		o := &w.list[i]
		if !o.fresh {
			continue
		}
		o.fresh = false
		if o.over {
			continue
		}
		for j, n := range o.now {
			v := float64(j)
			o.mine.add(tally{n, n * v, n * v * v})
		}
		o.control.add(control)
		o.decide(w.t, w.limit)
	}
}

// leastStretch is how many latencies a stretch needs to be compared.
const leastStretch = 40

func (o *warmup) decide(t, limit int64) {
	if t-o.since+1 >= limit {
		o.over = true
		return
	}
	if t-o.block+1 < blockSeconds || o.mine.n < leastStretch || o.control.n < leastStretch {
		return
	}
	mean, noise := o.mine.mean()
	usual, more := o.control.mean()
	gap := mean - usual
	noise = math.Sqrt(noise + more)
	o.blocks++
	falling := o.blocks < 2 || gap < o.gaps[0]-noise || (o.blocks > 2 && gap < o.gaps[1]-noise)
	o.over = gap < 0.25+noise || gap > 16 || !falling
	o.gaps[1], o.gaps[0] = o.gaps[0], gap
	o.block, o.mine, o.control = t+1, tally{}, tally{}
}

// mean returns the mean and its variance.
func (a tally) mean() (mean, variance float64) {
	mean = a.s / a.n
	return mean, math.Max(0, a.ss/a.n-mean*mean) / a.n
}

// any reports whether an instance heard of lately is still excused.
func (w *warmups) any() bool {
	for i := range w.list {
		if o := &w.list[i]; o.seen > 0 && !o.over && o.seen > w.t-5 {
			return true
		}
	}
	return false
}
