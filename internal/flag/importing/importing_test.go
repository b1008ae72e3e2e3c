package importing_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/flag/importing"

	evaluator "github.com/davit-cd/davit/internal/flag"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

var options = importing.Options{Project: "shop", Environment: "production", Owner: "imported", Now: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}

func imported(t *testing.T, file string) importing.Result {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	format, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), "-")
	out, err := importing.Import(format, data, options)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}

// TestExports holds what each export becomes, and what is said of the rest.
func TestExports(t *testing.T) {
	files, err := filepath.Glob("testdata/*.[jy]*")
	if err != nil || len(files) != 7 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		out := imported(t, file)
		text, err := out.Document.YAML()
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		got.Write(text)
		got.WriteString("---\n")
		for _, n := range out.Notes {
			fmt.Fprintf(&got, "%s: %s\n", n.Flag, n.Text)
		}
		golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".txt"
		if *rewrite {
			if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || string(want) != got.String() {
			t.Errorf("%s became otherwise than %s (%v); go test -rewrite rewrites it:\n%s", file, golden, err, got.String())
		}
	}
}

// TestBuckets holds that users keep what they had: the shares of the users that
// the other system's own hash puts into the share get the variant, and nobody
// else.
func TestBuckets(t *testing.T) {
	german := map[string]any{"country": "DE", "version": "2.5.0", "app": "2.5.0", "beta": "yes", "age": 30.0}
	for _, c := range []struct {
		file, key string
		context   map[string]any
		in        func(user string) string
	}{
		{"flagd", "new-checkout", german, func(u string) string { return side(evaluator.Bucket("new-checkout", u, 100) < 25) }},
		{"flagd", "colour", nil, func(u string) string {
			return []string{"red", "blue", "green", "green"}[evaluator.Bucket("colour-2", u, 4)]
		}},
		{"unleash", "new-checkout", german, func(u string) string { return side(evaluator.UnleashBucket("new-checkout", u) <= 10) }},
		{"growthbook", "new-checkout", german, func(u string) string { return side(evaluator.GrowthBookV2("new-checkout", u) < 0.2) }},
		{"growthbook", "price", nil, func(u string) string {
			switch n := evaluator.GrowthBookV2("price-test", u); {
			case n < 0.5:
				return "normal"
			case n < 0.75:
				return "low"
			}
			return "high"
		}},
		{"launchdarkly", "new-checkout", nil, func(u string) string { return side(evaluator.LaunchDarklyBucket("new-checkout.salt", u) < 0.1) }},
		{"goff", "new-checkout", map[string]any{"country": "FR"}, func(u string) string {
			return goffSide(evaluator.GOFeatureFlagSlot("new-checkout", u, 100_000) < 10_000)
		}},
		{"goff", "new-checkout", map[string]any{"country": "AT", "version": "2.1.0", "plan": "free"}, func(u string) string {
			return goffSide(evaluator.GOFeatureFlagSlot("new-checkout", u, 100_000) < 20_000)
		}},
		{"goff", "colour", nil, func(u string) string { // reverse alphabetical: red, green, blue
			switch slot := evaluator.GOFeatureFlagSlot("colour", u, 100_000); {
			case slot < 50_500:
				return "red"
			case slot < 75_750:
				return "green"
			}
			return "blue"
		}},
		{"flipt", "new-checkout", nil, func(u string) string { return side(evaluator.FliptThreshold("new-checkout", u) < 30) }},
		{"flipt", "colour", map[string]any{"country": "DE", "age": 30.0, "beta": true, "company": "x", "joined": "2025-03-01T00:00:00Z"}, func(u string) string {
			switch slot := evaluator.FliptVariant("colour", u); {
			case slot < 333:
				return "red"
			case slot < 666:
				return "green"
			}
			return "blue"
		}},
		{"flipt", "colour", nil, func(u string) string { // half of everyone, the others none
			if evaluator.FliptVariant("colour", u) < 500 {
				return "red"
			}
			return "blue"
		}},
	} {
		file := "testdata/" + c.file + ".json"
		if _, err := os.Stat(file); err != nil {
			file = "testdata/" + c.file + ".yaml"
		}
		out := imported(t, file)
		text, _, err := authoring.Compile("shop", "production", out.Document.Flags, out.Document.Segments, out.Document.Groups)
		if err != nil {
			t.Fatal(err)
		}
		set, _, err := evaluator.Parse(text, evaluator.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2000 {
			user := fmt.Sprintf("user-%d", i)
			context := map[string]any{"targetingKey": user, "account": user}
			maps.Copy(context, c.context)
			u, err := evaluator.ContextOf(context)
			if err != nil {
				t.Fatal(err)
			}
			got := set.Evaluate(c.key, u, 0)
			u.Release()
			if want := c.in(user); got.Variant != want {
				t.Fatalf("%s %s: %s gets %q (%s), had %q", c.file, c.key, user, got.Variant, got.Detail, want)
			}
		}
	}
}

func goffSide(in bool) string { return map[bool]string{true: "enabled", false: "disabled"}[in] }

func side(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// TestMistakes holds that what is no export is refused with a reason.
func TestMistakes(t *testing.T) {
	for _, format := range importing.Formats() {
		for _, data := range []string{"", "[]", "{", "{}", `{"features": 7}`, `{"flags": []}`, `{"items": null}`, "\x00"} {
			if out, err := importing.Import(format, []byte(data), options); davit.KindOf(err) != davit.Invalid {
				t.Errorf("%s %q: %v %+v", format, data, err, out)
			}
		}
	}
	if _, err := importing.Import("nosuch", nil, options); davit.KindOf(err) != davit.Invalid || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("unknown format: %v", err)
	}
}
