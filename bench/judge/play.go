package main

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
)

// outcome is what came of one made-up rollout.
type outcome struct {
	seed              uint64
	fail, pass, early int64 // second of the first FAIL, PASS and PASS at scale 20; -1: never
	beyond            bool  // a PASS after the new version had fallen silent
	bad, served       uint64
	why               string
}

// play runs one rollout. It goes on behind a PASS if stay is set.
func play(w world, seed uint64, end int64, stay bool) outcome {
	s, j := newSim(w, seed), judge.New(judge.Defaults())
	o := outcome{seed: seed, fail: -1, pass: -1, early: -1}
	for t := -s.history; t < end; t++ {
		r := j.Second(t, s.step(t))
		if r.Safe(20) && o.early < 0 {
			o.early = t + 1
		}
		if r.Verdict == davit.Pass && o.pass < 0 {
			o.pass = t + 1
			o.beyond = s.dark > 0 && t >= s.dark+3
			if !stay {
				break
			}
		}
		if r.Verdict == davit.Fail {
			o.fail, o.why = t+1, r.Metric+": "+r.Why
			break
		}
	}
	o.bad, o.served = s.bad, s.served
	return o
}

// bench says how much is simulated.
type bench struct {
	seed    uint64 // of the first rollout of each cell
	workers int
	only    *regexp.Regexp // of a row's name and place
	verbose bool
}

// all runs several rollouts, over the cores. The outcomes do not depend on how
// many there are.
func (b *bench) all(runs int, one func(seed uint64) outcome) []outcome {
	out := make([]outcome, runs)
	next := make(chan int)
	var group sync.WaitGroup
	for range max(1, b.workers) {
		group.Go(func() {
			for i := range next {
				out[i] = one(b.seed + uint64(i))
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	group.Wait()
	return out
}

// place is how tables write where the traffic goes.
func (w world) place() string {
	return fmt.Sprintf("%.0f/s, %.0f %% | %d", w.rate, 100*w.share, w.hosts)
}

// wanted reports whether a row is asked for.
func (b *bench) wanted(name string, w world) bool {
	return b.only.MatchString(name + " | " + w.place())
}
