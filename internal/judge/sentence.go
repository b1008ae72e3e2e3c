package judge

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// percent returns a rate for people: two digits that matter.
func percent(p float64) string {
	v := p * 100
	switch {
	case v == 0:
		return "0 %"
	case v < 0.1:
		return strconv.FormatFloat(v, 'g', 1, 64) + " %"
	case v < 10:
		return strconv.FormatFloat(v, 'f', 1, 64) + " %"
	}
	return strconv.FormatFloat(v, 'f', 0, 64) + " %"
}

// grouped returns a count with commas.
func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func rate(errors, requests uint64) float64 {
	if requests == 0 {
		return 0
	}
	return float64(errors) / float64(requests)
}

// chance returns the bound on a false alarm that evidence of 10^log stands
// for.
func chance(log float64) string {
	if log >= 9 {
		return "chance of a false alarm under 1 in 1,000,000,000"
	}
	digits := math.Floor(log)
	lead := math.Floor(math.Pow(10, log-digits))
	return "chance of a false alarm under 1 in " + grouped(uint64(math.Max(1, lead)*math.Pow(10, math.Max(0, digits))))
}

func requests(n uint64) string {
	if n == 1 {
		return "1 request"
	}
	return grouped(n) + " requests"
}

func (j *Judge) sayFast(t int64, r *Result) string {
	m := j.flow.recent(t, 5)
	old := ""
	switch {
	case m.nb > 0:
		old = " against " + percent(m.xb/m.nb) + " on the old version"
	case j.ref.n >= 100:
		old = " against " + percent(j.ref.errorRate()) + " normally"
	}
	return fmt.Sprintf("%s of %s failed on the new version in the last 5 seconds (%s)%s; %s",
		grouped(uint64(m.xc)), requests(uint64(m.nc)), percent(m.xc/m.nc), old, chance(r.Harm))
}

func (j *Judge) sayHarm(r *Result) string {
	if r.Guarding {
		return fmt.Sprintf("error rate %s against %s normally, %s; %s", percent(rate(r.Canary.RecentErrors, r.Canary.RecentRequests)),
			percent(j.ref.errorRate()), requests(r.Canary.Requests), chance(r.Harm))
	}
	if r.Metric == errorsMetric.String() {
		return fmt.Sprintf("error rate %s against %s on the old version in the last minute, %s; %s",
			percent(rate(r.Canary.RecentErrors, r.Canary.RecentRequests)), percent(rate(r.Baseline.RecentErrors, r.Baseline.RecentRequests)),
			requests(r.Canary.Requests), chance(r.Harm))
	}
	return fmt.Sprintf("%s %.2f times that of the old version (95 %% interval %.2f to %.2f), median %s against %s, p99 %s against %s, %s; %s",
		r.Metric, r.Effect.Value, r.Effect.Low, r.Effect.High, ms(r.Canary.Median), ms(r.Baseline.Median),
		ms(r.Canary.P99), ms(r.Baseline.P99), requests(r.Canary.Requests), chance(r.Harm))
}

func ms(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'f', 1, 64) + " ms"
	}
	return grouped(uint64(v+0.5)) + " ms"
}

func (j *Judge) sayGuard(r *Result) string {
	old := "there is no history of it either"
	if usual, known := j.normalRate(); known {
		old = "watched against " + percent(usual) + ", the most that is normal"
	}
	return fmt.Sprintf("no old version to compare with; error rate %s, %s; %s",
		percent(rate(r.Canary.Errors, r.Canary.Requests)), requests(r.Canary.Requests), old)
}

func (j *Judge) sayPass(r *Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no worse than the old version: error rate %s against %s, at most %s points above",
		percent(rate(r.Canary.Errors, r.Canary.Requests)), percent(rate(r.Baseline.Errors, r.Baseline.Requests)),
		strings.TrimSuffix(percent(j.set.Margin), " %"))
	if j.latency {
		fmt.Fprintf(&b, ", p99 %s against %s", ms(r.Canary.P99), ms(r.Baseline.P99))
	}
	fmt.Fprintf(&b, ", %s; chance of passing a worse one under 1 in %s", requests(r.Canary.Requests), grouped(uint64(1/j.set.Beta+0.5)))
	return b.String()
}

func (j *Judge) sayContinue(r *Result, waits string) string {
	s := fmt.Sprintf("error rate %s against %s on the old version, %s; not decided yet: waiting for ",
		percent(rate(r.Canary.Errors, r.Canary.Requests)), percent(rate(r.Baseline.Errors, r.Baseline.Requests)),
		requests(r.Canary.Requests))
	switch waits {
	case errorsProof.String(), medianProof.String(), p90Proof.String(), p99Proof.String():
		s += fmt.Sprintf("more evidence on %s (%.0f %% of what is needed)", waits, math.Max(0, 100*r.Safety[0]/r.SafetyNeeded))
	case "the minimum bake":
		s += waits
	default:
		return strings.TrimSuffix(s, "waiting for ") + waits
	}
	return s
}
