// Command judge prints the operating curve of internal/judge as markdown: how
// often it cries wolf, how soon it sees harm, how soon it lets a healthy
// version through, and what a second costs.
//
//	go run ./bench/judge -runs 300
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
)

// outcome is what came of one made-up rollout.
type outcome struct {
	fail, pass, early int64 // second of the first FAIL, PASS and PASS at scale 20; -1: never
	bad               uint64
	seconds           int64
	cost              time.Duration
	why               string
}

// play runs one rollout. It goes on behind a PASS if stay is set.
func play(w world, seed uint64, history, end int64, stay bool) outcome {
	s, j := newSim(w, seed), judge.New(judge.Defaults())
	o := outcome{fail: -1, pass: -1, early: -1}
	for t := -history; t < end; t++ {
		in := s.step(t)
		begin := time.Now()
		r := j.Second(t, in)
		o.cost += time.Since(begin)
		o.seconds++
		if r.Safe(20) && o.early < 0 {
			o.early = t + 1
		}
		if r.Verdict == davit.Pass && o.pass < 0 {
			o.pass = t + 1
			if !stay {
				break
			}
		}
		if r.Verdict == davit.Fail {
			o.fail, o.why = t+1, r.Metric+": "+r.Why
			break
		}
	}
	o.bad = s.bad
	return o
}

func playAll(w world, runs int, history, end int64, stay bool) []outcome {
	out := make([]outcome, runs)
	var group sync.WaitGroup
	for part := range 2 {
		group.Go(func() {
			for i := part; i < runs; i += 2 {
				out[i] = play(w, uint64(i)+1, history, end, stay)
			}
		})
	}
	group.Wait()
	return out
}

func median(v []int64) string {
	if len(v) == 0 {
		return "–"
	}
	slices.Sort(v)
	return fmt.Sprint(v[len(v)/2])
}

// orLater puts what did not happen behind the end.
func orLater(t, end int64) int64 {
	if t < 0 {
		return end + 1
	}
	return t
}

// within is the median, or that it lies behind the end.
func within(v []int64, end int64) string {
	if slices.Sort(v); v[len(v)/2] > end {
		return fmt.Sprintf("> %d", end)
	}
	return median(v)
}

func share(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of)) }

type row struct {
	name string
	world
}

func main() {
	runs := flag.Int("runs", 300, "rollouts a cell")
	only := flag.String("only", "", "run only rows whose name contains this")
	verbose := flag.Bool("v", false, "print each false alarm")
	horizon := flag.Int64("horizon", 600, "seconds of a healthy rollout")
	flag.Parse()
	harmless(*runs, *horizon, *only, *verbose)
	harmful(*runs, *only)
	walks(*runs, *only)
}

func harmless(runs int, horizon int64, only string, verbose bool) {
	fmt.Println("| nothing is wrong | traffic, share | false alarms | passed in 10 min | to promote, median s | safe at scale 20, median s | µs a second |")
	fmt.Println("|---|---|---|---|---|---|---|")
	habits := []row{
		{"plain", world{errors: 0.001}},
		{"errors 1.2 %", world{errors: 0.012}},
		{"ramping share, drift", world{errors: 0.001, ramp: true}},
		{"bursts of errors", world{errors: 0.001, errorBurst: 1.0 / 300}},
		{"bursts of latency", world{errors: 0.001, slowBurst: 1.0 / 300}},
		{"retry storms", world{errors: 0.001, retries: 5}},
		{"cold start", world{errors: 0.001, cold: 3}},
		{"one sick old host", world{errors: 0.001, sick: true}},
		{"shared outage", world{errors: 0.001, outage: true}},
		{"heavy tail", world{errors: 0.001, sigma: 1.2}},
	}
	for _, h := range habits {
		for _, at := range [][2]float64{{50, 0.1}, {500, 0.05}, {500, 0.25}, {500, 0.5}, {2000, 0.05}} {
			if !strings.Contains(h.name, only) || (h.name != "plain" && (at[0] == 500 && at[1] > 0.3)) {
				continue
			}
			w := h.world
			w.rate, w.share = at[0], at[1]
			w.hosts = max(1, min(16, int(math.Round((1-w.share)/w.share))))
			out := playAll(w, runs, 300, horizon, true)
			alarms, passing := 0, 0
			var passed, early []int64
			var cost time.Duration
			var seconds int64
			for _, o := range out {
				if o.fail >= 0 {
					alarms++
					if verbose {
						fmt.Fprintln(os.Stderr, h.name, at, o.fail, o.why)
					}
				}
				if o.pass >= 0 {
					passing++
				}
				passed = append(passed, orLater(o.pass, horizon))
				early = append(early, orLater(o.early, horizon))
				cost += o.cost
				seconds += o.seconds
			}
			fmt.Printf("| %s | %.0f/s, %.0f %% | %s | %s | %s | %s | %.1f |\n", h.name, at[0], 100*at[1],
				share(alarms, runs), share(passing, runs), within(passed, horizon), within(early, horizon), float64(cost.Microseconds())/float64(seconds))
		}
	}
}

