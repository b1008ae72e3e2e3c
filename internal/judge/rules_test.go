package judge

import (
	"math"
	"reflect"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
	"pgregory.net/rapid"
)

func TestSameInputSameResult(t *testing.T) {
	for seed := range uint64(3) {
		a, b := New(Defaults()), New(Defaults())
		one, two := newWorld(seed, 300, 0.2), newWorld(seed, 300, 0.2)
		for at := int64(-30); at < 90; at++ {
			if x, y := a.Second(at, one.second(at)), b.Second(at, two.second(at)); !reflect.DeepEqual(x, y) {
				t.Fatalf("second %d: %+v and %+v", at, x, y)
			}
		}
	}
}

// TestNamesDoNotMatter renames the instances: the answers stay.
func TestNamesDoNotMatter(t *testing.T) {
	a, b := New(Defaults()), New(Defaults())
	w := newWorld(4, 300, 0.2)
	for at := int64(-60); at < 90; at++ {
		in := w.second(at)
		renamed := append([]Count(nil), in...)
		for i := range renamed {
			renamed[i].Instance = "z" + renamed[i].Instance
		}
		if x, y := a.Second(at, in), b.Second(at, renamed); !reflect.DeepEqual(x, y) {
			t.Fatalf("second %d: %+v and %+v", at, x, y)
		}
	}
}

// TestAnythingGoes feeds the judge what a broken source might: no panic, no
// NaN, never a PASS without data, never anything after a FAIL.
func TestAnythingGoes(t *testing.T) {
	number := rapid.SampledFrom([]uint64{0, 0, 1, 2, 5, 40, 1000, 1_000_000_000, 1 << 40, 1 << 60})
	rapid.Check(t, func(t *rapid.T) {
		j := New(Settings{Alpha: rapid.SampledFrom([]float64{0, 0.001, math.NaN(), 5}).Draw(t, "alpha")})
		at, failed := rapid.Int64Range(-20, 0).Draw(t, "start"), false
		for range rapid.IntRange(1, 60).Draw(t, "seconds") {
			at += rapid.SampledFrom([]int64{1, 1, 1, 1, 2, 60, 0, -5, 1 << 40}).Draw(t, "gap")
			var in []Count
			for range rapid.IntRange(0, 4).Draw(t, "counts") {
				c := Count{
					Version: Version(rapid.IntRange(0, 1).Draw(t, "version")), Instance: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "name"),
					Requests: number.Draw(t, "requests"), Errors: number.Draw(t, "errors"),
				}
				if rapid.Bool().Draw(t, "hist") {
					c.Hist = davit.Hist{{Index: uint8(rapid.IntRange(0, 127).Draw(t, "bucket")), Count: c.Requests - min(c.Errors, c.Requests)}}
				}
				in = append(in, c)
			}
			r := j.Second(at, in)
			for _, v := range []float64{r.Harm, r.Effect.Value, r.Effect.Low, r.Effect.High, r.Clustering, r.Safety[0], r.Safety[4], r.Canary.P99} {
				if math.IsNaN(v) {
					t.Fatalf("not a number in %+v", r)
				}
			}
			if failed && r.Verdict != davit.Fail {
				t.Fatalf("%s after a FAIL", r.Verdict)
			}
			failed = failed || r.Verdict == davit.Fail
			if r.Verdict == davit.Pass && (r.Canary.Requests == 0 || r.Baseline.Requests == 0) {
				t.Fatalf("PASS without data: %+v", r)
			}
		}
	})
}

func TestRefusedSecondLeavesNoTrace(t *testing.T) {
	j := New(Defaults())
	w := newWorld(1, 200, 0.2)
	for at := range int64(10) {
		j.Second(at, w.second(at))
	}
	r := j.Second(10, []Count{{Version: Canary, Requests: 1, Errors: 2}})
	if r.Err == nil || r.Verdict != davit.NoData {
		t.Errorf("%+v", r)
	}
	if r := j.Second(3, nil); r.Err == nil {
		t.Error("a second out of order was taken")
	}
	if r := j.Second(10, w.second(10)); r.Err != nil {
		t.Error(r.Err)
	}
}

func TestSilence(t *testing.T) {
	for _, who := range []Version{Canary, Baseline} {
		j := New(Defaults())
		j.Expect(0.25)
		w := newWorld(1, 200, 0.25)
		var r Result
		for at := int64(-30); at < 200; at++ {
			var in []Count
			for _, c := range w.second(at) {
				if at < 4 || c.Version != who {
					in = append(in, c)
				}
			}
			if r = j.Second(at, in); r.Verdict == davit.Pass || r.Safe(20) && at > 20 {
				t.Fatalf("second %d: %s with a silent %s", at, r.Verdict, who)
			}
		}
		if r.Verdict != davit.NoData {
			t.Errorf("%s with a silent %s: %s", r.Verdict, who, r.Why)
		}
	}
}

