package main

import (
	"fmt"
	"math"
)

func regressions() []row {
	return []row{
		{"everything fails", world{rate: 50, share: 0.1, fails: 1}},
		{"everything fails", world{rate: 200, share: 0.05, fails: 1}},
		{"everything fails", world{rate: 2000, share: 0.01, fails: 1}},
		{"everything fails, one old host", world{rate: 200, share: 0.05, fails: 1, hosts: 1}},
		{"errors +10 points", world{rate: 50, share: 0.1, fails: 0.1}},
		{"errors +5 points", world{rate: 500, share: 0.05, fails: 0.05}},
		{"errors +5 points", world{rate: 500, share: 0.25, fails: 0.05}},
		{"errors +5 points, one old host", world{rate: 500, share: 0.5, fails: 0.05}},
		{"errors +2 points", world{rate: 50, share: 0.1, fails: 0.02}},
		{"errors +2 points", world{rate: 2000, share: 0.1, fails: 0.02}},
		{"errors +2 points, one old host", world{rate: 50, share: 0.1, fails: 0.02, hosts: 1}},
		{"errors +2 points, one old host", world{rate: 500, share: 0.5, fails: 0.02}},
		{"errors +1 point", world{rate: 50, share: 0.1, fails: 0.01}},
		{"errors +1 point", world{rate: 500, share: 0.1, fails: 0.01}},
		{"errors +0.5 points", world{rate: 50, share: 0.1, fails: 0.005}},
		{"errors +0.5 points", world{rate: 500, share: 0.1, fails: 0.005}},
		{"errors +0.5 points", world{rate: 2000, share: 0.1, fails: 0.005}},
		{"errors +5 points from minute 5", world{rate: 500, share: 0.05, fails: 0.05, onset: 300}},
		{"latency × 1.3", world{rate: 2000, share: 0.1, slower: 1.3}},
		{"latency × 2", world{rate: 2000, share: 0.1, slower: 2}},
		{"latency × 2, three old hosts", world{rate: 200, share: 0.25, slower: 2}},
		{"latency × 2, one old host", world{rate: 50, share: 0.1, slower: 2, hosts: 1}},
		{"latency × 3", world{rate: 500, share: 0.05, slower: 3}},
		{"latency × 3", world{rate: 500, share: 0.25, slower: 3}},
		{"p99 × 3 (3 % of requests × 5)", world{rate: 500, share: 0.05, tail: 0.03, tailFor: 5}},
		{"p99 × 3 (3 % of requests × 5)", world{rate: 500, share: 0.25, tail: 0.03, tailFor: 5}},
		{"p99 × 3 (10 % of requests × 4)", world{rate: 500, share: 0.05, tail: 0.1, tailFor: 4}},
		{"p99 × 3 (10 % of requests × 4)", world{rate: 500, share: 0.25, tail: 0.1, tailFor: 4}},
		{"p99 × 2 (4 % of requests × 3)", world{rate: 500, share: 0.1, tail: 0.04, tailFor: 3}},
		{"p99 × 2 (4 % of requests × 3)", world{rate: 2000, share: 0.1, tail: 0.04, tailFor: 3}},
		{"falls silent at second 5", world{rate: 500, share: 0.05, dark: 5}},
		{"falls silent at second 5", world{rate: 50, share: 0.25, dark: 5}},
	}
}

func (b *bench) harmful(runs int) {
	const end = 1800
	fmt.Println("\n| regression | traffic, share | old hosts | caught | passed first | median s | 95th s | bad answers, median | × Wald |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, h := range regressions() {
		w := h.resolved()
		if !b.wanted(h.name, w) {
			continue
		}
		out := b.all(runs, func(seed uint64) outcome { return play(w, seed, end, w.onset > 0) })
		passed, caught := 0, 0
		var at, bad []int64
		for _, o := range out {
			if o.pass >= 0 && (o.fail < 0 || o.pass < o.fail) && (w.dark == 0 || o.beyond) {
				passed++
			}
			at = append(at, orLater(o.fail, end+w.onset)-w.onset)
			if o.fail >= 0 {
				caught++
				bad = append(bad, int64(o.bad))
			}
		}
		first := counted(passed, runs)
		if w.onset > 0 {
			first = "all, before it"
		}
		fmt.Printf("| %s | %s | %.1f %% | %s | %s | %s | %s | %s |\n", h.name, w.place(),
			100*float64(caught)/float64(runs), first, quantile(at, 0.5, end), quantile(at, 0.95, end), quantile(bad, 0.5, math.MaxInt64), w.wald(at))
	}
}

// wald is the median second as a multiple of Wald's expected sample size for
// errors (1945): ln(1/α) over the Kullback–Leibler divergence of the rates, if
// the old version's were known.
func (w world) wald(at []int64) string {
	if w.fails <= 0 || w.fails >= 1 {
		return "–"
	}
	p, q := w.errors+w.fails, w.errors
	kl := p*math.Log(p/q) + (1-p)*math.Log((1-p)/(1-q))
	return fmt.Sprintf("%.1f", float64(at[len(at)/2])*kl*w.rate*w.share/math.Log(1000))
}

// wrong lets versions run that are worse by the margin or just beyond it, in
// every way that a PASS must rule out, and counts the PASSes.
func (b *bench) wrong(runs int, horizon int64) {
	fmt.Println("\n| worse than the margin | traffic, share | old hosts | passed | taken back |")
	fmt.Println("|---|---|---|---|---|")
	for _, h := range []row{
		{"errors +0.5 points", world{fails: 0.005}},
		{"errors +0.75 points", world{fails: 0.0075}},
		{"errors +1 point", world{fails: 0.01}},
		{"errors 1.2 % and 0.5 points", world{errors: 0.012, fails: 0.005}},
		{"latency × 1.1", world{slower: 1.1}},
		{"latency × 1.2", world{slower: 1.2}},
		{"4 % of requests × 3", world{tail: 0.04, tailFor: 3}},
	} {
		for _, at := range []place{{50, 0.1, 0}, {500, 0.1, 0}, {2000, 0.05, 0}, {500, 0.25, 3}, {500, 0.5, 1}} {
			w := h.world
			w.rate, w.share, w.hosts = at.rate, at.share, at.hosts
			if w = w.resolved(); !b.wanted(h.name, w) {
				continue
			}
			out := b.all(runs, func(seed uint64) outcome { return play(w, seed, horizon, false) })
			passed, failed := 0, 0
			for _, o := range out {
				if o.pass >= 0 {
					passed++
				}
				if o.fail >= 0 {
					failed++
				}
			}
			fmt.Printf("| %s | %s | %s | %.0f %% |\n", h.name, w.place(), counted(passed, runs), 100*float64(failed)/float64(runs))
		}
	}
}
