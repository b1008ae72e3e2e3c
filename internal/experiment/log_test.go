package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func design(t testing.TB) Design {
	d := Design{
		Variants: []Arm{{"control", 1}, {"blue", 1}, {"red", 1}},
		Metrics: []Metric{
			{Name: "bought", Kind: Conversion, Event: "order"},
			{Name: "revenue", Kind: Mean, Event: "order", Cap: 500},
			{Name: "basket", Kind: Quotient, Event: "order", Per: "item"},
			{Name: "complaints", Kind: Conversion, Event: "complaint", Guard: true, Down: true, Margin: 0.1},
		},
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

// naive keeps everything and counts at the end.
type naive struct {
	arm    map[uint64]map[string]bool
	first  map[uint64]int64
	events map[uint64][]seen
}

type seen struct {
	event string
	value float64
}

func (n naive) sums(d Design, arm int, m Metric) (s Sums) {
	for id, arms := range n.arm {
		if len(arms) > 1 || !arms[d.Variants[arm].Name] {
			continue
		}
		s.N++
		var y, by float64
		for _, e := range n.events[id] {
			if e.event == m.Event {
				if m.Kind == Conversion {
					y = 1
				} else {
					y += e.value
				}
			}
			if e.event == m.Per {
				by += e.value
			}
		}
		if m.Cap > 0 {
			y = min(y, m.Cap)
		}
		s.add(y, by, 1)
	}
	return s
}

// TestLogAgainstNaive holds that the sums are those of a log that forgets
// nothing, whatever comes in whatever order, and after being kept and read.
func TestLogAgainstNaive(t *testing.T) {
	d := design(t)
	rapid.Check(t, func(t *rapid.T) {
		l, n := NewLog(d), naive{map[uint64]map[string]bool{}, map[uint64]int64{}, map[uint64][]seen{}}
		ids := map[uint64]bool{}
		for i := range rapid.IntRange(1, 200).Draw(t, "inputs") {
			id := UnitOf(fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "unit")))
			at := int64(i)
			if rapid.Bool().Draw(t, "exposure") {
				v := rapid.SampledFrom([]string{"control", "control", "blue", "red", "none of ours"}).Draw(t, "variant")
				l.Expose(id, v, at)
				if v != "none of ours" {
					if n.arm[id] == nil {
						n.arm[id], n.first[id] = map[string]bool{}, at
					}
					n.arm[id][v] = true
				}
				continue
			}
			event, name := uint64(rapid.IntRange(0, 300).Draw(t, "id")), rapid.SampledFrom([]string{"order", "item", "complaint", "nothing"}).Draw(t, "event")
			value := float64(rapid.IntRange(-3, 400).Draw(t, "value"))
			counts := len(n.arm[id]) == 1 && !ids[event] && name != "nothing"
			if got := l.Observe(event, id, name, value, at); got != counts {
				t.Fatalf("counts: %v, want %v", got, counts)
			}
			if counts {
				ids[event] = true
				n.events[id] = append(n.events[id], seen{name, value})
			}
		}
		b, err := l.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Restore(d, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []*Log{l, again} {
			for i := range d.Variants {
				for j, m := range d.Metrics {
					if got, want := l.sums(i, j), n.sums(d, i, m); !near(got, want) {
						t.Fatalf("%s of %s: %+v, want %+v", m.Name, d.Variants[i].Name, got, want)
					}
				}
			}
		}
		if !reflect.DeepEqual(again.Minutes(0), l.Minutes(0)) {
			t.Fatal("keeping a log loses minutes")
		}
		if again.Several() != l.Several() || !reflect.DeepEqual(again.Units(), l.Units()) {
			t.Fatal("keeping a log loses something")
		}
	})
}

func near(a, b Sums) bool {
	ok := a.N == b.N
	for _, v := range [][2]float64{{a.Y, b.Y}, {a.YY, b.YY}, {a.D, b.D}, {a.DD, b.DD}, {a.YD, b.YD}} {
		ok = ok && math.Abs(v[0]-v[1]) < 1e-6
	}
	return ok
}

// TestThin holds that a log that has too many units keeps a random sample of
// them, and that its figures stay near those of all.
func TestThin(t *testing.T) {
	d := design(t)
	all, few := NewLog(d), NewLog(d)
	few.Limit = 4000
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 60_000 {
		id, v := UnitOf(fmt.Sprintf("user-%d", i)), d.Variants[i%3].Name
		for _, l := range []*Log{all, few} {
			l.Expose(id, v, 1)
		}
		if r.IntN(10) == 0 {
			for _, l := range []*Log{all, few} {
				l.Observe(uint64(i), id, "order", float64(r.IntN(100)), 2)
			}
		}
		if n := len(few.units); n > few.Limit {
			t.Fatalf("%d units are kept", n)
		}
	}
	a, b := all.sums(1, 0), few.sums(1, 0)
	pa, pb := a.Y/float64(a.N), b.Y/float64(b.N)
	if few.Sampled() != 1./16 || math.Abs(pa-pb) > 0.03 || b.N < 1000 {
		t.Errorf("%g of the units are kept: %d with %g, %g of all", few.Sampled(), b.N, pb, pa)
	}
	spent := NewLog(d).spend()
	for few.halved = 1; few.halved < 60; few.halved++ {
		spent += few.spend()
	}
	if spent > 1 {
		t.Errorf("all samples together may err %g times alpha", spent)
	}
}

// TestIdsAreBounded: ids of events do not fill the memory.
func TestIdsAreBounded(t *testing.T) {
	l := NewLog(design(t))
	for i := range uint64(3 * idsKept) {
		l.known(i)
	}
	if n := len(l.seen[0]) + len(l.seen[1]); n > 2*idsKept {
		t.Errorf("%d ids are kept", n)
	}
	if !l.known(3*idsKept-1) || !l.known(2*idsKept+1) {
		t.Error("a recent id is forgotten")
	}
}

func TestUnits(t *testing.T) {
	if UnitOf("a") == UnitOf("b") || UnitOf("") == UnitOf("a") {
		t.Error("keys collide")
	}
	high := 0
	for i := range 10_000 {
		if UnitOf(fmt.Sprint(i))>>63 == 1 {
			high++
		}
	}
	if high < 4800 || high > 5200 {
		t.Errorf("%d of 10000 have the highest bit", high)
	}
}

// fill exposes n units to each variant and lets so many of them buy for 10.
func fill(d Design, n int, buyers ...int) *Log {
	l := NewLog(d)
	for i, b := range buyers {
		for u := range n {
			id := UnitOf(fmt.Sprintf("%d-%d", i, u))
			l.Expose(id, d.Variants[i].Name, 1)
			if u < b {
				l.Observe(id, id, "order", 10, 2)
			}
			if u%50 == 0 {
				l.Observe(id+1, id, "complaint", 1, 2)
			}
		}
	}
	return l
}

// TestResults holds what a product manager reads.
func TestResults(t *testing.T) {
	d := design(t)
	d.Metrics = []Metric{d.Metrics[0], {Name: "complaints", Kind: Conversion, Event: "complaint", Guard: true, Down: true, Margin: 0.9}}
	for _, c := range []struct {
		name    string
		log     *Log
		verdict Verdict
		winner  string
		says    string
	}{
		{"nothing", NewLog(d), Inconclusive, "", "Not decided: there are too few users yet."},
		{"no difference", fill(d, 4000, 400, 410, 405), Inconclusive, "", "Not decided: bought of blue is 0.1025 against 0.1 of control, +2.5 % ("},
		{"blue is better", fill(d, 20_000, 2000, 2600, 2100), Ship, "blue", "Ship blue: bought of blue is 0.13 against 0.1 of control, +30.0 % ("},
		{"both are better", fill(d, 20_000, 2000, 2600, 3000), Ship, "red", "Ship red: bought of red is 0.15"},
		{"both are worse", fill(d, 8000, 1600, 800, 900), Keep, "", "Keep control: bought of blue is 0.1 against 0.2 of control, −50.0 % ("},
		{"one is worse", fill(d, 8000, 1600, 800, 1600), Inconclusive, "", "Not decided: "},
	} {
		r := Analyze(d, c.log)
		if r.Verdict != c.verdict || r.Winner != c.winner || !strings.HasPrefix(r.Sentence, c.says) {
			t.Errorf("%s: %s %q %q", c.name, r.Verdict, r.Winner, r.Sentence)
		}
	}
	l := fill(d, 3000, 300, 600, 300)
	for u := range 700 {
		l.Expose(UnitOf(fmt.Sprintf("more-%d", u)), "blue", 1)
	}
	if r := Analyze(d, l); r.Verdict != Distrust || !r.Ratio.Alarm || !strings.Contains(r.Sentence, "shares") {
		t.Errorf("a wrong ratio is %s: %s", r.Verdict, r.Sentence)
	}
	l = fill(d, 3000, 300, 600, 300)
	for i, v := range d.Variants {
		for u := range 100 {
			l.Expose(UnitOf(fmt.Sprintf("%d-%d", (i+1)%3, u)), v.Name, 1)
		}
	}
	if r := Analyze(d, l); r.Verdict != Distrust || !r.Several.Alarm || !strings.Contains(r.Sentence, "several") {
		t.Errorf("units in several variants are %s: %s", r.Verdict, r.Sentence)
	}
}

// TestGuardHolds: a better variant whose guard is in doubt is not shipped, and
// one that does harm is kept out.
func TestGuardHolds(t *testing.T) {
	d := design(t)
	d.Variants = d.Variants[:2]
	d.Metrics = []Metric{d.Metrics[0], {Name: "complaints", Kind: Conversion, Event: "complaint", Guard: true, Down: true, Margin: 0.02}}
	if r := Analyze(d, fill(d, 8000, 800, 1600)); r.Verdict != Inconclusive || !strings.Contains(r.Sentence, "not shown yet that complaints of blue is no worse") {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
	l := fill(d, 8000, 800, 1600)
	for u := range 2000 {
		id := UnitOf(fmt.Sprintf("1-%d", u))
		l.Observe(id+7, id, "complaint", 1, 3)
	}
	if r := Analyze(d, l); r.Verdict != Keep || !strings.Contains(r.Sentence, "complaints of blue") {
		t.Errorf("%s: %s", r.Verdict, r.Sentence)
	}
}

func TestDesigns(t *testing.T) {
	two := []Arm{{"a", 1}, {"b", 1}}
	for _, c := range []struct {
		d    Design
		says string
	}{
		{Design{Variants: two[:1], Metrics: []Metric{{Name: "m", Kind: Mean}}}, "1 variants"},
		{Design{Variants: []Arm{{"a", 1}, {"a", 1}}, Metrics: []Metric{{Name: "m", Kind: Mean}}}, "twice"},
		{Design{Variants: []Arm{{"a", 1}, {"b", math.NaN()}}, Metrics: []Metric{{Name: "m", Kind: Mean}}}, "share"},
		{Design{Variants: two}, "0 metrics"},
		{Design{Variants: two, Metrics: []Metric{{Name: "m", Kind: "median"}}}, "median"},
		{Design{Variants: two, Metrics: []Metric{{Name: "m", Kind: Quotient}}}, "per"},
		{Design{Variants: two, Metrics: []Metric{{Name: "m", Kind: Mean, Guard: true, Margin: 1}}}, "margin"},
		{Design{Variants: two, Metrics: []Metric{{Name: "m", Kind: Mean}, {Name: "m", Kind: Mean}}}, "twice"},
		{Design{Variants: two, Metrics: []Metric{{Name: "m", Kind: Mean}}, Alpha: 0.7}, "alpha"},
	} {
		if err := c.d.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.d, err)
		}
	}
}

// TestMinutes holds what is kept of each minute, and for how long.
func TestMinutes(t *testing.T) {
	l := NewLog(design(t))
	l.Expose(1, "blue", 0)
	l.Take(Item{Unit: 2, Variant: "blue", At: 0})
	for i, value := range []float64{3, 4} {
		l.Take(Item{ID: uint64(i), Unit: 1, Event: "order", Value: value, At: 60 + int64(i)})
	}
	l.Take(Item{ID: 9, Unit: 2, Event: "order", Value: 5, At: 119})
	want := []Minute{{At: 60, Variant: "blue", Event: "order", N: 3, Sum: 12, Squares: 50, Units: 2}}
	if got := l.Minutes(0); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := l.Minutes(120); got != nil {
		t.Errorf("%+v", got)
	}
	for i := range int64(minutesKept + 10) {
		l.Take(Item{ID: 100 + uint64(i), Unit: 1, Event: "order", Value: 1, At: 120 + 60*i})
	}
	if n := len(l.minutes); n != minutesKept {
		t.Errorf("%d minutes are kept", n)
	}
}