// TestGuard judges a version that has all of the traffic.
func TestGuard(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     func(*Settings)
		history int64
		before  int64 // seconds with both versions
		errs    float64
		verdict davit.Verdict
	}{
		{"healthy by setting", func(s *Settings) { s.Guard = true }, 60, 0, 0.001, davit.Continue},
		{"broken by setting", func(s *Settings) { s.Guard = true }, 60, 0, 0.9, davit.Fail},
		{"five points by setting", func(s *Settings) { s.Guard = true }, 60, 0, 0.05, davit.Fail},
		{"within the floor", func(s *Settings) { s.Guard = true }, 60, 0, 0.005, davit.Continue},
		{"healthy after the switch", func(*Settings) {}, 60, 20, 0.001, davit.Continue},
		{"broken after the switch", func(*Settings) {}, 60, 20, 0.9, davit.Fail},
		{"first version, healthy", func(*Settings) {}, 0, 0, 0.01, davit.Continue},
		{"first version, broken", func(*Settings) {}, 0, 0, 0.9, davit.Fail},
		{"first version, some errors", func(*Settings) {}, 0, 0, 0.2, davit.Continue},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := Defaults()
			c.set(&set)
			j := New(set)
			w := newWorld(2, 100, 0.5)
			var r Result
			for at := -c.history; at < 120 && !r.Final; at++ {
				var in []Count
				switch {
				case at < c.before:
					in = w.second(at)
				default:
					in = []Count{w.count(Canary, "new", 100, c.errs, 1, 0)}
				}
				r = j.Second(at, in)
				if at >= c.before && r.Verdict == davit.Pass && c.before == 0 {
					t.Fatal("PASS without a control")
				}
			}
			if r.Verdict != c.verdict {
				t.Errorf("%s (%s), want %s", r.Verdict, r.Why, c.verdict)
			}
		})
	}
}

// TestFewFalseAlarms cannot pass if false alarms explode.
func TestFewFalseAlarms(t *testing.T) {
	alarms := 0
	for seed := range uint64(120) {
		w := newWorld(seed, 150, 0.2)
		w.errs = 0.01
		j := New(Defaults())
		for at := int64(-30); at < 150; at++ {
			if r := j.Second(at, w.second(at)); r.Verdict == davit.Fail {
				alarms++
				t.Log(seed, at, r.Why)
				break
			}
		}
	}
	if alarms > 1 {
		t.Errorf("%d false alarms in 120 rollouts", alarms)
	}
}

// TestFewWrongPasses lets versions exactly at the margin run, for each scale.
func TestFewWrongPasses(t *testing.T) {
	for i, scale := range scales {
		passed := 0
		for seed := range uint64(60) {
			w := newWorld(seed, 300, 0.25)
			w.extra = newSafety(0.005, 0.01).errorMargin(i)
			j := New(Defaults())
			for at := int64(-30); at < 60; at++ {
				if j.Second(at, w.second(at)).Safe(scale) {
					passed++
					break
				}
			}
		}
		if passed > 3 {
			t.Errorf("scale %v: %d of 60 passed that are worse than the margin", scale, passed)
		}
	}
}

func TestSafeAnswersForTheScaleBelow(t *testing.T) {
	r := Result{passed: 1 << 2} // scale 4
	for scale, want := range map[float64]bool{0.5: false, 1: false, 2: false, 4: true, 9.9: true, 10: false, 100: false} {
		if r.Safe(scale) != want {
			t.Errorf("Safe(%v) = %v", scale, !want)
		}
	}
}

func TestHash(t *testing.T) {
	a, b := Defaults(), Defaults()
	b.Margin = 0.01
	if a.Hash() == b.Hash() || a.Hash() != Defaults().Hash() || a.Hash() != (Settings{}).Hash() {
		t.Error("the hash does not name the settings")
	}
	if s := FromSpec(spec.Judge{Alpha: 0.01, Margin: 0.02}); s.Alpha != 0.01 || s.Margin != 0.02 || s.Warmup >= 0 || s.MinBake != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSecondIsCheap(t *testing.T) {
	j := New(Defaults())
	w := newWorld(1, 2000, 0.1)
	w.hosts = 12
	in := w.second(0)
	at := int64(-100)
	for range 150 {
		j.Second(at, in)
		at++
	}
	if n := testing.AllocsPerRun(100, func() { j.Second(at, in); at++ }); n > 40 {
		t.Errorf("%v allocations a second", n)
	}
}

func BenchmarkSecond(b *testing.B) {
	j := New(Defaults())
	w := newWorld(1, 2000, 0.1)
	w.hosts = 12
	var in [64][]Count
	for i := range in {
		in[i] = w.second(1)
	}
	at := int64(-300)
	for b.Loop() {
		j.Second(at, in[uint64(at)%64])
		at++
	}
}

// TestSwitchIsGuarded breaks the new version when it takes over everything.
func TestSwitchIsGuarded(t *testing.T) {
	j := New(Defaults())
	w := newWorld(9, 200, 0.5)
	for at := int64(-60); at < 40; at++ {
		j.Expect(1)
		in := w.second(at)
		if at >= 20 {
			in = []Count{w.count(Canary, "new", 200, 0.9, 1, 0)}
		} else {
			j.Expect(0.5)
		}
		if r := j.Second(at, in); r.Verdict == davit.Fail {
			if at < 20 || at > 26 {
				t.Errorf("FAIL at second %d: %s", at, r.Why)
			}
			return
		}
	}
	t.Error("never caught")
}
