package judge

import "github.com/davit-cd/davit"

// Tally is what one version did in live traffic.
type Tally struct {
	Requests, Errors uint64  // since the rollout began
	RecentRequests   uint64  // in the last minute
	RecentErrors     uint64  // in the last minute
	Median, P90, P99 float64 // milliseconds, lately; 0 where not known
}

// Result is what the judge says after a second.
type Result struct {
	Second  int64
	Verdict davit.Verdict // PASS means: at scale 1
	Final   bool          // FAIL stays; a PASS may be taken back by what follows
	Metric  string        // the metric that decided, or the one that is waited for
	Why     string        // one plain sentence with numbers

	Harm         float64              // log10 of the evidence that the new version is worse
	HarmNeeded   float64              // log10 of what convicts
	Safety       [len(scales)]float64 // log10 of the evidence of safety at each scale, weakest proof
	SafetyNeeded float64              // log10 of what passes
	PassedMargin float64              // smallest error margin that is passed now, as a fraction; 0: none
	Clustering   float64              // φ: by how much evidence on the metric is divided
	Effect       Effect               // on Metric
	Canary       Tally
	Baseline     Tally
	Guarding     bool  // there is no concurrent baseline: FAIL is possible, PASS is not
	Incident     bool  // the baseline is far from its own normal
	Warming      bool  // the latency of a cold process is being excused
	Err          error // the second was refused as input; it left no trace in the evidence

	passed uint8 // bit i: scale i
}

// Safe reports whether the new version is shown to be no worse than scale
// times the margin: enough to enter a step that 1/scale of the users see. It
// answers for the largest scale of the grid 1, 2, 4, 10, 20 that is not above
// the one asked for.
func (r Result) Safe(scale float64) bool {
	for i := len(scales) - 1; i >= 0; i-- {
		if scales[i] <= scale*(1+1e-9) {
			return r.passed&(1<<i) != 0
		}
	}
	return false
}

// SafetyAt returns the evidence of safety, as log10, at the scale that Safe
// answers for.
func (r Result) SafetyAt(scale float64) float64 {
	for i := len(scales) - 1; i >= 0; i-- {
		if scales[i] <= scale*(1+1e-9) {
			return r.Safety[i]
		}
	}
	return r.Safety[0]
}
