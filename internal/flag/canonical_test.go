package flag_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/flag"
)

func canonical(t interface{ Fatal(...any) }, doc []byte) []byte {
	c, err := flag.ParseContext(doc)
	if err != nil {
		t.Fatal(string(doc), err)
	}
	defer c.Release()
	return c.AppendCanonical(nil)
}

func TestCanonical(t *testing.T) {
	for doc, want := range map[string]string{
		``:     `{}`,
		`null`: `{}`,
		` { "b" : [ 1.0 , true , null ] , "a" : { "z" : "" , "y" : 1e2 } } `: `{"a":{"y":100,"z":""},"b":[1,true,null]}`,
		`{"a":1,"b":2,"a":3}`:                     `{"a":3,"b":2}`,
		`{"a":-0.0}`:                              `{"a":0}`,
		`{"a":9007199254740993}`:                  `{"a":9007199254740993}`,
		`{"\u0061":"\u00e9\n\u2028\ud83d\ude00"}`: "{\"a\":\"é\\n\u2028😀\"}",
	} {
		if got := canonical(t, []byte(doc)); string(got) != want && !same(got, want) {
			t.Errorf("%s: %s, want %s", doc, got, want)
		}
	}
	var none *flag.Context
	if string(none.AppendCanonical(nil)) != "{}" {
		t.Error("no context is not an empty one")
	}
}

// same is whether two documents differ only in how texts are escaped.
func same(a []byte, b string) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y) && len(a) > 0 && a[0] == '{'
}

// TestCanonicalIsOneForm holds that the order of names and the writing do not
// matter, and that everything else does.
func TestCanonicalIsOneForm(t *testing.T) {
	value := rapid.OneOf(rapid.Float64Range(-1e6, 1e6).AsAny(), rapid.String().AsAny(), rapid.Bool().AsAny())
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.MapOf(rapid.String(), value).Draw(t, "a")
		b := rapid.MapOf(rapid.String(), value).Draw(t, "b")
		x, err := json.Marshal(a)
		if err != nil {
			t.Skip("not JSON")
		}
		y, err := json.Marshal(b)
		if err != nil {
			t.Skip("not JSON")
		}
		// The same members in another order, and indented.
		shuffled := []byte("{")
		for i, key := range rapid.Permutation(slices.Sorted(maps.Keys(a))).Draw(t, "order") {
			if i > 0 {
				shuffled = append(shuffled, ",\n"...)
			}
			one, _ := json.MarshalIndent(map[string]any{key: a[key]}, "", "  ")
			shuffled = append(shuffled, bytes.Trim(one, "{}\n")...)
		}
		shuffled = append(shuffled, '}')
		if json.Valid(shuffled) && !bytes.Equal(canonical(t, x), canonical(t, shuffled)) {
			t.Fatalf("%s and %s differ", x, shuffled)
		}
		if bytes.Equal(canonical(t, x), canonical(t, y)) != reflect.DeepEqual(decoded(x), decoded(y)) {
			t.Fatalf("%s and %s", x, y)
		}
		if !reflect.DeepEqual(decoded(canonical(t, x)), decoded(x)) {
			t.Fatalf("%s became %s", x, canonical(t, x))
		}
	})
}

func decoded(doc []byte) (v any) {
	_ = json.Unmarshal(doc, &v) // made by Marshal
	return v
}

func TestTimed(t *testing.T) {
	set, _, err := flag.Parse([]byte(`{"$evaluators":{"late":{">":[{"var":"$flagd.timestamp"},5]}},"flags":{
		"plain":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a"},
		"key":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"if":[{"==":[{"var":"$flagd.flagKey"},{"var":["email","x"]}]},"a"]}},
		"direct":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"if":[{"<":[{"var":"$flagd.timestamp"},5]},"a"]}},
		"shared":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"if":[{"$ref":"late"},"a"]}},
		"split":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"fractional":[["a",{"var":"$flagd.timestamp"}]]}},
		"computed":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"if":[{"var":{"cat":["$flagd.","timestamp"]}},"a"]}},
		"attribute":{"state":"ENABLED","variants":{"a":1},"defaultVariant":"a","targeting":{"if":[{"var":{"var":"name"}},"a"]}}
	}}`), flag.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"plain": false, "key": false, "direct": true, "shared": true, "split": true, "computed": true, "attribute": true} {
		if got := set.Flag(key).Timed(); got != want {
			t.Errorf("%s: %v", key, got)
		}
	}
}
