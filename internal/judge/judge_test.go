package judge

import (
	"testing"

	"github.com/davit-cd/davit"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name        string
		rate, share float64
		change      func(*world)
		verdict     davit.Verdict
		within      int64
	}{
		{"everything fails", 200, 0.05, func(w *world) { w.extra = 1 }, davit.Fail, 3},
		{"5 points at 5 %", 500, 0.05, func(w *world) { w.extra = 0.05 }, davit.Fail, 15},
		{"5 points at 25 %", 500, 0.25, func(w *world) { w.extra = 0.05 }, davit.Fail, 9},
		{"three times as slow", 500, 0.05, func(w *world) { w.slow = 3 }, davit.Fail, 30},
		{"heavy tail", 500, 0.25, func(w *world) { w.tail = 0.05 }, davit.Fail, 20},
		{"healthy", 500, 0.25, func(*world) {}, davit.Pass, 60},
		{"healthy half", 500, 0.5, func(*world) {}, davit.Pass, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(3) {
				w := newWorld(seed, c.rate, c.share)
				c.change(w)
				r := w.run(Defaults(), 610, 300) // forty minutes of the four instances
				t.Log(r.Second, r.Verdict, r.Metric, r.Why)
				if r.Verdict != c.verdict || r.Second > c.within {
					t.Errorf("%s at second %d, want %s within %d", r.Verdict, r.Second, c.verdict, c.within)
				}
			}
		})
	}
}

// TestVerdictsOnLittle is about old instances that have not been seen for long:
// harm must outlast a burst, but for the fast way.
func TestVerdictsOnLittle(t *testing.T) {
	for _, c := range []struct {
		name        string
		rate, share float64
		hosts       int
		change      func(*world)
		verdict     davit.Verdict
		within      int64
	}{
		{"everything fails", 200, 0.05, 1, func(w *world) { w.extra = 1 }, davit.Fail, 3},
		{"5 points at 5 %", 500, 0.05, 4, func(w *world) { w.extra = 0.05 }, davit.Fail, 60},
		{"5 points at 25 %", 500, 0.25, 3, func(w *world) { w.extra = 0.05 }, davit.Fail, 35},
		{"three times as slow", 500, 0.25, 2, func(w *world) { w.slow = 3 }, davit.Fail, 40},
		{"heavy tail", 500, 0.5, 1, func(w *world) { w.tail = 0.05 }, davit.Fail, 40},
		{"healthy", 500, 0.25, 3, func(*world) {}, davit.Pass, 60},
		{"healthy half", 500, 0.5, 1, func(*world) {}, davit.Pass, 50},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(3) {
				w := newWorld(seed, c.rate, c.share)
				w.hosts = c.hosts
				c.change(w)
				r := w.run(Defaults(), 60, 300)
				t.Log(r.Second, r.Verdict, r.Metric, r.Why)
				if r.Verdict != c.verdict || r.Second > c.within {
					t.Errorf("%s at second %d, want %s within %d", r.Verdict, r.Second, c.verdict, c.within)
				}
			}
		})
	}
}
