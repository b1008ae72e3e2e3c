package experiment

import (
	"fmt"
	"math"
	"strings"
)

// Result is what an experiment shows at one moment.
type Result struct {
	Verdict     Verdict
	Winner      string // the variant to ship; empty unless Verdict is Ship
	Sentence    string // one plain sentence
	Arms        []ArmResult
	Ratio       Check
	Several     Check
	Comparisons []Comparison
	Sampled     float64 // share of the units that is kept and analysed; 1 until there are too many
}

// ArmResult is how many units a variant has.
type ArmResult struct {
	Name  string
	Units uint64
	Share float64 // that it has
	Meant float64 // that it should have
}

// Check is a test of the experiment itself.
type Check struct {
	Alarm bool
	P     float64 // sample ratio: χ²; units in several variants: their share
	Text  string
}

// Verdict is what to do.
type Verdict string

// The verdicts. Only Ship ever recommends a variant.
const (
	Ship         Verdict = "ship"         // a variant is better, and no guard is in doubt
	Keep         Verdict = "keep"         // every variant is worse, or does harm: keep control
	Inconclusive Verdict = "inconclusive" // hold: go on, or stop without a winner
	Distrust     Verdict = "distrust"     // the data are not to be believed: find out why first
)

// Analyze says what a log shows.
func Analyze(d Design, l *Log) Result {
	r := Result{Sampled: l.Sampled(), Verdict: Inconclusive}
	units, shares := l.Units(), make([]float64, len(d.Variants))
	var sum, meant float64
	for i, v := range d.Variants {
		shares[i] = v.Share
		sum += float64(units[i])
		meant += v.Share
	}
	for i, v := range d.Variants {
		r.Arms = append(r.Arms, ArmResult{Name: v.Name, Units: units[i], Share: float64(units[i]) / max(sum, 1), Meant: v.Share / meant})
	}
	r.Ratio = checkRatio(units, shares)
	r.Several = checkSeveral(l.Several(), sum)
	goals, guards := 0, 0
	for _, m := range d.Metrics {
		if m.Guard {
			guards++
		} else {
			goals++
		}
	}
	others := len(d.Variants) - 1
	alpha := d.Alpha * l.spend()
	for i := 1; i < len(d.Variants); i++ {
		for j, m := range d.Metrics {
			share := alpha / float64(max(goals, 1)*others)
			if m.Guard {
				share = alpha / float64(guards*others)
			}
			c := compare(m, l.sums(0, j), l.sums(i, j), share, d.Tuning, d.Units)
			c.Variant = d.Variants[i].Name
			r.Comparisons = append(r.Comparisons, c)
		}
	}
	r.decide(d)
	return r
}

func checkRatio(units []uint64, shares []float64) Check {
	c := Check{P: Ratio(units, shares), Text: "the variants have as many users as they should"}
	for _, u := range units {
		if u < ratioUnits {
			c.Text = "too few users to check the shares"
			return c
		}
	}
	if c.P < ratioP {
		c.Alarm = true
		c.Text = fmt.Sprintf("the variants do not have the shares they should (p = %.2g): assignment or logging is broken, and no result can be believed", c.P)
	}
	return c
}

func checkSeveral(several uint64, sum float64) Check {
	c := Check{P: float64(several) / max(sum+float64(several), 1), Text: "every user has seen one variant only"}
	if several > 0 {
		c.Text = fmt.Sprintf("%d users have seen several variants and are left out", several)
	}
	if several >= 10 && c.P > 0.01 {
		c.Alarm = true
		c.Text = fmt.Sprintf("%d users (%.1f %%) have seen several variants: the key that users are known by changes", several, 100*c.P)
	}
	return c
}

// decide puts the comparisons together.
func (r *Result) decide(d Design) {
	if r.Ratio.Alarm || r.Several.Alarm {
		r.Verdict = Distrust
		r.Sentence = r.Ratio.Text
		if !r.Ratio.Alarm {
			r.Sentence = r.Several.Text
		}
		return
	}
	bad, best := 0, math.Inf(-1)
	var harm, waits []string
	for _, v := range d.Variants[1:] {
		s := r.summarize(v.Name)
		if s.harm != "" {
			bad++
			harm = append(harm, s.harm)
			continue
		}
		if s.better != "" && s.unsafe == "" && s.low > best {
			best, r.Winner, r.Verdict = s.low, v.Name, Ship
			r.Sentence = s.better
		}
		if s.better != "" && s.unsafe != "" {
			waits = append(waits, s.better+"; but "+s.unsafe)
		}
	}
	switch {
	case r.Verdict == Ship:
	case bad == len(d.Variants)-1:
		r.Verdict = Keep
		r.Sentence = "Keep " + d.Variants[0].Name + ": " + strings.Join(harm, "; ") + "."
		return
	default:
		r.Sentence = "Not decided: " + strings.Join(append(waits, r.nearest()), "; ") + "."
		return
	}
	r.Sentence = "Ship " + r.Winner + ": " + r.Sentence + "."
}

// summary is what the comparisons of one variant come to.
type summary struct {
	better, harm, unsafe string
	low                  float64 // lower bound of the best goal's lift
}

func (r *Result) summarize(variant string) summary {
	s := summary{low: math.Inf(-1)}
	for _, c := range r.Comparisons {
		if c.Variant != variant {
			continue
		}
		switch c.Finding {
		case Worse, Harmed:
			s.harm = c.sentence()
		case Better:
			s.better = c.sentence()
			s.low = max(s.low, c.Lift.Low, -c.Lift.High)
		case Unclear, Scarce:
			if c.Guard {
				s.unsafe = fmt.Sprintf("it is not shown yet that %s of %s is no worse", c.Metric, c.Variant)
			}
		case Safe:
		}
	}
	return s
}

// nearest speaks of the comparison with the most data.
func (r *Result) nearest() string {
	for _, c := range r.Comparisons {
		if !c.Guard && c.Finding != Scarce {
			return c.sentence()
		}
	}
	return "there are too few users yet"
}

// sentence says it in words.
func (c Comparison) sentence() string {
	if c.Control > 0 {
		return fmt.Sprintf("%s of %s is %s against %s of control, %s (between %s and %s)",
			c.Metric, c.Variant, figure(c.Value), figure(c.Control), percent(c.Lift.Value), percent(c.Lift.Low), percent(c.Lift.High))
	}
	return fmt.Sprintf("%s of %s is %s against %s of control, %+.3g (between %+.3g and %+.3g)",
		c.Metric, c.Variant, figure(c.Value), figure(c.Control), c.Effect.Value, c.Effect.Low, c.Effect.High)
}

func figure(x float64) string { return fmt.Sprintf("%.4g", x) }

func percent(x float64) string {
	return strings.Replace(fmt.Sprintf("%+.1f %%", 100*x), "-", "−", 1)
}
