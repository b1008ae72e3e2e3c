package davit_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
)

// counted returns the histogram of latencies in milliseconds.
func counted(latencies []float64) davit.Hist {
	counts := map[uint8]uint64{}
	for _, ms := range latencies {
		index := 0.0
		if ms >= 1 {
			index = min(math.Floor(math.Log2(ms)*8), 127)
		}
		counts[uint8(index)]++
	}
	var h davit.Hist
	for i := range 128 {
		if n := counts[uint8(i)]; n > 0 {
			h = append(h, davit.Bucket{Index: uint8(i), Count: n})
		}
	}
	return h
}

func TestHist(t *testing.T) {
	latencies := rapid.SliceOf(rapid.Float64Range(0.01, 60_000))
	rapid.Check(t, func(t *rapid.T) {
		a, b := latencies.Draw(t, "a"), latencies.Draw(t, "b")
		all := slices.Concat(a, b)
		h := counted(a).Merge(counted(b))
		if want := counted(all); len(h) != len(want) || len(h) > 0 && !reflect.DeepEqual(h, want) {
			t.Fatalf("got %v, want %v", h, want)
		}
		if h.Total() != uint64(len(all)) {
			t.Fatal(h.Total())
		}
		if len(all) == 0 {
			if h.Quantile(0.5) != 0 || h.Mean() != 0 {
				t.Fatal("an empty histogram has a latency")
			}
			return
		}
		slices.Sort(all)
		q := rapid.Float64Range(0, 1).Draw(t, "q")
		exact := all[min(max(int(math.Ceil(q*float64(len(all))))-1, 0), len(all)-1)]
		got := h.Quantile(q)
		if width := 1.0906; got > max(exact, 1)*width || got*width < exact && exact > width { // bucket 0 starts at 0
			t.Fatalf("quantile %v: got %v, exactly %v", q, got, exact)
		}
		sum := 0.0
		for _, ms := range all {
			sum += ms
		}
		if exact := sum / float64(len(all)); math.Abs(h.Mean()-exact) > exact*0.05+1 {
			t.Fatal("mean", h.Mean(), exact)
		}
	})
}

func TestHistQuantileIsMonotone(t *testing.T) {
	h := counted([]float64{0.2, 0.7, 3, 3, 3.1, 20, 800})
	last := -1.0
	for q := 0.0; q <= 1; q += 0.01 {
		if got := h.Quantile(q); got < last {
			t.Fatal(q, got, last)
		} else {
			last = got
		}
	}
}
