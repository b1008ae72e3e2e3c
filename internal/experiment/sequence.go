package experiment

import "math"

// rho2 is ρ², the tuning of a confidence sequence that makes it narrowest after
// about so many units (eq. 161 of arXiv 2103.06476).
func rho2(alpha, tuning float64) float64 {
	x := -2 * math.Log(alpha)
	return (x + math.Log(x+1)) / tuning
}

// twoSided is by how many standard errors of the estimate a confidence sequence
// reaches to either side after n units (eq. 9: σ√n·… divided by σ/√n).
func twoSided(n, alpha, tuning float64) float64 {
	t := n * rho2(alpha, tuning)
	return math.Sqrt(2 * (t + 1) / t * math.Log(math.Sqrt(t+1)/alpha))
}

// oneSided is the same where only one side matters (eq. 134).
func oneSided(n, alpha, tuning float64) float64 {
	t := n * rho2(2*alpha, tuning)
	return math.Sqrt(2 * (t + 1) / t * math.Log1p(math.Sqrt(t+1)/(2*alpha)))
}

// normal is the standard normal distribution function.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
