package judge

import (
	"testing"

	"github.com/davit-cd/davit"
)

// TestBusyMinuteIsForgotten: a minute in which both versions were slow together
// delays a PASS by a few minutes, not by hours, and a version that is slow stays
// unpassed through it.
func TestBusyMinuteIsForgotten(t *testing.T) {
	for seed := range uint64(12) {
		w := newWorld(seed, 500, 0.25)
		w.busy = 60
		if r := w.run(Defaults(), 300, 420); r.Verdict != davit.Pass {
			t.Errorf("seed %d: %s at second %d: %s", seed, r.Verdict, r.Second, r.Why)
		}
		w = newWorld(seed, 500, 0.25)
		w.busy, w.slow = 60, 1.5
		if r := w.run(Defaults(), 300, 420); r.Verdict == davit.Pass {
			t.Errorf("seed %d: half as slow again, and passed at second %d: %s", seed, r.Second, r.Why)
		}
	}
}