func harmful(runs int, only string) {
	fmt.Println()
	fmt.Println("| regression | traffic, share | caught | passed first | median s | 95th s | bad answers, median | × Wald |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	regressions := []row{
		{"everything fails", world{rate: 50, share: 0.1, fails: 1}},
		{"everything fails", world{rate: 200, share: 0.05, fails: 1}},
		{"everything fails", world{rate: 2000, share: 0.01, fails: 1}},
		{"errors +10 points", world{rate: 50, share: 0.1, fails: 0.1}},
		{"errors +5 points", world{rate: 500, share: 0.05, fails: 0.05}},
		{"errors +5 points", world{rate: 500, share: 0.25, fails: 0.05}},
		{"errors +2 points", world{rate: 50, share: 0.1, fails: 0.02}},
		{"errors +2 points", world{rate: 2000, share: 0.1, fails: 0.02}},
		{"errors +0.5 points", world{rate: 50, share: 0.1, fails: 0.005}},
		{"errors +0.5 points", world{rate: 2000, share: 0.1, fails: 0.005}},
		{"errors +5 points from minute 5", world{rate: 500, share: 0.05, fails: 0.05, onset: 300}},
		{"latency × 1.3", world{rate: 2000, share: 0.1, slower: 1.3}},
		{"latency × 2", world{rate: 2000, share: 0.1, slower: 2}},
		{"latency × 3", world{rate: 500, share: 0.05, slower: 3}},
		{"latency × 3", world{rate: 500, share: 0.25, slower: 3}},
		{"p99 × 3 (3 % of requests × 5)", world{rate: 500, share: 0.05, tail: 0.03, tailFor: 5}},
		{"p99 × 3 (3 % of requests × 5)", world{rate: 500, share: 0.25, tail: 0.03, tailFor: 5}},
		{"p99 × 3 (10 % of requests × 4)", world{rate: 500, share: 0.05, tail: 0.1, tailFor: 4}},
		{"p99 × 3 (10 % of requests × 4)", world{rate: 500, share: 0.25, tail: 0.1, tailFor: 4}},
		{"p99 × 2 (4 % of requests × 3)", world{rate: 2000, share: 0.1, tail: 0.04, tailFor: 3}},
		{"falls silent at second 5", world{rate: 500, share: 0.05, dark: 5}},
	}
	for _, h := range regressions {
		if !strings.Contains(h.name, only) {
			continue
		}
		h.errors = 0.001
		h.hosts = max(1, min(16, int(math.Round((1-h.share)/h.share))))
		out := playAll(h.world, runs, 300, 1800, h.onset > 0)
		passed := 0
		var caught, bad []int64
		for _, o := range out {
			if o.pass >= 0 && (o.fail < 0 || o.pass < o.fail) {
				passed++
			}
			if o.fail >= 0 {
				caught = append(caught, o.fail-h.onset)
				bad = append(bad, int64(o.bad))
			}
		}
		late := "–"
		if len(caught) > 0 {
			slices.Sort(caught)
			late = fmt.Sprint(caught[len(caught)*95/100])
		}
		wald := "–"
		if len(caught) > 0 && h.fails > 0 && h.fails < 1 {
			p, q := h.errors+h.fails, h.errors
			kl := p*math.Log(p/q) + (1-p)*math.Log((1-p)/(1-q))
			wald = fmt.Sprintf("%.1f", float64(caught[len(caught)/2])*kl*h.rate*h.share/math.Log(1000))
		}
		fmt.Printf("| %s | %.0f/s, %.0f %% | %s | %s | %s | %s | %s | %s |\n", h.name, h.rate, 100*h.share,
			share(len(caught), runs), share(passed, runs), median(caught), late, median(bad), wald)
	}
}

// walks prints how long a healthy version takes from 5 % to 100 %, with steps
// left as soon as the judge allows the next one.
func walks(runs int, only string) {
	fmt.Println()
	fmt.Println("| a whole rollout, 5 → 25 → 50 → 100 % | leaves 5 % after, median s | leaves 25 % | leaves 50 % | 95th s | false alarms |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, rate := range []float64{50, 200, 500, 2000} {
		if !strings.Contains("a whole rollout", only) {
			return
		}
		var left [3][]int64
		alarms := 0
		for i := range runs {
			at, failed := walk(rate, uint64(i)+1)
			if failed {
				alarms++
				continue
			}
			for k := range left {
				left[k] = append(left[k], at[k])
			}
		}
		m := [3]string{median(left[0]), median(left[1]), median(left[2])}
		last := left[2]
		fmt.Printf("| %.0f/s | %s | %s | %s | %d | %s |\n", rate, m[0], m[1], m[2], last[len(last)*95/100], share(alarms, runs))
	}
}

// walk returns the seconds at which the steps were left.
func walk(rate float64, seed uint64) (at [3]int64, failed bool) {
	steps := [...]struct{ share, scale float64 }{{0.05, 4}, {0.25, 2}, {0.5, 1}}
	s, j, step := newSim(world{rate: rate, errors: 0.001, hosts: 4, share: steps[0].share}, seed), judge.New(judge.Defaults()), 0
	for t := int64(-300); t < 3600; t++ {
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
		at[k] = 3600
	}
	return at, false
}
