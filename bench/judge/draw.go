package main

import (
	"math"
	"math/rand/v2"
)

// quantiles16k are the quantiles of the standard normal distribution at the
// middles of 2^14 equal parts. Latencies are drawn from them: the tail beyond
// 1 in 16,384 is cut, which no threshold here looks at.
func quantiles16k() []float64 {
	const n = 1 << 14
	z := make([]float64, n)
	for i := range z {
		z[i] = math.Sqrt2 * math.Erfinv(2*(float64(i)+0.5)/n-1)
	}
	return z
}

var normals = quantiles16k()

// poisson draws from the Poisson distribution: by counting for small means, by
// transformed rejection (Hörmann 1993, PTRS) for the others.
func poisson(rng *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean < 12 {
		limit, n, p := math.Exp(-mean), 0, rng.Float64()
		for p > limit {
			p *= rng.Float64()
			n++
		}
		return n
	}
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	inverse := 1.1239 + 1.1328/(b-3.4)
	sure := 0.9277 - 3.6224/(b-2)
	for {
		u, v := rng.Float64()-0.5, rng.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= sure {
			return int(k)
		}
		if k < 0 || (us < 0.013 && v > us) {
			continue
		}
		gamma, _ := math.Lgamma(k + 1)
		if math.Log(v*inverse/(a/(us*us)+b)) <= k*math.Log(mean)-mean-gamma {
			return int(k)
		}
	}
}

// binomial draws how many of n happen that happen with chance p each, by
// inversion; request by request where that would underflow.
func binomial(rng *rand.Rand, n int, p float64) int {
	switch {
	case p <= 0 || n == 0:
		return 0
	case p >= 1:
		return n
	}
	none := float64(n) * math.Log1p(-p)
	if none < -700 {
		k := 0
		for range n {
			if rng.Float64() < p {
				k++
			}
		}
		return k
	}
	u, term, odds := rng.Float64(), math.Exp(none), p/(1-p)
	for k := range n {
		if u -= term; u < 0 {
			return k
		}
		term *= odds * float64(n-k) / float64(k+1)
	}
	return n
}

// latencies draws n of them into lag, as bucket numbers: normal with the given
// middle and width, and a share tail of them moved by far.
func latencies(rng *rand.Rand, lag *[128]uint32, n int, middle, width, tail, far float64) {
	if tail > 0 {
		for range n {
			b := middle + width*normals[rng.Uint64()&(1<<14-1)]
			if rng.Float64() < tail {
				b += far
			}
			lag[bucket(b)]++
		}
		return
	}
	for n > 0 {
		word := rng.Uint64()
		for range min(4, n) { // four draws from one word
			b := middle + width*normals[word&(1<<14-1)]
			word >>= 16
			lag[bucket(b)]++
		}
		n -= 4
	}
}

// bucket keeps a bucket number in the histogram.
func bucket(b float64) int {
	switch {
	case b < 0:
		return 0
	case b >= 127:
		return 127
	}
	return int(b)
}
