package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// row is one line of the table.
type row struct {
	what   string
	figure string
	target string
	met    string // "yes", "no", or "–" where there is nothing to meet
}

func (r row) String() string {
	if r.met == "" {
		r.met = "–"
	}
	return fmt.Sprintf("| %s | %s | %s | %s |", r.what, r.figure, r.target, r.met)
}

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "no"
}

// spread is a set of repetitions.
type spread []time.Duration

// at returns the q quantile, by the nearest rank; 0 if there is nothing.
func (s spread) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Clone(s)
	slices.Sort(sorted)
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func (s spread) most() time.Duration { return s.at(1) }

func (s spread) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, max %s (n = %d)", show(s.at(0.5)), show(s.at(0.99)), show(s.most()), len(s))
}

// show writes a duration with three digits.
func show(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
}
