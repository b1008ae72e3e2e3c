package main

import (
	"fmt"
	"os"
)

// row is a world with a name.
type row struct {
	name string
	world
}

// habits are services with nothing wrong with the new version. The thresholds
// of the judge were chosen with an eye on the first ten; the others are worlds
// that it was not fitted to.
func habits() []row {
	return []row{
		{"plain", world{}},
		{"errors 1.2 %", world{errors: 0.012}},
		{"ramping share, drift", world{ramp: true}},
		{"bursts of errors", world{errorBurst: 1.0 / 300}},
		{"bursts of latency", world{slowBurst: 1.0 / 300}},
		{"retry storms", world{retries: 5}},
		{"cold start", world{cold: 3}},
		{"one sick old host", world{sick: true}},
		{"shared outage", world{outage: true}},
		{"heavy tail", world{sigma: 1.2}},
	}
}

func strange() []row {
	return []row{
		{"rare bursts of errors", world{errorBurst: 1.0 / 1200}},
		{"rare bursts of latency", world{slowBurst: 1.0 / 1200}},
		{"long bursts of errors", world{errorBurst: 1.0 / 300, burst: [2]int64{10, 30}}},
		{"long bursts of latency", world{slowBurst: 1.0 / 300, burst: [2]int64{10, 30}, burstSlow: 2}},
		{"short bursts of errors", world{errorBurst: 1.0 / 60, burst: [2]int64{1, 3}, burstFails: 0.4}},
		{"short bursts of latency", world{slowBurst: 1.0 / 60, burst: [2]int64{1, 3}, burstSlow: 8}},
		{"storms of storms", world{retries: 20}},
		{"busy for a minute", world{busy: 5}},
		{"busy all the time", world{busy: 2, always: true}},
	}
}

// place is traffic on a number of old instances.
type place struct {
	rate, share float64
	hosts       int // 0: as many as the share asks for
}

var (
	usual = []place{{50, 0.1, 0}, {200, 0.05, 0}, {500, 0.1, 0}, {2000, 0.05, 0}}
	few   = []place{{50, 0.25, 3}, {500, 0.25, 3}, {50, 0.5, 2}, {500, 0.33, 2}, {50, 0.1, 1}, {500, 0.5, 1}}
)

func (b *bench) harmless(title string, rows []row, places []place, runs int, horizon int64) {
	fmt.Printf("\n| %s | traffic, share | old hosts | false alarms | passed in %d min | to promote, median s | safe at scale 20, median s |\n", title, horizon/60)
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, h := range rows {
		for _, at := range places {
			w := h.world
			w.rate, w.share, w.hosts = at.rate, at.share, at.hosts
			if w = w.resolved(); !b.wanted(h.name, w) {
				continue
			}
			out := b.all(runs, func(seed uint64) outcome { return play(w, seed, horizon, true) })
			alarms, passing := 0, 0
			var passed, early []int64
			for _, o := range out {
				if o.fail >= 0 {
					alarms++
					if b.verbose {
						fmt.Fprintln(os.Stderr, h.name, at, "seed", o.seed, "second", o.fail, o.why)
					}
				}
				if o.pass >= 0 {
					passing++
				}
				passed = append(passed, orLater(o.pass, horizon))
				early = append(early, orLater(o.early, horizon))
			}
			fmt.Printf("| %s | %s | %s | %.0f %% | %s | %s |\n", h.name, w.place(),
				counted(alarms, runs), 100*float64(passing)/float64(runs), quantile(passed, 0.5, horizon), quantile(early, 0.5, horizon))
		}
	}
}
