package judge

import "fmt"

// arm is one version in one second.
type arm struct {
	n, x  float64 // requests, errors
	ok    float64 // latencies measured
	hist  [buckets]float64
	above [buckets + 1]float64 // above[j]: latencies in bucket j and higher
	kinds [mostKinds][2]float64
	kind  int  // kinds in use
	known bool // every count carried kinds that add up
}

func (a *arm) add(c *Count) {
	a.n += float64(c.Requests)
	a.x += float64(c.Errors)
	for _, b := range c.Hist {
		a.hist[b.Index] += float64(b.Count)
		a.ok += float64(b.Count)
	}
}

func (a *arm) addKinds(c *Count) {
	var n, x uint64
	for i, k := range c.Kinds {
		a.kinds[i][0] += float64(k[0])
		a.kinds[i][1] += float64(k[1])
		n += k[0]
		x += k[1]
	}
	a.kind = max(a.kind, len(c.Kinds))
	a.known = a.known && n == c.Requests && x == c.Errors
}

func (a *arm) sum() {
	total := 0.0
	for j := buckets - 1; j >= 0; j-- {
		total += a.hist[j]
		a.above[j] = total
	}
}

// excess returns the latencies in bucket j and higher; j may lie beyond the
// last bucket.
func (a *arm) excess(j int) float64 { return a.above[min(j, buckets)] }

// beyond returns the latencies beyond a place, in buckets. Those of the bucket
// that it lies in count by the part that lies beyond it.
func (a *arm) beyond(at float64) float64 {
	j := int(at)
	if j >= buckets {
		return 0
	}
	return a.above[j+1] + (1-(at-float64(j)))*a.hist[j]
}

// second is what was counted in one second, the sick and the warming left out.
type second struct {
	t      int64
	canary arm // live
	base   arm // control: without sick instances
	all    arm // baseline with sick instances, for people
}

// gather sums the counts of one second into j.now.
func (j *Judge) gather(t int64, in []Count) error {
	if len(in) > mostCounts {
		return fmt.Errorf("second %d: %d counts: want at most %d", t, len(in), mostCounts)
	}
	for i := range in {
		if err := in[i].check(); err != nil {
			return fmt.Errorf("second %d, %s %s: %w", t, in[i].Version, in[i].Instance, err)
		}
	}
	j.now = second{t: t}
	j.now.canary.known, j.now.base.known = true, true
	j.hosts.begin(t)
	j.warm.begin(t)
	for i := range in {
		c := &in[i]
		if c.Requests == 0 {
			continue
		}
		if c.Version == Canary {
			j.now.canary.n += float64(c.Requests)
			j.now.canary.x += float64(c.Errors)
			j.now.canary.addKinds(c)
			j.warm.add(t, c)
			continue
		}
		j.now.all.add(c)
		if j.hosts.add(c) {
			continue // sick on its own: not part of the control
		}
		j.now.base.add(c)
		j.now.base.addKinds(c)
	}
	j.now.base.sum()
	j.now.all.sum()
	j.warm.release(&j.now.canary)
	j.now.canary.sum()
	return nil
}
