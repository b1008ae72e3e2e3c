package ramp

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Plan is what a ramp walks through.
type Plan struct {
	Variant string        // the variant that grows
	Control string        // the variant that everybody else has
	Steps   []Stage       // shares grow from one to the next
	Back    Back          // what a FAIL does
	Overdue Overdue       // what happens at a step's deadline without a PASS
	Cool    time.Duration // how long a flag that failed must rest before the next ramp; default 10 minutes
}

// Stage is one step of the plan.
type Stage struct {
	Share    davit.Weight  // of the users who get the variant
	Hold     time.Duration // the least time in this step
	Judge    davit.Judging // JudgePass, JudgeWatch or JudgeNone
	Deadline time.Duration // the most time before the step is overdue; 0: an hour longer than Hold
	Samples  uint64        // requests or reported exposures each arm must have had in this step
	Approve  bool          // a person must let the ramp out of this step
}

// Back says what a FAIL, an abort or an overdue step does.
type Back string

// The ways back.
const (
	ToNobody   Back = "nobody"   // the default: share 0, everybody has what they had before the ramp
	ToPrevious Back = "previous" // the share of the last step that passed
	ToOff      Back = "off"      // the flag is switched off: everybody has the off variant, named users too
)

// Overdue says what a step's deadline does.
type Overdue string

// The ways out of a step that nobody passed.
const (
	OverdueHold Overdue = "hold" // the default: stay, tell people, again and again
	OverdueBack Overdue = "back" // go back as after a FAIL
)

// deadline of a stage, counted from the confirmation of its share.
func (s Stage) deadline() time.Duration {
	if s.Deadline > 0 {
		return max(s.Deadline, s.Hold)
	}
	return s.Hold + time.Hour
}

// Steps returns the plan of steps 1, 5, 25, 50 and 100 %, each held for so long
// and left only on a PASS; the last one is watched.
func Steps(hold time.Duration, samples uint64) []Stage {
	var all []Stage
	for _, percent := range []float64{1, 5, 25, 50} {
		all = append(all, Stage{Share: davit.Percent(percent), Hold: hold, Judge: davit.JudgePass, Samples: samples})
	}
	return append(all, Stage{Share: davit.Full, Hold: hold, Judge: davit.JudgeWatch})
}

// Linear returns a ramp by time: from nobody to everybody in n equal steps over
// a span, each watched. The judge and the gates can hold it or take it back; it
// waits for no PASS. n is brought into 1 … 1000.
func Linear(over time.Duration, n int) []Stage {
	n = min(max(n, 1), 1000)
	all := make([]Stage, n)
	for i := range all {
		share := davit.Weight((int64(davit.Full)*int64(i+1) + int64(n)/2) / int64(n))
		all[i] = Stage{Share: share, Hold: over / time.Duration(n), Judge: davit.JudgeWatch}
	}
	return all
}

// maxSteps bounds a plan.
const maxSteps = 1000

// Check says what is wrong with a plan, nil if nothing is.
func (p Plan) Check() error {
	bad := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Invalid, Text: "ramp: " + fmt.Sprintf(format, args...)}
	}
	switch {
	case p.Variant == "":
		return bad("no variant is named that is to grow")
	case p.Variant == p.Control:
		return bad("%q is both the variant that grows and the one that everybody has", p.Variant)
	case len(p.Steps) == 0 || len(p.Steps) > maxSteps:
		return bad("a plan has 1 to %d steps, not %d", maxSteps, len(p.Steps))
	case p.Back != "" && p.Back != ToNobody && p.Back != ToPrevious && p.Back != ToOff:
		return bad("back is %q, not nobody, previous or off", p.Back)
	case p.Overdue != "" && p.Overdue != OverdueHold && p.Overdue != OverdueBack:
		return bad("overdue is %q, not hold or back", p.Overdue)
	case p.Cool < 0:
		return bad("cool is negative")
	}
	last := davit.Weight(0)
	for i, s := range p.Steps {
		switch {
		case s.Share <= last || s.Share > davit.Full:
			return bad("step %d has share %s: shares grow from step to step, up to 100 %%", i+1, s.Share)
		case s.Hold < 0 || s.Deadline < 0:
			return bad("step %d has a negative time", i+1)
		case s.Judge != davit.JudgeNone && s.Judge != davit.JudgePass && s.Judge != davit.JudgeWatch:
			return bad("step %d asks the judge for %q, not pass, watch or nothing", i+1, s.Judge)
		}
		last = s.Share
	}
	return nil
}
