package conformance

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/thomaspoignant/go-feature-flag/modules/core/dto"
	"github.com/thomaspoignant/go-feature-flag/modules/core/ffcontext"
	goff "github.com/thomaspoignant/go-feature-flag/modules/core/flag"

	"github.com/davit-cd/davit/internal/flag"
)

// TestGOFeatureFlagVectors holds the hashes that the tests of GO Feature Flag's
// core (0.7.2) know.
func TestGOFeatureFlagVectors(t *testing.T) {
	const user = "e56f628e-9817-498f-ae38-4961e9c2bb21"
	for _, c := range []struct {
		flag, key   string
		slots, want uint32
	}{
		{"my-flag", user, 100_000, 70272},
		{"", user, 100_000, 74237},
		{"", "", 100_000, 36261},
		{"my-flag", user, 0, 0},
		{"flagName", "UserKey", math.MaxUint32, 3946001934},
	} {
		if got := flag.GOFeatureFlagSlot(c.flag, c.key, c.slots); got != c.want {
			t.Errorf("%q, %q of %d = %d, want %d", c.flag, c.key, c.slots, got, c.want)
		}
	}
}

// goffEvaluator evaluates with GO Feature Flag's own core; where it has an error
// there is no variant.
func goffEvaluator(t *testing.T, key string, definition []byte) func(context map[string]any) string {
	t.Helper()
	var d dto.DTO
	if err := json.Unmarshal(definition, &d); err != nil {
		t.Fatal(err)
	}
	f := d.Convert()
	if err := f.IsValid(); err != nil {
		t.Fatalf("%s: %v", definition, err)
	}
	return func(context map[string]any) string {
		b := ffcontext.NewEvaluationContextBuilder(context["targetingKey"].(string))
		for name, v := range context {
			if name != "targetingKey" {
				b.AddCustom(name, v)
			}
		}
		if _, d := f.Value(key, b.Build(), goff.Context{}); d.ErrorCode == "" {
			return d.Variant
		}
		return ""
	}
}

// goffWavers says whether percentages make another number of slots by the order
// in which they are summed: GO Feature Flag sums in no order, so that then not
// even it gives a user the same each time.
func goffWavers(percentages []float64) bool {
	slots := map[uint32]bool{}
	var sum func(at float64, rest []float64)
	sum = func(at float64, rest []float64) {
		if len(rest) == 0 {
			slots[uint32(at*1000)] = true
		}
		for i := range rest {
			sum(at+rest[i], slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	sum(0, percentages)
	return len(slots) > 1
}

// TestGOFeatureFlagShares holds davit.bucket to GO Feature Flag's core where a
// share ends exactly at, just before or just behind a user's slot.
func TestGOFeatureFlagShares(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	cases, wavering := 0, 0
	for range 1500 {
		key, user := fmt.Sprintf("flag-%d", r.IntN(100)), fmt.Sprintf("user-%d", r.IntN(1_000_000))
		at := int(flag.GOFeatureFlagSlot(key, user, 100_000))
		first := r.IntN(at + 1)
		for _, end := range []int{at - 1, at, at + 1} {
			if end < first || end > 100_000 {
				continue
			}
			percentages := []float64{float64(100_000-end) / 1000, float64(end-first) / 1000, float64(first) / 1000} // of a, b and c, which lie the other way round
			if goffWavers(percentages) {
				wavering++
				continue
			}
			shares, mine := map[string]any{}, []any{}
			for i, name := range []string{"a", "b", "c"} {
				shares[name] = percentages[i]
				mine = append(mine, []any{name, percentages[i]})
			}
			want := "null"
			if v := goffEvaluator(t, key, asJSON(t, map[string]any{
				"variations": map[string]any{"a": "a", "b": "b", "c": "c"}, "defaultRule": map[string]any{"percentage": shares},
			}))(map[string]any{"targetingKey": user}); v != "" {
				want = fmt.Sprintf("%q", v)
			}
			if got := bucketRule(t, "goff-fnv", key, mine...)(user); got != want {
				t.Errorf("%s %v: %s at %d gets %s, GO Feature Flag gives %s", key, percentages, user, at, got, want)
			}
			cases++
		}
	}
	t.Logf("compared %d slots; for %d GO Feature Flag itself is undecided", cases, wavering)
	if cases < 2000 {
		t.Error("that is too few")
	}
}

// TestGOFeatureFlagImport holds that users have after the import what GO Feature
// Flag's core gave them, or that a line says why not.
func TestGOFeatureFlagImport(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 4))
	const users = 150
	exact, rounded, said := 0, 0, 0
	for n := range 120 {
		key, names := fmt.Sprintf("flag %d", n), []string{"B", "a", "a-1", "ä", "off"}[:2+r.IntN(4)]
		step := 100 // parts of a hundred thousandth
		switch r.IntN(6) {
		case 0:
			step = 5 // as 11.905 %
		case 1:
			step = 1
		}
		wavers := false
		rule := func() map[string]any {
			whole := 100_000
			if r.IntN(12) == 0 {
				whole -= step * r.IntN(300)
			}
			shares, list := map[string]any{}, []float64{}
			for i, part := range cut(r, whole/step, len(names)) {
				percent := float64(part*step) / 1000
				shares[names[i]], list = percent, append(list, percent)
			}
			wavers = wavers || goffWavers(list)
			return map[string]any{"percentage": shares}
		}
		variations := map[string]any{}
		for _, name := range names {
			variations[name] = "the value " + name
		}
		definition := map[string]any{"variations": variations, "defaultRule": rule()}
		var rules []any
		for _, tier := range []string{"gold", "silver"}[:r.IntN(3)] {
			one := rule()
			one["query"] = fmt.Sprintf("tier eq %q", tier)
			rules = append(rules, one)
		}
		if len(rules) > 0 {
			definition["targeting"] = rules
		}
		if r.IntN(3) == 0 {
			definition["bucketingKey"] = "account"
		}
		if wavers {
			continue
		}
		theirs := goffEvaluator(t, key, asJSON(t, definition))
		mine := move(t, "goff", asJSON(t, map[string]any{key: definition}))
		differ := 0
		for i := range users {
			context := map[string]any{"targetingKey": fmt.Sprintf("user-%d-%d", n, i), "account": fmt.Sprintf("account-%d", i), "tier": []string{"gold", "silver", "none"}[i%3]}
			if want, got := theirs(context), mine.variant(t, key, context); got != want {
				if differ++; len(mine.notes[key]) == 0 {
					t.Errorf("%s: %v gets %q, GO Feature Flag gives %q", asJSON(t, definition), context, got, want)
				}
			}
		}
		switch notes := strings.Join(mine.notes[key], "\n"); {
		case strings.Contains(notes, "add up to"):
			said++
		case strings.Contains(notes, "rounded"):
			if rounded += users; differ > 1 {
				t.Errorf("%s: %d of %d users differ, although shares were but rounded: %s", asJSON(t, definition), differ, users, notes)
			}
		default:
			if exact += users; notes != "" {
				t.Errorf("%s: unexpected lines %s", asJSON(t, definition), notes)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("compared %d users exactly and %d within rounding; of %d flags a line says that users are re-assigned", exact, rounded, said)
	if exact < 5000 || rounded < 1000 || said == 0 {
		t.Error("that is too few")
	}
}
