package experiment

import (
	"math"
	"testing"
)

// TestPublished holds the intervals against numbers published with another
// implementation of the same equations (GrowthBook's statistics tests; they are
// relative, the tuning is 1000 and 5000).
func TestPublished(t *testing.T) {
	for _, c := range []struct {
		name                   string
		kind                   Kind
		a, b                   Sums
		tuning, lift, low, top float64
	}{
		{"mean", Mean, Sums{N: 3000, Y: 1396.87, YY: 52377.9767}, Sums{N: 3461, Y: 2422.7, YY: 134698.29}, 1000, 0.50336, -0.55844, 1.56516},
		{"conversion", Conversion, Sums{N: 3000, Y: 1396}, Sums{N: 3461, Y: 2422}, 5000, 0.50386, 0.40098, 0.60675},
	} {
		got := compare(Metric{Kind: c.kind}, c.a, c.b, 0.05, c.tuning, 1).Lift
		for _, v := range [][2]float64{{got.Value, c.lift}, {got.Low, c.low}, {got.High, c.top}} {
			if math.Abs(v[0]-v[1]) > 6e-6 {
				t.Errorf("%s: %+v, want %g %g %g", c.name, got, c.lift, c.low, c.top)
			}
		}
	}
}

// TestRatioOfSums holds the delta method against the value it must have where
// every unit's denominator is the same: then a ratio is a mean.
func TestRatioOfSums(t *testing.T) {
	mean, ratio := Sums{N: 4}, Sums{N: 4}
	for _, y := range []float64{1, 5, 2, 9} {
		mean.add(y/2, 0, 1)
		ratio.add(y, 2, 1)
	}
	m, vm, _ := mean.estimate(Mean)
	r, vr, _ := ratio.estimate(Quotient)
	if math.Abs(m-r) > 1e-12 || math.Abs(vm-vr) > 1e-12 {
		t.Errorf("ratio %g ± %g, mean %g ± %g", r, vr, m, vm)
	}
	// By hand: y = 1, 3; d = 1, 2. r = 4/3; variance of y − r·d: residuals −1/3, 1/3
	// have the sample variance 2/9; over n·d̄² = 2 · 9/4.
	var s Sums
	s.add(1, 1, 1)
	s.add(3, 2, 1)
	s.N = 2
	if r, v, _ := s.estimate(Quotient); math.Abs(r-4.0/3) > 1e-12 || math.Abs(v-2.0/9/4.5) > 1e-12 {
		t.Errorf("ratio %g ± %g", r, v)
	}
}

func TestChiSquare(t *testing.T) {
	for _, c := range []struct{ x, k, p float64 }{
		{3.841458820694124, 1, 0.05},
		{10.827566170662733, 1, 0.001},
		{5.991464547107979, 2, 0.05},
		{18.307038053275146, 10, 0.05},
		{0.5, 10, math.Exp(-0.25) * (1 + 1./4 + 1./32 + 1./384 + 1./6144)},
		{2, 2, math.Exp(-1)},
		{100, 2, math.Exp(-50)},
		{0, 3, 1},
	} {
		if got := chi2Above(c.x, c.k); math.Abs(got/c.p-1) > 1e-9 {
			t.Errorf("chi2Above(%g, %g) = %g, want %g", c.x, c.k, got, c.p)
		}
	}
}

// TestRatio: Fabijan et al. 2019 give 821,588 and 815,482 users of a 50/50 split
// as an example of a mismatch nobody sees with the naked eye: p = 1.8e-6.
func TestRatio(t *testing.T) {
	if p := Ratio([]uint64{821588, 815482}, []float64{1, 1}); p < 1.7e-6 || p > 1.9e-6 {
		t.Errorf("p = %g", p)
	}
	if p := Ratio([]uint64{5000, 5000}, []float64{1, 1}); p != 1 {
		t.Errorf("p = %g", p)
	}
	if p := Ratio([]uint64{0, 0}, []float64{1, 1}); p != 1 {
		t.Errorf("p = %g", p)
	}
	if p := Ratio([]uint64{10, 1}, []float64{1, 0}); p != 0 {
		t.Errorf("p = %g", p)
	}
	if e := RatioEvidence([]uint64{821588, 815482}, []float64{1, 1}); e < math.Log(1000) {
		t.Errorf("evidence %g", e)
	}
	if e := RatioEvidence([]uint64{821588, 821988}, []float64{1, 1}); e > 0 {
		t.Errorf("evidence %g", e)
	}
	if e := RatioEvidence([]uint64{1, 1}, []float64{1, 0}); !math.IsInf(e, 1) {
		t.Errorf("evidence %g", e)
	}
}

// TestRatioCheck: too few units to say anything are no alarm.
func TestRatioCheck(t *testing.T) {
	if c := checkRatio([]uint64{7, 100}, []float64{1, 1}); c.Alarm {
		t.Error(c)
	}
	if c := checkRatio([]uint64{8, 100}, []float64{1, 1}); !c.Alarm {
		t.Error(c)
	}
	if c := checkSeveral(9, 100); c.Alarm {
		t.Error(c)
	}
	if c := checkSeveral(10, 100); !c.Alarm {
		t.Error(c)
	}
	if c := checkSeveral(10, 10000); c.Alarm {
		t.Error(c)
	}
}
