package davit

import "time"

// Plan is a strategy compiled for one rollout: the steps it walks through.
// Weights never fall from one step to the next and the last step is Full.
type Plan struct {
	Strategy string // "canary", "rolling" …
	Steps    []Step
	Settle   time.Duration // how long the old version stays warm, watched, after the last step
}

// Step is one station of a rollout: what runs and where traffic goes, how long
// it is held, and whether the judge must pass it.
type Step struct {
	Name     string        // for people: "5 %", "dark", "mirror 100 %", "group beta"
	Capacity int           // instances of the new version
	StopOld  bool          // recreate only: the old version is stopped before the new one starts
	Weight   Weight        // share of requests that goes to the new version
	Match    []Match       // requests that go to the new version whatever the weight
	Mirror   Weight        // share of requests copied to the new version, answers dropped
	Hold     time.Duration // the least time in this step
	Judge    Judging       // what the judge must have said before the step is left
	Deadline time.Duration // the most time in this step before the default way out
	Approve  bool          // a person must promote out of this step
}

// Judging says what a step asks of the judge.
type Judging string

// The kinds of judging.
const (
	JudgeNone   Judging = ""       // only health, crash loops and absolute guards
	JudgePass   Judging = "pass"   // leave only on a PASS against the old version's live traffic
	JudgeWatch  Judging = "watch"  // leave when Hold is over, unless it FAILs
	JudgeMirror Judging = "mirror" // leave on a PASS of the mirrored copies against the originals
)

// Match is a condition on a request; all its set fields must hold.
type Match struct {
	Header string // header name; Value must equal, or Values contain, the header
	Cookie string // cookie name
	Path   string // path prefix
	Values []string
}
