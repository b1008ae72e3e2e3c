package conformance

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// TestGrowthBook runs the hash and the range cases of GrowthBook's SDKs.
func TestGrowthBook(t *testing.T) {
	var cases struct {
		Hash   [][]any `json:"hash"`
		Choose [][]any `json:"chooseVariation"`
		Bucket [][]any `json:"getBucketRange"`
	}
	if err := json.Unmarshal(read(t, suite(t, "growthbook", "cases.json")), &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases.Hash {
		seed, value := c[0].(string), c[1].(string)
		switch c[2].(float64) {
		case 1:
			if got := flag.GrowthBookV1(seed, value); got != c[3].(float64) {
				t.Errorf("version 1 of %q, %q = %v, want %v", seed, value, got, c[3])
			}
		case 2:
			if got := flag.GrowthBookV2(seed, value); got != c[3].(float64) {
				t.Errorf("version 2 of %q, %q = %v, want %v", seed, value, got, c[3])
			}
		}
	}
	// The ranges of choices must be what davit.bucket does with them: find a
	// key for each place, and see which range has it.
	keys := map[float64]string{}
	for i := 0; len(keys) < 1000; i++ {
		keys[flag.GrowthBookV1("seed", strconv.Itoa(i))] = strconv.Itoa(i)
	}
	for _, c := range cases.Choose {
		name, at, ranges, want := c[0], c[1].(float64), c[2].([]any), c[3].(float64)
		doc := ""
		for i, r := range ranges {
			doc += fmt.Sprintf(`,[%d,%v,%v]`, i, r.([]any)[0], r.([]any)[1])
		}
		rule, _, err := flag.ParseRule([]byte(`{"davit.bucket":["growthbook-v1","seed",{"var":"id"}`+doc+`]}`), flag.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := rule.Apply([]byte(`{"id":"`+keys[at]+`"}`), now)
		if err != nil {
			t.Fatal(err)
		}
		if w := fmt.Sprint(want); want < 0 && string(got) != "null" || want >= 0 && string(got) != w {
			t.Errorf("%s: %s, want %s", name, got, w)
		}
	}
	t.Logf("ran %d hash cases and %d choices", len(cases.Hash), len(cases.Choose))
}

// unleashFile is the part of an Unleash specification that concerns buckets.
type unleashFile struct {
	State struct {
		Features []struct {
			Name       string
			Enabled    bool
			Strategies []struct {
				Name        string
				Parameters  map[string]string
				Constraints []any
				Segments    []any
				Variants    []any
			}
			Variants     []unleashVariant
			Dependencies []any
		}
	}
	Tests []struct {
		Description    string
		Context        map[string]any
		ToggleName     string
		ExpectedResult bool
	}
	VariantTests []struct {
		Description    string
		Context        map[string]any
		ToggleName     string
		ExpectedResult struct {
			Name    string
			Enabled bool
		}
	}
}

type unleashVariant struct {
	Name       string
	Weight     int
	Stickiness string
	Overrides  []any
}

// TestUnleashBuckets runs those cases of Unleash's client specification that
// are decided by a bucket alone: one gradual rollout without constraints, and
// variants without overrides.
func TestUnleashBuckets(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(suite(t, "client-specification", "specifications"), "[0-9]*.json"))
	if err != nil {
		t.Fatal(err)
	}
	rollouts, variants := 0, 0
	for _, file := range files {
		var f unleashFile
		if json.Unmarshal(read(t, file), &f) != nil {
			continue // it is about other things
		}
		for _, feature := range f.State.Features {
			if len(feature.Strategies) == 1 && len(feature.Variants) == 0 && feature.Enabled && len(feature.Dependencies) == 0 {
				s := feature.Strategies[0]
				attribute, percent := "", s.Parameters["percentage"]
				switch s.Name {
				case "gradualRolloutUserId":
					attribute = "userId"
				case "gradualRolloutSessionId":
					attribute = "sessionId"
				case "flexibleRollout":
					attribute, percent = s.Parameters["stickiness"], s.Parameters["rollout"]
				}
				if attribute == "" || attribute == "random" || len(s.Constraints)+len(s.Segments)+len(s.Variants) > 0 {
					continue
				}
				rule := split(t, "unleash", s.Parameters["groupId"], attribute, fmt.Sprintf(`[true,%s]`, percent))
				for _, c := range f.Tests {
					if c.ToggleName == feature.Name && (attribute != "default" || attributeOf(c.Context, attribute) != nil) {
						rollouts++
						if got := rule(c.Context) == "true"; got != c.ExpectedResult {
							t.Errorf("%s: %v, want %v", c.Description, got, c.ExpectedResult)
						}
					}
				}
			}
			if len(feature.Variants) > 0 && feature.Enabled && len(feature.Strategies) <= 1 {
				shares, plain := "", true
				for i, v := range feature.Variants {
					plain = plain && len(v.Overrides) == 0 && v.Stickiness == feature.Variants[0].Stickiness && v.Stickiness != "random"
					if i > 0 {
						shares += ","
					}
					shares += fmt.Sprintf(`[%q,%d]`, v.Name, v.Weight)
				}
				attribute := feature.Variants[0].Stickiness
				if attribute == "" {
					attribute = "default"
				}
				if !plain || len(feature.Strategies) == 1 && feature.Strategies[0].Name != "default" {
					continue
				}
				rule := split(t, "unleash-variant", feature.Name, attribute, shares)
				for _, c := range f.VariantTests {
					if c.ToggleName == feature.Name && attributeOf(c.Context, attribute) != nil {
						variants++
						if got := rule(c.Context); got != strconv.Quote(c.ExpectedResult.Name) && c.ExpectedResult.Enabled {
							t.Errorf("%s: %v, want %v", c.Description, got, c.ExpectedResult.Name)
						}
					}
				}
			}
		}
	}
	if t.Logf("ran %d cases of rollouts and %d of variants", rollouts, variants); rollouts < 20 || variants < 10 {
		t.Error("too few: the specification has another form")
	}
}

// attributeOf is an attribute of an Unleash context. By default it is the
// user or, without one, the session; with neither, chance decides.
func attributeOf(context map[string]any, name string) any {
	if name == "default" {
		if v := context["userId"]; v != nil {
			return v
		}
		name = "sessionId"
	}
	if v, ok := context[name]; ok {
		return v
	}
	properties, _ := context["properties"].(map[string]any)
	return properties[name]
}

func split(t *testing.T, hash, salt, attribute, shares string) func(map[string]any) string {
	t.Helper()
	rule, _, err := flag.ParseRule(fmt.Appendf(nil, `{"davit.bucket":[%q,%q,{"var":"key"},%s]}`, hash, salt, shares), flag.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return func(context map[string]any) string {
		body, err := json.Marshal(map[string]any{"key": attributeOf(context, attribute)})
		if err != nil {
			t.Fatal(err)
		}
		out, err := rule.Apply(body, now)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}
