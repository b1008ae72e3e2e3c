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
	aims   [len(scales)][proofCount]aim
	round  int     // of learning, that aims are from
	looks  int     // seconds observed
	least  float64 // the log evidence falls no lower
}

func newSafety(margin, beta float64) *safety {
	return &safety{margin: margin, most: math.Log(1/beta) + 2}
}

// errorMargin returns the margin of scale number i, as a fraction.
func (s *safety) errorMargin(i int) float64 {
	return math.Max(s.margin, math.Min(mostMargin, s.margin*scales[i]))
}

// latencyMargin returns how many buckets a quantile may be higher.
func latencyMargin(i int, p proof) float64 {
	return math.Min(mostBuckets, float64(p)*scales[i])
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

// believedWarm is the part of β that is staked on a process that proves warm.
// What the first stretch of one that proves cold said of its latency is
// forgotten; so that the choice between the two costs no guarantee, they share
// β. Most are warm.
const believedWarm = 0.9

// stake begins the proofs of latency with a part of β, forgetting what was
// shown so far.
func (s *safety) stake(part float64) {
	for i := range scales {
		for p := medianProof; p < proofCount; p++ {
			s.log[i][p] = math.Log(part)
		}
	}
}

// observe takes in one second with both versions.
func (s *safety) observe(c, b *arm, r *reference, phi *[metricCount]float64, cold bool) {
	s.looks++
	s.least = leastAfter(s.looks)
	rate := r.errorRate()
	for i := range scales {
		s.add(i, errorsProof, safetyBet(c.n, c.x, b.n, b.x, rate, rate, 1, s.errorMargin(i))/phi[errorsMetric])
	}
	if cold || !r.ready || c.ok == 0 || b.ok == 0 {
		return
	}
	if s.round != r.round {
		s.round = r.round
		s.aim(r)
	}
	for p := medianProof; p < proofCount; p++ {
		q := int(p - medianProof)
		if !r.usable(q) {
			continue
		}
		f := phi[locationMetric+metric(q)]
		for i := range scales {
			a := &s.aims[i][p]
			s.add(i, p, safetyBet(c.ok, c.beyond(a.to), b.ok, b.beyond(a.from), a.pc, a.pb, a.c, 0)/f)
		}
	}
}

// aim is where a quantile is compared: latencies of the new version beyond the
// place to, with c times those of the old one beyond from.
type aim struct {
	from, to  float64 // in buckets
	c, pc, pb float64 // pc, pb: shares if nothing is wrong
}

func aimAt(r *reference, from, margin, share float64) aim {
	a := aim{from: from, to: from + margin}
	a.pb, a.pc = r.smoothedOver(from), r.smoothedOver(a.to)
	a.c = share / a.pb
	return a
}

// gain is what one request of the new version tells, against a certain control.
func (a *aim) gain() float64 {
	pc, q := clampRate(a.pc), clampRate(a.c*a.pb)
	if pc >= q {
		return 0
	}
	return pc*math.Log(pc/q) + (1-pc)*math.Log((1-pc)/(1-q))
}

// aim takes the thresholds that were learnt. Where latencies come in lumps, with
// hardly any between the quantile and its margin, that would never tell: a
// neighbouring quantile is used, between half and twice the share, if it tells
// much more.
func (s *safety) aim(r *reference) {
	for p := medianProof; p < proofCount; p++ {
		q := int(p - medianProof)
		natural := 1 - quantiles[q]
		for i := range scales {
			margin, share := latencyMargin(i, p), tailShare(i, p)
			best := aimAt(r, r.place(q), margin, share)
			least := 4 * best.gain()
			for e := range buckets {
				from := float64(e)
				if o := r.smoothedOver(from); o < natural/2 || o > 2*natural {
					continue
				}
				a := aimAt(r, from, margin, 0)
				a.c = share / natural
				if a.c*a.pb < 1 && a.gain() > least {
					best, least = a, a.gain()
				}
			}
			s.aims[i][p] = best
		}
	}
}

func (s *safety) add(i int, p proof, gain float64) {
	s.log[i][p] = math.Max(s.least, math.Min(s.most, s.log[i][p]+gain))
}

// leastAfter returns how low the log evidence falls after so many seconds: where it would fall lower, the
// proof begins anew from there, so that one bad minute that both versions had
// together costs no hour. That evidence from one such beginning ever reaches
// ln(1/β) has a chance of at most β·exp(least), and all beginnings, one a second
// at most, have together (union bound over Ville's inequality) 60·e⁻¹⁰·β, three
// thousandths of β.
func leastAfter(looks int) float64 {
	return -10 - 2*math.Log1p(float64(looks)/60)
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
