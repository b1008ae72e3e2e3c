package conformance

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// TestSchemas holds that a strict reading takes what flagd's schemas take and
// refuses what they refuse.
func TestSchemas(t *testing.T) {
	root := suite(t, "flagd-schemas", "json", "test")
	// Two files of the suite are not refused, for a reason each.
	taken := map[string]string{
		"flags/negative/with-array-flags.json": "the schema for providers; a server takes both forms",
	}
	count := 0
	for _, class := range []string{"flagd", "flags", "targeting"} {
		for _, side := range []string{"positive", "negative"} {
			files, err := filepath.Glob(filepath.Join(root, class, side, "*.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				count++
				doc := read(t, file)
				if class == "targeting" {
					var rule map[string]any
					if err := json.Unmarshal(doc, &rule); err != nil {
						t.Fatal(err)
					}
					delete(rule, "$schema")
					var err error
					if doc, err = json.Marshal(map[string]any{
						"flags":       map[string]any{"f": map[string]any{"state": "ENABLED", "variants": map[string]any{"a": "b"}, "targeting": rule}},
						"$evaluators": map[string]any{"some-ref": map[string]any{"!": true}, "is_ballmer": map[string]any{"!": true}},
					}); err != nil {
						t.Fatal(err)
					}
				}
				name := class + "/" + side + "/" + filepath.Base(file)
				_, _, err := flag.Parse(doc, flag.ParseOptions{})
				want := side == "positive" || taken[name] != ""
				if got := err == nil; got != want {
					t.Errorf("%s: taken %v, want %v (%v)", name, got, want, err)
				}
			}
		}
	}
	if t.Logf("read %d documents", count); count < 30 {
		t.Errorf("only %d documents", count)
	}
}
