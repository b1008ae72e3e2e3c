package conformance

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// now is any time between those that the suites ask about.
const now = 1_750_000_000

// world is what the steps of a scenario share.
type world struct {
	files    func(selector string) *flag.Set
	set      *flag.Set
	selector string
	key      string
	kind     string
	fallback string
	context  map[string]any
	result   flag.Result
}

// TestFlagdEvaluatorKit runs the evaluator kit of flagd's test bed, with both
// versions of fractional.
func TestFlagdEvaluatorKit(t *testing.T) {
	dir := suite(t, "flagd-testbed", "evaluator")
	doc := read(t, filepath.Join(dir, "flags", "testkit-flags.json"))
	runFeatures(t, filepath.Join(dir, "gherkin"), nil, func(hash int) func(string) *flag.Set {
		set := lenient(t, doc, hash)
		return func(string) *flag.Set { return set }
	})
}

// TestFlagdTestbed runs what concerns an evaluator of the provider's test bed.
func TestFlagdTestbed(t *testing.T) {
	dir := suite(t, "flagd-testbed")
	runFeatures(t, filepath.Join(dir, "gherkin"), []string{"targeting", "evaluation", "disabled", "metadata", "selector"}, func(hash int) func(string) *flag.Set {
		all := lenient(t, mergedFlags(t, filepath.Join(dir, "flags")), hash)
		return func(selector string) *flag.Set {
			if file, ok := strings.CutPrefix(selector, "rawflags/"); ok {
				return lenient(t, read(t, filepath.Join(dir, "flags", file)), hash)
			}
			return all
		}
	})
}

func lenient(t *testing.T, doc []byte, hash int) *flag.Set {
	t.Helper()
	set, _, err := flag.Parse(doc, flag.ParseOptions{Lenient: true, Hash: hash})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// mergedFlags is the document the test bed makes of its files: all of them
// but those that are for selectors.
func mergedFlags(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	type document struct {
		Flags      map[string]json.RawMessage `json:"flags"`
		Evaluators map[string]json.RawMessage `json:"$evaluators,omitempty"`
	}
	all := document{Flags: map[string]json.RawMessage{}, Evaluators: map[string]json.RawMessage{}}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "selector-") {
			continue
		}
		var d document
		if err := json.Unmarshal(read(t, file), &d); err != nil {
			t.Fatal(file, err)
		}
		for k, v := range d.Flags {
			all.Flags[k] = v
		}
		for k, v := range d.Evaluators {
			all.Evaluators[k] = v
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func runFeatures(t *testing.T, dir string, only []string, sets func(hash int) func(string) *flag.Set) {
	files, err := filepath.Glob(filepath.Join(dir, "*.feature"))
	if err != nil || len(files) == 0 {
		t.Fatal("no feature files", err)
	}
	two, three := sets(2), sets(3)
	ran := map[string]int{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".feature")
		if only != nil && !contains(only, name) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range parseFeature(string(text)) {
			w := &world{files: two, context: map[string]any{}}
			class := "v2"
			switch {
			case s.tagged("@fractional-v1"), s.tagged("@deprecated"):
				continue
			case s.tagged("@fractional-v3"):
				w.files, class = three, "v3"
			}
			ran[class]++
			t.Run(name+"/"+s.name, func(t *testing.T) { w.steps().run(t, s) })
		}
	}
	t.Logf("ran %d scenarios, and %d of fractional version 3", ran["v2"], ran["v3"])
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (w *world) steps() stepTable {
	var st stepTable
	do := func(pattern string, f func(t *testing.T, m []string)) {
		st.on(pattern, func(t *testing.T, m []string, _ [][]string) { f(t, m) })
	}
	do(`(an evaluator|a (stable|metadata) flagd provider)`, func(*testing.T, []string) {})
	do(`an option "([^"]*)" of type "[^"]*" with value "([^"]*)"`, func(_ *testing.T, m []string) {
		if m[1] == "selector" {
			w.selector = m[2]
		}
	})
	do(`a (\w+)-flag with key "([^"]*)" and a (?:default|fallback) value "(.*)"`, func(_ *testing.T, m []string) {
		w.kind, w.key, w.fallback = m[1], m[2], m[3]
	})
	do(`a context containing a targeting key with value "(.*)"`, func(_ *testing.T, m []string) {
		w.context["targetingKey"] = m[1]
	})
	do(`a context containing a key "([^"]*)", with type "([^"]*)" and with value "(.*)"`, func(t *testing.T, m []string) {
		w.context[m[1]] = typed(t, m[2], m[3])
	})
	do(`a context containing a nested property with outer key "([^"]*)" and inner key "([^"]*)", with value "(.*)"`, func(_ *testing.T, m []string) {
		w.context[m[1]] = map[string]any{m[2]: m[3]}
	})
	do(`the flag was evaluated with details`, func(t *testing.T, _ []string) { w.evaluate(t) })
	do(`the resolved details value should be "(.*)"`, func(t *testing.T, m []string) {
		var got any = typed(t, w.kind, w.fallback)
		if w.result.Value != nil && w.result.Code == "" {
			got = w.result.Value.Any()
		}
		if want := typed(t, w.kind, m[1]); !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %v, want %v (%+v)", w.key, got, want, w.result)
		}
	})
	do(`the reason should be "(.*)"`, func(t *testing.T, m []string) {
		if string(w.result.Reason) != m[1] {
			t.Errorf("%s has reason %s, want %s", w.key, w.result.Reason, m[1])
		}
	})
	do(`the error-code should be "(.*)"`, func(t *testing.T, m []string) {
		if string(w.result.Code) != m[1] {
			t.Errorf("%s has error %q, want %q", w.key, w.result.Code, m[1])
		}
	})
	do(`the resolved metadata is empty`, func(t *testing.T, _ []string) {
		if n := w.result.Flag.Metadata().Len(); n != 0 {
			t.Errorf("%s has %d facts", w.key, n)
		}
	})
	st.on(`the resolved metadata should contain`, func(t *testing.T, _ []string, table [][]string) {
		for _, row := range table[1:] {
			if got, _ := w.result.Flag.Metadata().Get(row[0]); !reflect.DeepEqual(got, typed(t, row[1], row[2])) {
				t.Errorf("%s is %v, want %s", row[0], got, row[2])
			}
		}
	})
	return st
}

func (w *world) evaluate(t *testing.T) {
	body, err := json.Marshal(w.context)
	if err != nil {
		t.Fatal(err)
	}
	c, err := flag.ParseContext(body)
	if err != nil {
		t.Fatal(err)
	}
	r := w.files(w.selector).Evaluate(w.key, c, now)
	switch w.kind {
	case "Boolean":
		r = r.As(flag.Bool)
	case "String":
		r = r.As(flag.String)
	case "Integer":
		r = r.AsInt()
	case "Float":
		r = r.As(flag.Number)
	case "Object":
		r = r.As(flag.Object)
	default:
		t.Fatalf("no such kind: %s", w.kind)
	}
	w.result = r
}

// typed is a value of the suites' tables.
func typed(t *testing.T, kind, s string) any {
	t.Helper()
	switch kind {
	case "Boolean":
		return s == "true"
	case "String":
		return s
	case "Integer", "Float":
		n, err := strconv.ParseFloat(s, 64)
		if err != nil && !math.IsInf(n, 0) {
			t.Fatal(err)
		}
		return n
	case "Object":
		var out map[string]any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(s, `\"`, `"`)), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	t.Fatalf("no such type: %s", kind)
	return nil
}
