package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/launchdarkly/go-sdk-common/v3/ldcontext"
	"github.com/launchdarkly/go-sdk-common/v3/ldvalue"
	evaluation "github.com/launchdarkly/go-server-sdk-evaluation/v3"
	"github.com/launchdarkly/go-server-sdk-evaluation/v3/ldmodel"

	"github.com/davit-cd/davit/internal/flag"
)

// TestLaunchDarklyVectors holds the places that the tests of LaunchDarkly's Go
// evaluator (3.0.1) know, and what its rollouts make of them.
func TestLaunchDarklyVectors(t *testing.T) {
	rollout := bucketRule(t, "ld-sha1", "hashKey.saltyA", []any{3, 20000}, []any{2, 20000}, []any{1, 20000}, []any{0, 40000})
	experiment := bucketRule(t, "ld-sha1", "61", []any{1, 10000}, []any{0, 90000})
	for _, c := range []struct {
		prefix, value string
		place         float32
		rule          func(any) string
		variation     string
	}{
		{"hashKey.saltyA", "userKeyA", 0.42157587, rollout, "1"},
		{"hashKey.saltyA", "userKeyB", 0.6708485, rollout, "0"},
		{"hashKey.saltyA", "userKeyC", 0.10343106, rollout, "3"},
		{"hashKey.saltyA", "33333", 0.54771423, rollout, "1"},
		{"hashKey.saltyA", "99999", 0.7309658, rollout, "0"},
		{"61", "userKeyA", 0.09801207, experiment, "1"}, // an experiment's seed
		{"61", "userKeyB", 0.14483777, experiment, "0"},
		{"61", "userKeyC", 0.9242641, experiment, "0"},
	} {
		if got := flag.LaunchDarklyBucket(c.prefix, c.value); got != c.place {
			t.Errorf("%s by %s lies at %v, want %v", c.value, c.prefix, got, c.place)
		}
		if got := c.rule(c.value); got != c.variation {
			t.Errorf("%s by %s gets %s, want %s", c.value, c.prefix, got, c.variation)
		}
	}
	if got := rollout(33333); got != "1" { // a whole number is hashed as its text
		t.Error("the number 33333 gets", got)
	}
	short := bucketRule(t, "ld-sha1", "hashKey.saltyA", []any{0, 5000}, []any{1, 5000})
	if got := short("userKeyD"); got != "1" {
		t.Error("who lies beyond all shares gets", got, "and not the last")
	}
}

// launchDarkly evaluates with LaunchDarkly's own evaluator.
type launchDarkly struct{ evaluation.DataProvider }

func (launchDarkly) GetFeatureFlag(string) *ldmodel.FeatureFlag { return nil }
func (launchDarkly) GetSegment(string) *ldmodel.Segment         { return nil }

func ldEvaluator(t *testing.T, definition []byte) func(context map[string]any) int {
	t.Helper()
	f, err := ldmodel.NewJSONDataModelSerialization().UnmarshalFeatureFlag(definition)
	if err != nil {
		t.Fatal(err)
	}
	e := evaluation.NewEvaluator(launchDarkly{})
	return func(context map[string]any) int {
		b := ldcontext.NewBuilder(context["targetingKey"].(string))
		for name, v := range context {
			if name != "targetingKey" {
				b.SetValue(name, ldvalue.CopyArbitraryValue(v))
			}
		}
		user := b.Build()
		if err := user.Err(); err != nil {
			t.Fatal(err)
		}
		r := e.Evaluate(&f, user, nil)
		index, ok := r.Detail.VariationIndex.Get()
		if !ok {
			t.Fatalf("%s for %v: %v", definition, context, r.Detail)
		}
		return index
	}
}

// TestLaunchDarklyShares holds davit.bucket to LaunchDarkly's evaluator where a
// share ends exactly at, just before or just behind a user's place.
func TestLaunchDarklyShares(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	cases := 0
	for range 700 {
		key, salt, user := fmt.Sprintf("flag-%d", r.IntN(100)), strconv.Itoa(r.IntN(1000)), fmt.Sprintf("user-%d", r.IntN(1_000_000))
		at := int(flag.LaunchDarklyBucket(key+"."+salt, user) * 100000)
		first := r.IntN(at + 1)
		for _, end := range []int{at - 1, at, at + 1} {
			if end < first {
				continue
			}
			weights := []int{first, end - first, max(0, 100000-end)}
			var theirs []any
			var mine []any
			for i, w := range weights {
				theirs = append(theirs, map[string]any{"variation": i, "weight": w})
				mine = append(mine, []any{i, w})
			}
			want := ldEvaluator(t, asJSON(t, map[string]any{
				"key": key, "salt": salt, "on": true, "variations": []any{"a", "b", "c"}, "fallthrough": map[string]any{"rollout": map[string]any{"variations": theirs}},
			}))(map[string]any{"targetingKey": user})
			if got := bucketRule(t, "ld-sha1", key+"."+salt, mine...)(user); got != strconv.Itoa(want) {
				t.Errorf("%s.%s %v: %s gets %s, LaunchDarkly gives %d", key, salt, weights, user, got, want)
			}
			cases++
		}
	}
	t.Logf("compared %d places", cases)
}

