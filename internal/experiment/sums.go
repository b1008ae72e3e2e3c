package experiment

import "math"

// Sums is what is known of one metric in one variant: y is a unit's number, d
// what it is divided by (ratios only).
type Sums struct {
	N                uint64 // units, those without an event too
	Y, YY, D, DD, YD float64
}

// add puts one unit's numbers in (sign 1) or takes them out (sign −1).
func (s *Sums) add(y, d, sign float64) {
	s.Y += sign * y
	s.YY += sign * y * y
	s.D += sign * d
	s.DD += sign * d * d
	s.YD += sign * y * d
}

// estimate returns the metric's value and the variance of that estimate. A
// ratio's is by the delta method: Var(Ȳ/D̄) ≈ (σy² − 2rσyd + r²σd²) / (n D̄²).
func (s *Sums) estimate(k Kind) (value, variance float64, ok bool) {
	n := float64(s.N)
	if n < 2 {
		return 0, 0, false
	}
	y := s.Y / n
	vy := covariance(s.YY, s.Y, s.Y, n)
	if k == Conversion {
		vy = y * (1 - y)
		if vy <= 0 { // nobody or everybody: as if one more of each had come, else it would be certain
			p := (s.Y + 1) / (n + 2)
			vy = p * (1 - p)
		}
	}
	if k != Quotient {
		return y, vy / n, vy > 0
	}
	d := s.D / n
	if d == 0 {
		return 0, 0, false
	}
	r := y / d
	v := vy - 2*r*covariance(s.YD, s.Y, s.D, n) + r*r*covariance(s.DD, s.D, s.D, n)
	return r, v / (n * d * d), v > 0 && !math.IsInf(v, 0)
}

// covariance of two columns of n rows from their product's sum and own sums,
// unbiased.
func covariance(product, a, b, n float64) float64 {
	return (product - a*b/n) / (n - 1)
}
