package judge

import (
	"fmt"
	"math"

	"github.com/davit-cd/davit"
)

// Judge compares a new version with the old one, second after second. It is a
// fold: the same seconds give the same results, bit for bit. Its memory is
// bounded whatever it is fed. It is not for use by several goroutines.
type Judge struct {
	set      Settings
	now      second
	last     int64
	begun    bool
	ref      reference
	lately   reference // what proofs of safety aim by
	hosts    hosts
	warm     warmups
	harm     *harm
	safe     *safety
	seen     effects
	flow     traffic
	incident incident
	phi      [metricCount]float64 // clustering, for harm
	phiSafe  [metricCount]float64 // and for proofs of safety
	doubted  [metricCount]bool    // enough evidence of harm was there that may have been a burst's
	sumNew   moment               // nc, xc, nb, xb since the rollout began
	latency  bool                 // a version measures latencies
	verdict  Result               // the final one, once there is one
}

// mostClustering bounds φ.
const mostClustering = 1000

// fastEvidence is what the fast path needs at least.
const fastEvidence = 1e5

// New returns a judge that has seen nothing.
func New(s Settings) *Judge {
	s = s.resolved()
	j := &Judge{
		set: s, lately: reference{short: true}, safe: newSafety(s.Margin, s.Beta), harm: newHarm(s.Alpha - 1/fastNeed(s.Alpha)),
		flow:  traffic{share: -1},
		hosts: hosts{index: make(map[string]int, mostHosts)},
		warm:  warmups{limit: int64(s.Warmup), index: make(map[string]int, mostWarming)},
	}
	j.harm.hold = s.Warmup > 0
	if j.harm.hold {
		j.safe.stake(believedWarm)
	}
	for m := range j.phi {
		j.phi[m], j.phiSafe[m] = 1, 1
	}
	return j
}

func fastNeed(alpha float64) float64 { return math.Max(fastEvidence, 100/alpha) }

// Expect tells the judge which share of live traffic the new version is meant
// to have: with 1, a silent old version is as it should be, with less it is
// missing. Without it the judge infers what it can from the counts.
func (j *Judge) Expect(share float64) {
	if share >= 0 && share <= 1 {
		j.flow.share = share
	}
}

// Second takes in what was counted in second t and answers. Call it once a
// second, in order, also for seconds without traffic. Seconds before 0 are
// history: they calibrate, they never accuse.
func (j *Judge) Second(t int64, in []Count) Result {
	if j.verdict.Final {
		return j.verdict
	}
	if j.begun && t <= j.last {
		return j.refuse(t, fmt.Errorf("second %d after second %d: want them in order, once each", t, j.last))
	}
	gap := 1.0
	if j.begun {
		gap = math.Min(3600, float64(t)-float64(j.last))
	}
	if err := j.gather(t, in); err != nil {
		return j.refuse(t, err)
	}
	j.begun, j.last = true, t
	if t < 0 {
		j.learn()
		return Result{
			Second: t, Verdict: davit.Continue, HarmNeeded: j.needed(), SafetyNeeded: math.Log10(1 / j.set.Beta),
			Why: "learning from the old version's history", Clustering: 1,
		}
	}
	j.weigh(gap)
	r := j.decide(t)
	j.learn()
	if r.Final {
		j.verdict = r
	}
	return r
}

func (j *Judge) needed() float64 { return j.harm.need / math.Ln10 }

func (j *Judge) refuse(t int64, err error) Result {
	return Result{
		Second: t, Verdict: davit.NoData, Err: err, Why: "the counts were refused: " + err.Error(),
		HarmNeeded: j.needed(), SafetyNeeded: math.Log10(1 / j.set.Beta), Clustering: 1,
	}
}

// weigh turns the second into evidence.
func (j *Judge) weigh(gap float64) {
	s := &j.now
	j.flow.note(s, gap)
	j.sumNew.nc += s.canary.n
	j.sumNew.xc += s.canary.x
	j.sumNew.nb += s.all.n
	j.sumNew.xb += s.all.x
	j.latency = j.latency || s.canary.ok > 0 || s.all.ok > 0
	if !j.flow.heardNew {
		return
	}
	if j.guarding(s.t) {
		rate, known := j.normalRate()
		j.harm.observeAlone(s, rate, known, &j.phi)
		return
	}
	j.harm.observe(s, &j.ref, &j.phi)
	if !j.incident.on {
		j.safe.observe(&s.canary, &s.base, &j.lately, &j.phiSafe, j.warm.holding() && !j.warm.unknown())
	}
	j.seen.note(&s.canary, &s.base)
}

// guarding reports whether the new version is judged without a control.
func (j *Judge) guarding(t int64) bool { return j.set.Guard || j.flow.alone(t) }

// normalRate is the most that counts as normal where there is no control,
// generous since nothing cancels out, and whether any history backs it.
func (j *Judge) normalRate() (float64, bool) {
	if j.ref.n < 100 {
		return 0.1, false
	}
	p := (j.ref.x + 1) / (j.ref.n + 1)
	return math.Min(0.5, math.Max(2*p, p+0.01)), true
}

// learn lets the second become part of what is known.
func (j *Judge) learn() {
	s := &j.now
	round := j.ref.round
	j.incident.note(&s.base, &j.ref)
	unknown := j.warm.unknown()
	state := j.warm.note(&s.base)
	j.harm.heard(state, j.warm.holding())
	if state == falling || state == warmed {
		j.seen.forget()
	}
	if unknown && state == undecided && !j.warm.unknown() {
		j.safe.stake(1 - believedWarm) // cold: what the first stretch said of its latency does not count
	}
	if sick := j.hosts.note(s.t); sick.n > 0 {
		// Its errors were taken for normal until now.
		j.ref.n, j.ref.x = math.Max(0, j.ref.n-sick.n), math.Max(0, j.ref.x-sick.s)
	}
	j.ref.note(&s.base)
	j.lately.note(&s.base)
	if j.ref.round != round {
		j.hosts.learn(&j.ref)
	}
	for m := range metricCount {
		f := math.Max(j.hosts.spread.factor(m), j.hosts.trial.factor(m))
		g := f
		if j.hosts.known < 2 {
			f = math.Max(f, j.hosts.rhythm.factor(m))
			if m == errorsMetric {
				// Latencies of all instances go up and down together on a busy
				// machine, which is no reason to take longer over a PASS.
				g = f
			}
		}
		j.phi[m] = math.Min(mostClustering, math.Max(1, f))
		j.phiSafe[m] = math.Min(mostClustering, math.Max(1, g))
	}
}
