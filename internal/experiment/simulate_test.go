package experiment

import (
	"math"
	"math/rand/v2"
	"testing"
)

// world draws units of one arm in batches.
type world struct {
	name string
	kind Kind
	draw func(r *rand.Rand, lift float64) (y, d float64)
	mean float64 // of the metric without a lift
}

func worlds() []world {
	return []world{
		{"conversion 5 %", Conversion, func(r *rand.Rand, lift float64) (float64, float64) {
			if r.Float64() < 0.05*(1+lift) {
				return 1, 0
			}
			return 0, 0
		}, 0.05},
		{"conversion 30 %", Conversion, func(r *rand.Rand, lift float64) (float64, float64) {
			if r.Float64() < 0.3*(1+lift) {
				return 1, 0
			}
			return 0, 0
		}, 0.3},
		{"revenue, 10 % buy, lognormal", Mean, func(r *rand.Rand, lift float64) (float64, float64) {
			if r.Float64() >= 0.1 {
				return 0, 0
			}
			return (1 + lift) * math.Exp(r.NormFloat64()), 0
		}, 0.1 * math.Exp(0.5)},
		{"ratio, clicks per view", Quotient, func(r *rand.Rand, lift float64) (float64, float64) {
			views := 1 + math.Floor(r.ExpFloat64()*4)
			clicks := 0.0
			for range int(views) {
				if r.Float64() < 0.2*(1+lift) {
					clicks++
				}
			}
			return clicks, views
		}, 0.2},
	}
}

// run is one experiment looked at after every batch of units until it has n an
// arm. look returns true to stop.
func (w world) run(r *rand.Rand, lift float64, n, batch int, look func(c Comparison) bool) {
	var a, b Sums
	m := Metric{Kind: w.kind}
	for int(a.N) < n {
		for range batch {
			y, d := w.draw(r, 0)
			a.add(y, d, 1)
			a.N++
			y, d = w.draw(r, lift)
			b.add(y, d, 1)
			b.N++
		}
		if look(compare(m, a, b, 0.05, 5000, 100)) {
			return
		}
	}
}

const (
	runs  = 400
	upTo  = 10_000 // units an arm
	batch = 50
)

// TestCoverage holds that the interval covers the true difference at all looks
// together in at least 1 − α of the runs, and that an A/A test is called
// better or worse in at most α of them. α is 0.05; with 400 runs, at most 31
// misses (0.05 · 400 + 2.5 standard deviations of a binomial) are no evidence
// against it.
func TestCoverage(t *testing.T) {
	for i, w := range worlds() {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		missed, alarms := 0, 0
		for range runs {
			out, alarm := false, false
			w.run(r, 0, upTo, batch, func(c Comparison) bool {
				out = out || c.Finding != Scarce && (c.Effect.Low > 0 || c.Effect.High < 0)
				alarm = alarm || c.Finding == Better || c.Finding == Worse
				return out && alarm
			})
			if out {
				missed++
			}
			if alarm {
				alarms++
			}
		}
		t.Logf("%-30s missed at any of %d looks: %.2f %%, false alarms: %.2f %%", w.name, upTo/batch, 100*float64(missed)/runs, 100*float64(alarms)/runs)
		if missed > 31 || alarms > 31 {
			t.Errorf("%s: %d of %d missed, %d alarms", w.name, missed, runs, alarms)
		}
	}
}

// TestCoverageOfEffect is the same where there is an effect.
func TestCoverageOfEffect(t *testing.T) {
	for i, w := range worlds() {
		r := rand.New(rand.NewPCG(2, uint64(i)))
		missed := 0
		for range runs / 2 {
			out := false
			w.run(r, 0.2, upTo/2, batch, func(c Comparison) bool {
				truth := 0.2 * w.mean
				out = out || c.Finding != Scarce && (c.Effect.Low > truth || c.Effect.High < truth)
				return out
			})
			if out {
				missed++
			}
		}
		if missed > 18 {
			t.Errorf("%s: %d of %d missed", w.name, missed, runs/2)
		}
	}
}

