package judge

import (
	"math"
	"testing"

	"github.com/davit-cd/davit"
	"pgregory.net/rapid"
)

// TestTrackKeepsTheSum holds that nothing is lost however long it gets.
func TestTrackKeepsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k track
		at, total := 0, 0.0
		var newest []float64
		for range rapid.IntRange(1, 400).Draw(t, "blocks") {
			skipped := rapid.SampledFrom([]int{0, 0, 0, 1, 7, 90}).Draw(t, "skipped")
			g := rapid.Float64Range(-3, 3).Draw(t, "gain")
			at += skipped
			k.put(at, g)
			newest = append(append(newest, make([]float64, skipped)...), g)
			total += g
			at++
		}
		var v [fineBlocks + 1]float64
		sum := 0.0
		for _, g := range v[:k.whole(&v, 0)] {
			sum += g
		}
		if math.Abs(sum-total) > 1e-9*(1+math.Abs(total)) {
			t.Fatalf("%v of %v is left after %d blocks", sum, total, at)
		}
		n := k.recent(&v, 5)
		newest = append(newest[max(0, len(newest)-fineBlocks):], 5)
		for i, want := range newest {
			if n != len(newest) || v[i] != want {
				t.Fatalf("recent is %v, want %v", v[:n], newest)
			}
		}
	})
}

func TestVoidTakesBackWhatSpokeAgainst(t *testing.T) {
	var k track
	for b, g := range []float64{4, 1, -2, 3, 5} {
		k.put(b, g)
	}
	k.void(3)
	var v [fineBlocks + 1]float64
	if n := k.recent(&v, 0); v[0] != 4 || v[1] != 1 || v[2] != -2 || v[3] != 0 || v[4] != 0 || n != 6 {
		t.Errorf("%v", v[:n])
	}
	if k.coarse[0] != 3 {
		t.Errorf("stretch %v, want 3", k.coarse[0])
	}
}

// TestBurstsDoNotLast says which shapes of evidence count as sustained; each
// sign is a block of three seconds.
func TestBurstsDoNotLast(t *testing.T) {
	for _, c := range []struct {
		name, shape string
		want        bool
	}{
		{"from the start", "++++++++++", true},
		{"after calm", "-------------++++++++++", true},
		{"one burst", "-------++++++-", false},
		{"one that goes on", "-------+++++++", false},
		{"two bursts", "--+++++-----+++++", false},
		{"three bursts", "--+++++--+++++---+++++", false},
		{"with a weak moment", "++++++.+++++++++", true},
		{"too few", "+++++++", false},
	} {
		v := series{bets: 2}
		for _, sign := range c.shape {
			strong, weak := map[rune]float64{'+': 40, '-': -8, '.': 12}[sign], map[rune]float64{'+': 6, '-': -0.1, '.': 2}[sign]
			v.gain[0][v.n], v.gain[1][v.n] = weak, strong
			v.n++
		}
		if got := v.lasts(6.2, 0, blocksOf(20, blockSeconds)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestBurstsOfFewInstances runs services of one to three old instances, each of
// which, as the new one, is slow or fails a fifth for 5 to 15 s every five
// minutes. Too little was seen of them to know that.
func TestBurstsOfFewInstances(t *testing.T) {
	alarms, without := 0, 0
	for seed := range uint64(24) {
		for _, set := range []Settings{{}, {Burst: -1}} {
			w := newWorld(seed, 150, 0.3)
			w.hosts, w.bursts = 1+int(seed%3), 1.0/300
			j := New(set)
			for at := int64(-120); at < 300; at++ {
				if r := j.Second(at, w.second(at)); r.Verdict == davit.Fail {
					if set.Burst < 0 {
						without++
					} else {
						alarms++
						t.Log(seed, at, r.Why)
					}
					break
				}
			}
		}
	}
	if alarms > 0 {
		t.Errorf("%d false alarms in 24 rollouts", alarms)
	}
	if without < 4 {
		t.Errorf("%d false alarms without the rule: the worlds are too easy to tell", without)
	}
}

// TestCalmDoesNotReviveABurst has a burst of the new version while too little is
// known, and then lets the old instances become known as calm.
func TestCalmDoesNotReviveABurst(t *testing.T) {
	j := New(Settings{})
	doubted := false
	for at := int64(-300); at < 700; at++ {
		w := newWorld(uint64(at+300), 400, 0.25)
		w.hosts = 3
		if at >= 100 && at < 112 {
			w.extra, w.slow = 0.2, 4
		}
		r := j.Second(at, w.second(at))
		doubted = doubted || r.Harm > r.HarmNeeded
		if r.Verdict == davit.Fail {
			t.Fatalf("second %d: %s", at, r.Why)
		}
	}
	if !doubted || j.hosts.calm < knownCalm {
		t.Error("the burst was not seen, or the old instances not for long enough")
	}
}

// TestEvidenceIsFair deals the requests of each second out at random, so that
// the versions are exchangeable whatever the second was like, and holds that
// the evidence of harm is 1 on average: that is what bounds false alarms.
func TestEvidenceIsFair(t *testing.T) {
	var sum, squares, crossed float64
	const runs = 400
	for seed := range uint64(runs) {
		w := newWorld(seed, 60, 0.3)
		w.hosts = 2
		set := Defaults()
		set.Warmup = -1
		j := New(set)
		most := 0.0
		for at := int64(-30); at < 45; at++ {
			w.errs = 0.01
			if at%20 < 4 {
				w.errs = 0.3 // both suffer: no matter
			}
			most = math.Max(most, j.Second(at, w.second(at)).Harm)
		}
		e := j.harm.total
		sum += e
		squares += e * e
		if most >= 1 {
			crossed++
		}
	}
	mean := sum / runs
	blur := math.Sqrt((squares/runs - mean*mean) / runs)
	if mean > 1+3*blur {
		t.Errorf("the evidence is %.3f ± %.3f on average, want at most 1", mean, blur)
	}
	if bound := 0.1*runs + 3*math.Sqrt(0.09*runs); crossed > bound {
		t.Errorf("evidence of 10 to 1 in %v of %d rollouts, want at most a tenth", crossed, runs)
	}
}
