package experiment

import "math"

// Thresholds of the sample ratio check.
const (
	ratioP     = 0.001 // a mismatch is believed below this
	ratioUnits = 8     // units each variant must have
)

// Ratio compares how many units each variant has with the shares it should
// have, by Pearson's χ². Shares need not add up to 1. A share of 0 with units
// gives p = 0.
func Ratio(units []uint64, shares []float64) (p float64) {
	n, sum := totals(units, shares)
	if n == 0 || sum == 0 {
		return 1
	}
	x, degrees := 0.0, -1
	for i, u := range units {
		if shares[i] == 0 {
			if u > 0 {
				return 0
			}
			continue
		}
		expected := n * shares[i] / sum
		x += (float64(u) - expected) * (float64(u) - expected) / expected
		degrees++
	}
	if degrees < 1 {
		return 1
	}
	return chi2Above(x, float64(degrees))
}

// RatioEvidence is the evidence against the shares that holds at all looks
// together: an e-process, so it exceeds 1000 with a probability of at most
// 0.001 if the shares are right, however often one looks. It is the Bayes
// factor of a Dirichlet prior centred at the shares (Lindon and Malek 2022);
// the result is its natural logarithm.
func RatioEvidence(units []uint64, shares []float64) float64 {
	const concentration = 1000 // how sharply the prior expects small mismatches
	n, sum := totals(units, shares)
	if n == 0 || sum == 0 {
		return 0
	}
	e := lgamma(concentration) - lgamma(concentration+n)
	for i, u := range units {
		share := shares[i] / sum
		if share == 0 {
			if u > 0 {
				return math.Inf(1)
			}
			continue
		}
		prior := concentration * share
		e += lgamma(prior+float64(u)) - lgamma(prior) - float64(u)*math.Log(share)
	}
	return e
}

func totals(units []uint64, shares []float64) (n, sum float64) {
	for i, u := range units {
		n += float64(u)
		sum += shares[i]
	}
	return n, sum
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// chi2Above is the probability that a χ² variable of k degrees exceeds x: the
// upper regularized incomplete gamma function Q(k/2, x/2), by its series below
// the mean and its continued fraction above (Lentz), to 1e-14.
func chi2Above(x, k float64) float64 {
	a, z := k/2, x/2
	if z <= 0 {
		return 1
	}
	scale := math.Exp(-z + a*math.Log(z) - lgamma(a))
	if z < a+1 {
		term := 1 / a
		sum := term
		for i := 1.0; i < 1000 && term > sum*1e-15; i++ {
			term *= z / (a + i)
			sum += term
		}
		return 1 - sum*scale
	}
	const tiny = 1e-300
	b := z + 1 - a
	c := 1 / tiny
	d := 1 / b
	h := d
	for i := 1.0; i < 1000; i++ {
		an := -i * (i - a)
		b += 2
		d = 1 / orTiny(an*d+b, tiny)
		c = orTiny(b+an/c, tiny)
		h *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return scale * h
}

func orTiny(x, tiny float64) float64 {
	if math.Abs(x) < tiny {
		return tiny
	}
	return x
}
