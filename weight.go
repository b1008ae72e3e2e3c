package davit

import (
	"strconv"
	"strings"
)

// Weight is a share of traffic in hundredths of a percent: 0 … 10 000.
type Weight int

// Full is all of the traffic.
const Full Weight = 10_000

// Percent returns w for p percent, rounded to a hundredth.
func Percent(p float64) Weight { return Weight(p*100 + 0.5) }

// Fraction returns w as a number from 0 to 1.
func (w Weight) Fraction() float64 { return float64(w) / float64(Full) }

// String returns w in percent, such as "5 %" or "0.25 %".
func (w Weight) String() string {
	s := strconv.FormatFloat(float64(w)/100, 'f', 2, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".") + " %"
}
