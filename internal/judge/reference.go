package judge

import "math"

// quantiles are the tails that are watched: the median, p90, p99 and p99.9.
// Harm is looked for above the last three, safety shown at the first three.
var quantiles = [...]float64{0.5, 0.9, 0.99, 0.999}

// lambdas are the strengths of the bets on location, in standard deviations.
var lambdas = [...]float64{0.1, 0.25, 0.6, 1.2}

// reference is what the baseline was like before the present second: its rate
// of errors, its latencies, and the thresholds and scores learnt from them.
// Everything here is known before the second that it is used on, which is what
// makes the bets fair.
type reference struct {
	short bool             // it remembers recentSpan only, or as long as recentVolume answers take
	n, x  float64          // slowly fading
	hist  [buckets]float64 // slowly fading
	total float64
	since float64 // seconds of baseline traffic seen

	learnt float64              // total at the last learning
	due    int                  // seconds until the next
	round  int                  // counts the learnings
	ready  bool                 // there are thresholds
	edge   [4]int               // bucket that holds the quantile
	over   [buckets + 1]float64 // share of latencies in bucket j and higher, smoothed
	score  [buckets]float64     // normal scores; of a short one neither these nor what follows
	up     [len(lambdas)][buckets]float64
	down   [len(lambdas)][buckets]float64
}

const (
	fade       = 1 - 1.0/900 // per second: the reference forgets over a quarter of an hour
	relearn    = 8           // seconds between learnings
	leastLearn = 40          // latencies before anything is learnt

	recentSpan   = 20   // seconds that a short reference remembers, if they bring
	recentVolume = 4000 // so many answers
)

// keep returns what is left of the past after a second with n answers.
func (r *reference) keep(n float64) float64 {
	if !r.short {
		return fade
	}
	return math.Min(fade, 1-math.Min(1.0/recentSpan, n/recentVolume))
}

// errorRate returns the smoothed rate of errors; never 0.
func (r *reference) errorRate() float64 { return (r.x + 0.25) / (r.n + 250) }

// note takes in a second of the baseline, after it was judged.
func (r *reference) note(a *arm) {
	if a.n <= 0 {
		return
	}
	r.since++
	fade := r.keep(a.n)
	r.n = r.n*fade + a.n
	r.x = r.x*fade + a.x
	r.total = 0
	for j := range r.hist {
		r.hist[j] = r.hist[j]*fade + a.hist[j]
		r.total += r.hist[j]
	}
	r.due--
	if r.total < leastLearn || (r.ready && r.due > 0 && r.total < 2*r.learnt) {
		return
	}
	r.learn()
}

func (r *reference) learn() {
	r.round++
	r.ready, r.learnt, r.due = true, r.total, relearn
	above := 0.0
	r.over[buckets] = 0
	for j := buckets - 1; j >= 0; j-- {
		above += r.hist[j] / r.total
		r.over[j] = math.Min(1, above)
	}
	for i, q := range quantiles {
		r.edge[i] = buckets - 1
		for j := buckets - 1; j >= 0; j-- {
			r.edge[i] = j
			if r.over[j] >= 1-q-1e-12 {
				break
			}
		}
	}
	if !r.short { // proofs of safety need thresholds alone
		r.learnScores()
	}
}

// learnScores makes the scores that bets on location are made of.
func (r *reference) learnScores() {
	above := 0.0
	for j := buckets - 1; j >= 0; j-- {
		share := r.hist[j] / r.total
		r.score[j] = normalScore(above + share/2)
		above += share
	}
	for i, l := range lambdas {
		for j, s := range r.score {
			r.up[i][j] = math.Exp(l * s)
			r.down[i][j] = 1 / r.up[i][j]
		}
	}
}

// normalScore returns the normal quantile of an upper tail, kept within ±3 so
// that no single request weighs much.
func normalScore(upper float64) float64 {
	upper = math.Min(1-1e-9, math.Max(1e-9, upper))
	return math.Min(3, math.Max(-3, math.Sqrt2*math.Erfinv(1-2*upper)))
}

// smoothedOver is the share of latencies beyond a place, in buckets, never 0 or
// 1. Inside a bucket they are taken to be spread evenly.
func (r *reference) smoothedOver(at float64) float64 {
	share := 0.0
	if j := int(at); j < buckets {
		share = r.over[j+1] + (1-(at-float64(j)))*(r.over[j]-r.over[j+1])
	}
	return (share*r.learnt + 0.25) / (r.learnt + 0.5)
}

// usable says whether enough was learnt for the quantile.
func (r *reference) usable(q int) bool {
	return r.ready && r.learnt*(1-quantiles[q]) >= 2 && r.learnt >= leastLearn
}

// place returns where the quantile lies, in buckets.
func (r *reference) place(q int) float64 {
	e := r.edge[q]
	inside := r.over[e] - r.over[e+1]
	if inside <= 0 {
		return float64(e)
	}
	beyond := math.Max(0, 1-quantiles[q]-r.over[e+1])
	return float64(e) + 1 - math.Min(1, beyond/inside)
}
