package experiment

import "math"

// Interval is an estimate with what it may be, at all looks together.
type Interval struct{ Value, Low, High float64 }

// Comparison is one metric of one variant against control.
type Comparison struct {
	Variant string
	Metric  string
	Guard   bool
	Control float64  // the metric's value in control
	Value   float64  // and in the variant
	Effect  Interval // difference, in the metric's unit
	Lift    Interval // relative to control; NaN-free: zero where control is zero
	Chance  float64  // that the variant is better, from a flat prior and today's data alone: to read, not to decide by
	Finding Finding
	Units   [2]uint64 // control, variant
}

// Finding is what a comparison shows.
type Finding string

// What a comparison can show.
const (
	Better  Finding = "better"  // goal: better by more than the least effect
	Worse   Finding = "worse"   // goal: worse
	Safe    Finding = "safe"    // guard: not worse by more than the margin
	Harmed  Finding = "harmed"  // guard: worse
	Unclear Finding = "unclear" // the data do not say
	Scarce  Finding = "scarce"  // there are too few units to say anything
)

// compare a variant with control. alpha is this comparison's share.
func compare(m Metric, control, variant Sums, alpha, tuning float64, least uint64) Comparison {
	c := Comparison{Metric: m.Name, Guard: m.Guard, Finding: Scarce, Units: [2]uint64{control.N, variant.N}}
	a, va, okA := control.estimate(m.Kind)
	b, vb, okB := variant.estimate(m.Kind)
	c.Control, c.Value = a, b
	if control.N < least || variant.N < least || !okA && !okB {
		return c
	}
	n := float64(control.N + variant.N)
	se := math.Sqrt(va + vb)
	width := twoSided(n, alpha, tuning) * se
	c.Effect = Interval{b - a, b - a - width, b - a + width}
	sign := 1.0
	if m.Down {
		sign = -1
	}
	c.Chance = normal(sign * (b - a) / se)
	if a > 0 {
		// (b − a)/a by the delta method.
		w := twoSided(n, alpha, tuning) * math.Sqrt(vb/(a*a)+b*b*va/(a*a*a*a))
		c.Lift = Interval{b/a - 1, b/a - 1 - w, b/a - 1 + w}
	}
	c.Finding = find(m, a, b, va, vb, sign, n, alpha, tuning)
	return c
}

// find tests b − k·a, a sum of independent means whatever k is: no division by
// an uncertain control.
func find(m Metric, a, b, va, vb, sign, n, alpha, tuning float64) Finding {
	beyond := func(k, z float64) bool { return sign*(b-k*a) > z*math.Sqrt(vb+k*k*va) }
	under := func(k, z float64) bool { return sign*(b-k*a) < -z*math.Sqrt(vb+k*k*va) }
	if !m.Guard {
		z := twoSided(n, alpha, tuning)
		switch {
		case beyond(1+sign*m.Effect, z):
			return Better
		case under(1, z):
			return Worse
		}
		return Unclear
	}
	z := oneSided(n, alpha, tuning)
	switch {
	case under(1, z):
		return Harmed
	case beyond(1-sign*m.Margin, z):
		return Safe
	}
	return Unclear
}
