package judge

import (
	"encoding/json"
	"math"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Settings say what counts as harm, what counts as safe and how sure the judge
// must be. A zero or senseless field takes its default.
type Settings struct {
	Alpha        float64 // bound on P(ever FAIL | not worse), over the whole rollout, all metrics, all looks
	Beta         float64 // bound on P(ever PASS at a scale | worse than the margin of that scale)
	Margin       float64 // errors at scale 1, as a fraction: 0.005 is half a point
	MinDiff      float64 // least difference of error rates for a FAIL, as a fraction
	MinRatio     float64 // least ratio of error rates for a FAIL
	LatencyRatio float64 // least ratio of latencies for a FAIL
	MinBake      int     // seconds of live traffic before the first PASS at scale 1
	Warmup       int     // seconds, the most that is excused of a cold process; negative: nothing
	Burst        int     // seconds that one instance may be unwell by itself without fault; negative: none
	MinRequests  int     // of the new version before any PASS
	Guard        bool    // there is no concurrent baseline by design: only guard, never PASS
}

// Defaults returns the settings used where davit.yaml says nothing.
func Defaults() Settings {
	return Settings{
		Alpha: 0.001, Beta: 0.01, Margin: 0.005, MinDiff: 0.0005, MinRatio: 1.2,
		LatencyRatio: 1.1, MinBake: 10, Warmup: 90, Burst: 20, MinRequests: 50,
	}
}

// FromSpec returns the settings of an environment.
func FromSpec(j spec.Judge) Settings {
	s := Settings{
		Alpha: j.Alpha, Beta: j.Beta, Margin: j.Margin, MinDiff: j.MinDiff, MinRatio: j.MinRatio,
		LatencyRatio: j.LatencyRatio, MinBake: int(math.Ceil(j.MinBake.Seconds())),
		Warmup: int(math.Ceil(j.Warmup.Seconds())), Burst: int(math.Ceil(j.Burst.Seconds())), MinRequests: j.MinRequests,
	}
	if j.Alpha > 0 { // resolved by the spec room: a zero is meant
		if j.Warmup == 0 {
			s.Warmup = -1
		}
		if j.Burst == 0 {
			s.Burst = -1
		}
		s.MinBake, s.MinRequests = max(1, s.MinBake), max(1, s.MinRequests)
	}
	return s.resolved()
}

// Hash names the settings, and the revision of the tests, that a verdict was
// given under.
func (s Settings) Hash() davit.Digest {
	body, err := json.Marshal(struct {
		Revision int
		Settings Settings
	}{revision, s.resolved()})
	if err != nil { // numbers and a bool after resolved: cannot happen
		return ""
	}
	return davit.DigestOf(body)
}

// revision counts changes of the tests that change verdicts.
const revision = 3

func (s Settings) resolved() Settings {
	d := Defaults()
	within := func(v *float64, low, high, otherwise float64) {
		if !(*v >= low && *v <= high) { // false for NaN as well
			*v = otherwise
		}
	}
	within(&s.Alpha, 1e-9, 0.2, d.Alpha)
	within(&s.Beta, 1e-9, 0.2, d.Beta)
	within(&s.Margin, 1e-5, 0.5, d.Margin)
	within(&s.MinDiff, 1e-9, 0.5, d.MinDiff)
	within(&s.MinRatio, 1, 100, d.MinRatio)
	within(&s.LatencyRatio, 1, 100, d.LatencyRatio)
	if s.MinBake <= 0 {
		s.MinBake = d.MinBake
	}
	if s.Warmup == 0 {
		s.Warmup = d.Warmup
	}
	if s.Burst == 0 {
		s.Burst = d.Burst
	}
	s.Burst = min(s.Burst, 3600)
	if s.MinRequests <= 0 {
		s.MinRequests = d.MinRequests
	}
	return s
}