// TestPower prints how soon an effect is seen, for docs/flags/experiments.md,
// and holds that larger effects are seen sooner and the promised ones at all.
func TestPower(t *testing.T) {
	for i, w := range worlds() {
		last := math.Inf(1)
		for _, lift := range []float64{0.1, 0.2, 0.4} {
			r := rand.New(rand.NewPCG(3, uint64(i)))
			const tries = 60
			found, units := 0, 0.0
			for range tries {
				n := 0.0
				w.run(r, lift, 2*upTo, 4*batch, func(c Comparison) bool {
					n = float64(c.Units[0])
					if c.Finding == Better {
						found++
						return true
					}
					return false
				})
				units += n
			}
			t.Logf("%-30s +%2.0f %%: seen in %3.0f %% of the runs of %d units an arm, after %5.0f on average", w.name, 100*lift, 100*float64(found)/tries, 2*upTo, units/tries)
			if units/tries > last {
				t.Errorf("%s: +%g is seen later than a smaller effect", w.name, lift)
			}
			last = units / tries
			if lift == 0.4 && found < tries*9/10 {
				t.Errorf("%s: +40 %% is seen in %d of %d runs", w.name, found, tries)
			}
		}
	}
}

// TestPeeking shows what the intervals are for: a t-test looked at as often
// finds an effect that is not there in far more than α of the runs.
func TestPeeking(t *testing.T) {
	w := worlds()[1]
	r := rand.New(rand.NewPCG(4, 4))
	naive := 0
	for range 200 {
		fooled := false
		w.run(r, 0, upTo, batch, func(c Comparison) bool {
			fooled = c.Finding != Scarce && (c.Chance > 0.975 || c.Chance < 0.025)
			return fooled
		})
		if fooled {
			naive++
		}
	}
	t.Logf("a t-test at every look: %.1f %% false alarms", float64(naive)/2)
	if naive < 40 {
		t.Errorf("%d of 200: the test does not test what it should", naive)
	}
}

// TestRatioAtAllLooks holds that the sequential check of the shares raises no
// false alarm in all looks together, and χ² at each look far more.
func TestRatioAtAllLooks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	alarms, late := 0, 0
	for range 300 {
		units, broken := []uint64{0, 0}, []uint64{0, 0}
		alarm, found := false, false
		for range upTo / batch {
			for range batch {
				units[r.IntN(2)]++
				if x := r.IntN(100); x < 55 { // 55/45 instead of 50/50
					broken[0]++
				} else {
					broken[1]++
				}
			}
			alarm = alarm || RatioEvidence(units, []float64{1, 1}) > math.Log(1000)
			found = found || RatioEvidence(broken, []float64{1, 1}) > math.Log(1000)
		}
		if alarm {
			alarms++
		}
		if !found {
			late++
		}
	}
	if alarms > 3 || late > 0 { // 0.001 · 300 + 5 standard deviations
		t.Errorf("%d false alarms and %d misses of 300", alarms, late)
	}
}

// TestGuards: a guard is safe when it is shown to be no worse than the margin,
// never because nothing was seen; a variant worse than that is hardly ever safe.
func TestGuards(t *testing.T) {
	w := worlds()[1]
	for _, c := range []struct {
		lift, margin float64
		n            int
		want         Finding
		least, most  int // of 60
	}{
		{0, 0.1, 20_000, Safe, 55, 60},
		{-0.1, 0.1, 20_000, Safe, 0, 6},
		{-0.3, 0.02, 10_000, Harmed, 57, 60},
		{0, 0.1, 300, Safe, 0, 6}, // alpha is 0.05 in all looks together
	} {
		r := rand.New(rand.NewPCG(6, 6))
		n := 0
		for range 60 {
			var last Comparison
			var a, b Sums
			for range c.n {
				y, d := w.draw(r, 0)
				a.add(y, d, 1)
				y, d = w.draw(r, c.lift)
				b.add(y, d, 1)
			}
			a.N, b.N = uint64(c.n), uint64(c.n)
			last = compare(Metric{Kind: w.kind, Guard: true, Margin: c.margin}, a, b, 0.05, 5000, 100)
			if last.Finding == c.want {
				n++
			}
		}
		if n < c.least || n > c.most {
			t.Errorf("lift %g, margin %g, %d units: %s in %d of 60", c.lift, c.margin, c.n, c.want, n)
		}
	}
}
