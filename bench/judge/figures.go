package main

import (
	"fmt"
	"math"
	"slices"
)

// orLater puts what did not happen behind the end.
func orLater(t, end int64) int64 {
	if t < 0 {
		return end + 1
	}
	return t
}

// quantile is a quantile of seconds, or that it lies behind the end.
func quantile(v []int64, q float64, end int64) string {
	if len(v) == 0 {
		return "–"
	}
	slices.Sort(v)
	at := v[min(len(v)-1, int(q*float64(len(v))))]
	if at > end {
		return fmt.Sprintf("> %d", end)
	}
	return fmt.Sprint(at)
}

// counted is a share with the bound that the true one stays below with 95 %
// confidence: "0 of 1000 (≤ 0.3 %)".
func counted(k, n int) string {
	return fmt.Sprintf("%d of %d (≤ %.2g %%)", k, n, 100*upper(k, n))
}

// upper is the one-sided 95 % bound of Clopper and Pearson (1934): the share at
// which k or fewer of n are seen in one case of twenty.
func upper(k, n int) float64 {
	if k >= n {
		return 1
	}
	low, high := float64(k)/float64(n), 1.0
	for range 60 {
		p, sum := (low+high)/2, 0.0
		for i := range k + 1 {
			a, _ := math.Lgamma(float64(n + 1))
			b, _ := math.Lgamma(float64(i + 1))
			c, _ := math.Lgamma(float64(n - i + 1))
			sum += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		}
		if sum > 0.05 {
			low = p
		} else {
			high = p
		}
	}
	return high
}
