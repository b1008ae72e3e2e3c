package davit

// Verdict is the judge's answer about a new version.
type Verdict string

// The verdicts. Only Pass ever lets a version advance; NoData never does.
const (
	Pass     Verdict = "pass"     // shown to be no worse than the margin
	Fail     Verdict = "fail"     // shown to be worse
	Continue Verdict = "continue" // not decided yet
	NoData   Verdict = "nodata"   // cannot be decided: no, stale or one-sided traffic
)
