package judge

import (
	"math"

	"github.com/davit-cd/davit"
)

// decide says what the evidence comes to.
func (j *Judge) decide(t int64) Result {
	r := j.report(t)
	switch {
	case j.fast(t):
		r.Verdict, r.Final, r.Metric = davit.Fail, true, errorsMetric.String()
		r.Harm = math.Max(r.Harm, math.Log10(j.harm.fast))
		r.Effect, _ = j.seen.errors()
		r.Why = j.sayFast(t, &r)
		return r
	case j.convicted(&r):
		r.Verdict, r.Final = davit.Fail, true
		r.Why = j.sayHarm(&r)
		return r
	}
	if why := j.missing(t); why != "" {
		r.Verdict, r.Why = davit.NoData, why
		return r
	}
	r.Verdict = davit.Continue
	if r.Guarding {
		r.Why = j.sayGuard(&r)
		return r
	}
	waits := j.pass(t, &r)
	if r.passed&1 != 0 {
		r.Verdict = davit.Pass
		r.Why = j.sayPass(&r)
		return r
	}
	r.Why = j.sayContinue(&r, waits)
	return r
}

// report fills in what every answer carries.
func (j *Judge) report(t int64) Result {
	r := Result{
		Second: t, HarmNeeded: j.needed(), SafetyNeeded: math.Log10(1 / j.set.Beta),
		Harm: math.Log10(math.Max(1e-300, j.harm.total)), Guarding: j.guarding(t),
		Incident: j.incident.on, Warming: j.warm.any(),
	}
	worst := j.harm.worst()
	r.Metric, r.Clustering = worst.String(), j.harm.phi[worst]
	for i := range scales {
		_, log := j.safe.weakest(i, j.latency)
		r.Safety[i] = log / math.Ln10
	}
	r.Effect = j.effect(worst)
	m := j.flow.recent(t, minute)
	r.Canary = Tally{
		Requests: uint64(j.sumNew.nc), Errors: uint64(j.sumNew.xc), RecentRequests: uint64(m.nc), RecentErrors: uint64(m.xc),
	}
	r.Baseline = Tally{
		Requests: uint64(j.sumNew.nb), Errors: uint64(j.sumNew.xb), RecentRequests: uint64(m.nb), RecentErrors: uint64(m.xb),
	}
	if j.seen.nc > 0 && j.seen.nb > 0 {
		fill := func(a *Tally, h *[buckets]float64) {
			a.Median, a.P90, a.P99 = milliseconds(quantileOf(h, 0.5)), milliseconds(quantileOf(h, 0.9)), milliseconds(quantileOf(h, 0.99))
		}
		fill(&r.Canary, &j.seen.canary)
		fill(&r.Baseline, &j.seen.base)
	}
	return r
}

func (j *Judge) effect(m metric) Effect {
	if m == errorsMetric {
		e, _ := j.seen.errors()
		return e
	}
	return j.seen.latency(m)
}

// fast is the one way to be convicted within a moment: at least ten requests
// in the last five seconds, half of them failing, twice as often as the old
// version, and evidence of 100,000 to 1.
func (j *Judge) fast(t int64) bool {
	m := j.flow.recent(t, 5)
	if m.nc < 10 || m.xc < m.nc/2 || j.harm.fast < fastNeed(j.set.Alpha) {
		return false
	}
	usual := 0.0
	switch {
	case m.nb > 0:
		usual = m.xb / m.nb
	case j.ref.n >= 100:
		usual = j.ref.errorRate()
	}
	return m.xc/m.nc >= 2*usual
}

// convicted reports whether the evidence is enough, and the harm worth it and
// still there.
func (j *Judge) convicted(r *Result) bool {
	if j.harm.total < math.Exp(j.harm.need) {
		return false
	}
	if r.Guarding {
		rate, known := j.normalRate()
		m := r.Canary
		return known && m.RecentRequests > 0 && float64(m.RecentErrors)/float64(m.RecentRequests) > rate
	}
	// The metric with the most evidence speaks; if its effect does not matter,
	// another may that carries enough of the evidence by itself.
	for _, m := range append([]metric{j.harm.worst()}, allMetrics[:]...) {
		if j.harm.value[m] >= 0.5*math.Exp(j.harm.need) && j.matters(m) && !j.fleeting(m) {
			r.Metric, r.Effect, r.Clustering = m.String(), j.effect(m), j.harm.phi[m]
			return true
		}
	}
	return false
}

// fleeting reports whether the evidence on a metric, which is enough, may be
// that of a burst. It may not where the old version's instances were seen for
// long and showed no clusters, nor where it is more than bursts bring. Once it
// may have been a burst, a long calm of the old version clears it no more.
func (j *Judge) fleeting(m metric) bool {
	calm := j.hosts.calm >= knownCalm && j.phi[m] < clustered
	if j.set.Burst <= 0 || (calm && !j.doubted[m]) {
		return false
	}
	burst := j.set.Burst
	if j.phi[m] >= clustered {
		burst *= 2 // where there are bursts one may follow upon another
	}
	j.doubted[m] = !j.harm.sustained(m, burst)
	return j.doubted[m]
}

// knownCalm is how many seconds of single instances at work must have been
// seen, without clusters, before a service counts as one that has none: with a
// burst every five minutes 1 in 3,000 services would look like that, with one every
// twenty minutes 1 in 7.
const knownCalm = 2400

// clustered is the φ from which on a service counts as one that has bursts.
const clustered = 1.3

func (j *Judge) matters(m metric) bool {
	if m == errorsMetric {
		d, ratio := j.seen.errors()
		return d.Value >= j.set.MinDiff && ratio >= j.set.MinRatio
	}
	return j.seen.latency(m).Value >= j.set.LatencyRatio
}

// missing says what data is missing, or nothing.
func (j *Judge) missing(t int64) string {
	switch {
	case j.flow.silentNew(t) && j.flow.silentOld(t):
		return "neither version has been heard lately: not enough data"
	case j.flow.silentNew(t):
		return "the new version is silent although traffic was expected: not enough data"
	case !j.guarding(t) && j.flow.silentOld(t) && t-j.flow.first >= 3:
		return "the old version is silent, there is nothing to compare with: not enough data"
	}
	return ""
}

// calm is the evidence of harm, as an e-value, above which nothing passes.
const calm = 10

// pass sets the scales that are passed, and returns what scale 1 waits for.
func (j *Judge) pass(t int64, r *Result) string {
	switch {
	case j.harm.total >= math.Exp(j.harm.need):
		return "there is evidence of harm, which may still be a burst or too small to matter"
	case j.harm.total >= calm || j.harm.fast >= 100*calm:
		return "there is some evidence of harm"
	case j.incident.on:
		return "the old version is far from its own normal"
	case j.latency && j.warm.holding():
		return "the new version may still be warming up"
	case !j.flow.heardNew || t-j.flow.lastNew >= 10 || j.flow.silentOld(t):
		return "there is no fresh traffic"
	case j.sumNew.nc < float64(j.set.MinRequests):
		return "too few requests"
	}
	waits := ""
	for i := len(scales) - 1; i >= 0; i-- {
		bake := math.Max(3, math.Ceil(float64(j.set.MinBake)/scales[i]))
		p, log := j.safe.weakest(i, j.latency)
		switch {
		case log < math.Log(1/j.set.Beta):
			waits = p.String()
		case j.flow.liveSecond < bake:
			waits = "the minimum bake"
		default:
			waits = ""
			r.passed |= 1 << i
			r.PassedMargin = j.safe.errorMargin(i)
		}
	}
	if r.passed&1 == 0 {
		r.Metric = waits
	}
	return waits
}
