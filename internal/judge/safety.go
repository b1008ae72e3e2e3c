package judge

import "math"

// scales are the grid of margins: a PASS at scale s bounds harm by s times the
// margin, which is enough to enter a step that only 1/s of the users see.
var scales = [...]float64{1, 2, 4, 10, 20}

const (
	mostMargin  = 0.05 // errors, at any scale
	mostBuckets = 4    // latency, at any scale: 41 %
	mostTail    = 0.1  // share of requests beyond the p99 margin, at any scale
)

// proof is one thing that must be shown before a PASS.
type proof int

const (
	errorsProof proof = iota
	medianProof
	p90Proof
	p99Proof
	proofCount
)

// String returns the name used in sentences.
func (p proof) String() string {
	return [...]string{"errors", "median latency", "p90 latency", "p99 latency"}[p]
}

// safety collects, for each scale, evidence against "the new version is worse
// than the margin". Every proof must succeed, so no stake is divided.
type safety struct {
	margin float64
	most   float64 // the log evidence is kept at or below this, so that later harm tells at once
	log    [len(scales)][proofCount]float64
}

func newSafety(margin, beta float64) *safety {
	return &safety{margin: margin, most: math.Log(1/beta) + 2}
}

// errorMargin returns the margin of scale number i, as a fraction.
func (s *safety) errorMargin(i int) float64 {
	return math.Max(s.margin, math.Min(mostMargin, s.margin*scales[i]))
}

// latencyMargin returns how many buckets a quantile may be higher.
func latencyMargin(i int, p proof) int {
	return int(math.Min(mostBuckets, float64(p)*scales[i]))
}

// tailShare returns which share of requests may lie beyond the margin of a
// quantile: what lies beyond the quantile itself, for p99 scaled as errors are.
func tailShare(i int, p proof) float64 {
	share := 1 - quantiles[p-medianProof]
	if p == p99Proof {
		share = math.Min(mostTail, share*scales[i])
	}
	return share
}

// recall forgets what the first stretch of a process that proved cold said of
// its latency. Keeping what a warm one's said has its price: half the evidence,
// paid by both.
func (s *safety) recall() {
	for i := range scales {
		for p := medianProof; p < proofCount; p++ {
			s.log[i][p] = -math.Ln2
		}
	}
}

// observe takes in one second with both versions.
func (s *safety) observe(c, b *arm, r *reference, phi *[metricCount]float64, cold bool) {
	rate := r.errorRate()
	for i := range scales {
		s.add(i, errorsProof, safetyBet(c.n, c.x, b.n, b.x, rate, rate, 1, s.errorMargin(i))/phi[errorsMetric])
	}
	if cold || !r.ready || c.ok == 0 || b.ok == 0 {
		return
	}
	for p := medianProof; p < proofCount; p++ {
		q := int(p - medianProof)
		if !r.usable(q) {
			continue
		}
		f := phi[locationMetric+metric(q)]
		from := r.nearest(q)
		pb := r.smoothedOver(from)
		for i := range scales {
			to := from + latencyMargin(i, p)
			pc := r.smoothedOver(to)
			// A quantile lies inside a bucket, so its edge is crossed by
			// more or less than the share asked for; c brings it back.
			s.add(i, p, safetyBet(c.ok, c.excess(to), b.ok, b.excess(from), pc, pb, tailShare(i, p)/pb, 0)/f)
		}
	}
}

func (s *safety) add(i int, p proof, gain float64) {
	s.log[i][p] = math.Max(-200, math.Min(s.most, s.log[i][p]+gain))
}

// weakest returns the proof of a scale that is farthest from done. Where no
// version measures latency, errors alone are judged.
func (s *safety) weakest(i int, latency bool) (proof, float64) {
	worst := errorsProof
	if latency {
		for p := medianProof; p < proofCount; p++ {
			if s.log[i][p] < s.log[i][worst] {
				worst = p
			}
		}
	}
	return worst, s.log[i][worst]
}