// ldRollout makes a rollout at random, of a kind and with what goes with it.
func ldRollout(r *rand.Rand, variations, step int) map[string]any {
	order := r.Perm(variations)
	var shares []any
	whole := 100000
	if r.IntN(8) == 0 {
		whole = 100000 - 10*r.IntN(3000) // the last has the rest
	}
	for i, w := range cut(r, whole/step, variations) {
		shares = append(shares, map[string]any{"variation": order[i], "weight": w * step})
	}
	if last := shares[len(shares)-1].(map[string]any); r.IntN(4) == 0 && whole == 100000 && last["weight"].(int) > step {
		// An experiment's part that is not counted lies beside the one that is.
		half := last["weight"].(int) / step / 2 * step
		last["weight"] = last["weight"].(int) - half
		shares = append(shares, map[string]any{"variation": last["variation"], "weight": half, "untracked": true})
	}
	return map[string]any{"variations": shares}
}

// TestLaunchDarklyImport holds that users have after the import what
// LaunchDarkly's evaluator gave them, or that a line says why not.
func TestLaunchDarklyImport(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 2))
	const users = 150
	names := []string{"variation a", "variation b", "variation c", "variation d"}
	exact, rounded, said := 0, 0, 0
	for n := range 120 {
		key, step := fmt.Sprintf("flag %d", n), 10
		if r.IntN(4) == 0 {
			step = 1
		}
		variations := 2 + r.IntN(3)
		rollout := func() map[string]any { return ldRollout(r, variations, step) }
		environment := map[string]any{
			"on": true, "salt": strconv.FormatUint(r.Uint64(), 36), "offVariation": r.IntN(variations), "targets": []any{}, "prerequisites": []any{},
			"fallthrough": map[string]any{"rollout": rollout()},
		}
		rules := []any{}
		for _, tier := range []string{"gold", "silver"}[:r.IntN(3)] {
			rules = append(rules, map[string]any{
				"_id": tier, "id": tier, "rollout": rollout(), "clauses": []any{map[string]any{"attribute": "tier", "op": "in", "values": []any{tier}}},
			})
		}
		environment["rules"] = rules
		all := []map[string]any{environment["fallthrough"].(map[string]any)["rollout"].(map[string]any)}
		for _, rule := range rules {
			all = append(all, rule.(map[string]any)["rollout"].(map[string]any))
		}
		attribute, seed, experiment, alike := []string{"", "", "key", "account", "/org/id", "number"}[r.IntN(6)], r.IntN(3)*r.IntN(1000), r.IntN(3) == 0, r.IntN(4) > 0
		for i, one := range all {
			if i > 0 && !alike { // a way of its own
				attribute, seed, experiment = []string{"", "account"}[r.IntN(2)], r.IntN(2)*61, r.IntN(2) == 0
			}
			if attribute != "" {
				one["bucketBy"] = attribute
			}
			if seed != 0 {
				one["seed"] = seed
			}
			if experiment {
				one["kind"] = "experiment"
			}
			switch {
			case r.IntN(20) == 0:
				one["contextKind"] = "device"
			case attribute == "/org/id" || r.IntN(2) == 0: // without a kind, it would be no path
				one["contextKind"] = "user"
			}
		}
		definition := maps.Clone(environment)
		definition["key"] = key
		definition["variations"] = names[:variations]
		var values []any
		for _, name := range names[:variations] {
			values = append(values, map[string]any{"value": name})
		}
		theirs := ldEvaluator(t, asJSON(t, definition))
		mine := move(t, "launchdarkly", asJSON(t, map[string]any{"items": []any{map[string]any{
			"key": key, "name": key, "variations": values, "environments": map[string]any{"production": environment},
		}}}))
		differ := 0
		for i := range users {
			context := map[string]any{
				"targetingKey": fmt.Sprintf("user-%d-%d", n, i), "account": fmt.Sprintf("account-%d", i), "org": map[string]any{"id": fmt.Sprintf("org %d", i)}, "number": float64(i * 7919), "/org/id": "plain",
				"tier": []string{"gold", "silver", "none"}[i%3],
			}
			if want, got := names[theirs(context)], mine.variant(t, key, context); got != want {
				if differ++; len(mine.notes[key]) == 0 {
					t.Errorf("%s: %v gets %s, LaunchDarkly gives %s", asJSON(t, environment), context, got, want)
				}
			}
		}
		if slices.ContainsFunc(mine.notes[key], func(s string) bool { return strings.Contains(s, "re-assigned") }) {
			said++
		} else if slices.ContainsFunc(mine.notes[key], func(s string) bool { return strings.Contains(s, "rounded") }) {
			if rounded += users; differ > 1 {
				t.Errorf("%s: %d of %d users differ, although shares were but rounded: %s", asJSON(t, environment), differ, users, mine.notes[key])
			}
		} else if exact += users; differ > 0 {
			t.Errorf("%s: %d differ in spite of the lines %q", asJSON(t, environment), differ, mine.notes[key])
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
