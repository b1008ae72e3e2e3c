package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/flag"
)

// TestFliptVectors holds what the tests of Flipt's server and of its clients'
// engine know of single entities.
func TestFliptVectors(t *testing.T) {
	halves := bucketRule(t, "flipt-crc32", "foo", []any{"first", 500}, []any{"second", 500})
	tenth := bucketRule(t, "flipt-crc32", "foo", []any{"first", 100})
	most := bucketRule(t, "flipt-threshold", "test-flag", []any{"on", 70})
	few := bucketRule(t, "flipt-threshold", "test-flag", []any{"on", 5})
	for _, c := range []struct {
		rule         func(any) string
		entity, want string
	}{
		{halves, "1", `"first"`},
		{halves, "2", `"second"`},
		{halves, "10", `"first"`},
		{halves, "01", `"second"`},
		{tenth, "123", "null"},
		{most, "test-entity", `"on"`},
		{few, "test-entity", "null"},
	} {
		if got := c.rule(c.entity); got != c.want {
			t.Errorf("%s gets %s, want %s", c.entity, got, c.want)
		}
	}
}

// fliptFlag is a flag twice: as an export has it, and as Flipt's server tells
// its clients.
type fliptFlag struct {
	key       string
	boolean   bool
	otherwise string // what those get who get nothing from Flipt
	export    map[string]any
	snapshot  map[string]any
}

// fliptGold is the segment of those whose tier is gold.
const fliptGold = "gold"

func fliptSegment(key, matchType, constraintType string) map[string]any {
	s := map[string]any{"key": key, "name": key, "matchType": "ALL" + matchType, "match_type": "ALL" + matchType, "constraints": []any{}}
	if key == fliptGold {
		s["constraints"] = []any{map[string]any{"type": "STRING" + constraintType, "property": "tier", "operator": "eq", "value": fliptGold}}
	}
	return s
}

// fliptBoolean makes a flag with a threshold.
func fliptBoolean(r *rand.Rand, key string) fliptFlag {
	percentage := []float64{0, 100, 0.4, float64(r.IntN(101)), float64(r.IntN(1001)) / 10, float64(r.IntN(10001)) / 100}[r.IntN(6)]
	enabled, value := r.IntN(4) == 0, r.IntN(4) > 0
	threshold := map[string]any{"percentage": percentage, "value": value}
	exported, told := []any{map[string]any{"threshold": threshold}}, []any{map[string]any{"type": "THRESHOLD_ROLLOUT_TYPE", "rank": 2, "threshold": threshold}}
	if r.IntN(2) == 0 {
		segment := fliptSegment(fliptGold, "_SEGMENT_MATCH_TYPE", "_CONSTRAINT_COMPARISON_TYPE")
		exported = append([]any{map[string]any{"segment": map[string]any{"key": fliptGold, "value": !value}}}, exported...)
		told = append([]any{map[string]any{"type": "SEGMENT_ROLLOUT_TYPE", "rank": 1, "segment": map[string]any{"value": !value, "segmentOperator": "OR_SEGMENT_OPERATOR", "segments": []any{segment}}}}, told...)
	}
	return fliptFlag{
		key: key, boolean: true,
		export:   map[string]any{"key": key, "name": key, "type": "BOOLEAN_FLAG_TYPE", "enabled": enabled, "rollouts": exported},
		snapshot: map[string]any{"key": key, "name": key, "type": "BOOLEAN_FLAG_TYPE", "enabled": enabled, "rules": []any{}, "rollouts": told},
	}
}

// fliptVariants makes a flag with distributions.
func fliptVariants(r *rand.Rand, key string) fliptFlag {
	names := []string{"a", "b", "c", "d"}[:2+r.IntN(3)]
	var variants []any
	for _, name := range names {
		variants = append(variants, map[string]any{"key": name, "name": name})
	}
	f := fliptFlag{key: key, otherwise: names[len(names)-1]}
	f.export = map[string]any{"key": key, "name": key, "type": "VARIANT_FLAG_TYPE", "enabled": true, "variants": variants}
	f.snapshot = map[string]any{"key": key, "name": key, "type": "VARIANT_FLAG_TYPE", "enabled": true, "rollouts": []any{}}
	if r.IntN(2) == 0 {
		i := r.IntN(len(names))
		f.otherwise = names[i]
		variants[i].(map[string]any)["default"] = true
		f.snapshot["defaultVariant"] = map[string]any{"id": names[i], "key": names[i]}
	}
	var exported, told []any
	for i, segment := range [][]string{{fliptGold}, {fliptGold, "everyone"}, {"everyone"}}[r.IntN(3)] {
		parts, order := []float64{33.33, 33.33, 33.34}[:len(names)-1], r.Perm(len(names))
		if len(names) != 4 || r.IntN(2) == 0 {
			whole, step := 100_0, 10.0
			if r.IntN(4) == 0 {
				whole, step = 100_00, 100.0
			}
			if r.IntN(8) == 0 {
				whole = whole * 9 / 10
			}
			parts = nil
			for _, part := range cut(r, whole, len(names)) {
				parts = append(parts, float64(part)/step)
			}
		}
		var shares, toldShares []any
		for n, part := range parts {
			shares = append(shares, map[string]any{"variant": names[order[n]], "rollout": part})
			toldShares = append(toldShares, map[string]any{"variantKey": names[order[n]], "rollout": part})
		}
		exported = append(exported, map[string]any{"segment": segment, "rank": i + 1, "distributions": shares})
		told = append(told, map[string]any{
			"id": fmt.Sprint(i), "rank": i + 1, "segmentOperator": "OR_SEGMENT_OPERATOR", "distributions": toldShares,
			"segments": []any{fliptSegment(segment, "_SEGMENT_MATCH_TYPE", "_CONSTRAINT_COMPARISON_TYPE")},
		})
	}
	f.export["rules"], f.snapshot["rules"] = exported, told
	return f
}

