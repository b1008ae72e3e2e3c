package main

import (
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
)

// promote prints how long a healthy version takes to be shown safe.
func (b *bench) promote(runs int) {
	const end = 1800
	fmt.Println("\n| promotion of a healthy version | old hosts | median s | 95th s | false alarms |")
	fmt.Println("|---|---|---|---|---|")
	for _, at := range []place{{50, 0.1, 0}, {50, 0.25, 0}, {50, 0.5, 0}, {200, 0.05, 0}, {200, 0.25, 0}, {500, 0.05, 0}, {500, 0.25, 0}, {500, 0.5, 0}, {800, 0.2, 2}, {2000, 0.05, 0}, {2000, 0.25, 0}} {
		w := world{rate: at.rate, share: at.share, hosts: at.hosts}.resolved()
		if !b.wanted("promotion", w) {
			continue
		}
		out := b.all(runs, func(seed uint64) outcome { return play(w, seed, end, false) })
		var passed []int64
		alarms := 0
		for _, o := range out {
			passed = append(passed, orLater(o.pass, end))
			if o.fail >= 0 {
				alarms++
			}
		}
		fmt.Printf("| %s | %s | %s | %s |\n", w.place(), quantile(passed, 0.5, end), quantile(passed, 0.95, end), counted(alarms, runs))
	}
}

// walks prints how long a healthy version takes from 5 % to 100 %, with steps
// left as soon as the judge allows the next one.
func (b *bench) walks(runs int) {
	fmt.Println("\n| a whole rollout, 5 → 25 → 50 → 100 % | leaves 5 % after, median s | leaves 25 % | leaves 50 % | 95th s | false alarms |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, rate := range []float64{50, 200, 500, 2000} {
		if !b.wanted("walk", world{rate: rate, share: 0.05, hosts: 4}) {
			continue
		}
		at := make([][3]int64, runs)
		out := b.all(runs, func(seed uint64) outcome {
			left, failed := walk(rate, seed)
			at[seed-b.seed] = left
			o := outcome{fail: -1}
			if failed {
				o.fail = 1
			}
			return o
		})
		var left [3][]int64
		alarms := 0
		for i, o := range out {
			if o.fail >= 0 {
				alarms++
				continue
			}
			for k := range left {
				left[k] = append(left[k], at[i][k])
			}
		}
		fmt.Printf("| %.0f/s | %s | %s | %s | %s | %s |\n", rate, quantile(left[0], 0.5, mostWalk), quantile(left[1], 0.5, mostWalk), quantile(left[2], 0.5, mostWalk),
			quantile(left[2], 0.95, mostWalk), counted(alarms, runs))
	}
}

// mostWalk is when a walk is given up, in seconds.
const mostWalk = 3600

// walk returns the seconds at which the steps were left.
func walk(rate float64, seed uint64) (at [3]int64, failed bool) {
	steps := [...]struct{ share, scale float64 }{{0.05, 4}, {0.25, 2}, {0.5, 1}}
	s, j, step := newSim(world{rate: rate, hosts: 4, share: steps[0].share}, seed), judge.New(judge.Defaults()), 0
	for t := -s.history; t < mostWalk; t++ {
		r := j.Second(t, s.step(t))
		if r.Verdict == davit.Fail {
			return at, true
		}
		if t >= 0 && r.Safe(steps[step].scale) {
			at[step] = t + 1
			if step++; step == len(steps) {
				return at, false
			}
			s.share = steps[step].share
		}
	}
	for k := step; k < len(steps); k++ {
		at[k] = mostWalk + 1
	}
	return at, false
}