// fliptClient is what Flipt's client says, by flag and by entity.
func fliptClient(t *testing.T, flags []fliptFlag, entities []map[string]any) [][]string {
	t.Helper()
	if why := installed(); why != "" {
		t.Skip("NOT TESTED: " + why)
	}
	var told, asked []any
	for _, f := range flags {
		told, asked = append(told, f.snapshot), append(asked, map[string]any{"key": f.key, "boolean": f.boolean})
	}
	snapshot := asJSON(t, map[string]any{"namespace": map[string]any{"key": "default", "name": "default"}, "flags": told})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/internal/v1/evaluation/snapshot/namespace/default" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(snapshot)
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "flipt.mjs", server.URL)
	node.Dir = "js"
	node.Stdin = bytes.NewReader(asJSON(t, map[string]any{"flags": asked, "entities": entities}))
	var failed bytes.Buffer
	node.Stderr = &failed
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, failed.String())
	}
	var said [][]string
	if err := json.Unmarshal(out, &said); err != nil || len(said) != len(flags) {
		t.Fatalf("%v: %s", err, out)
	}
	return said
}

// TestFliptImport holds that users have after the import what Flipt's own client
// gave them, or that a line says why not.
func TestFliptImport(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 5))
	var flags []fliptFlag
	var exported []any
	for n := range 45 {
		one := fliptVariants
		if n%3 == 0 {
			one = fliptBoolean
		}
		f := one(r, fmt.Sprintf("flag-%d", n))
		flags, exported = append(flags, f), append(exported, f.export)
	}
	var entities []map[string]any
	for i := range 700 {
		entities = append(entities, map[string]any{"id": fmt.Sprintf("entity-%d", i), "context": map[string]any{"tier": []string{fliptGold, "silver"}[i%2]}})
	}
	said := fliptClient(t, flags, entities)
	mine := move(t, "flipt", asJSON(t, map[string]any{"version": "1.5", "namespace": "default", "flags": exported, "segments": []any{
		fliptSegment(fliptGold, "_MATCH_TYPE", "_COMPARISON_TYPE"), fliptSegment("everyone", "_MATCH_TYPE", "_COMPARISON_TYPE"),
	}}))
	exact, apart, otherwise := 0, 0, 0
	for n, f := range flags {
		var slots []uint32
		for i, e := range entities {
			user := map[string]any{"targetingKey": e["id"], "tier": e["context"].(map[string]any)["tier"]}
			want := said[n][i]
			if want == "" {
				want = f.otherwise
			}
			if got := mine.variant(t, f.key, user); got != want {
				if slot := flag.FliptVariant(f.key, e["id"].(string)); !slices.Contains(slots, slot) {
					slots = append(slots, slot)
				}
			}
		}
		switch notes := strings.Join(mine.notes[f.key], "\n"); {
		case strings.Contains(notes, "re-assigned") || strings.Contains(notes, "add up to"):
			otherwise++
		case strings.Contains(notes, "part by a slot"): // two rules of up to three ends
			if apart += len(entities); len(slots) > 6 {
				t.Errorf("%s: Flipt's client says otherwise in the slots %v: %s", asJSON(t, f.export), slots, notes)
			}
		default:
			if exact += len(entities); len(slots) > 0 {
				t.Errorf("%s: Flipt's client says otherwise in the slots %v: %s", asJSON(t, f.export), slots, notes)
			}
		}
	}
	t.Logf("compared %d entities exactly and %d within a slot; of %d flags a line says that users are re-assigned", exact, apart, otherwise)
	if exact < 10_000 || apart < 1000 || otherwise == 0 {
		t.Error("that is too few")
	}
}
