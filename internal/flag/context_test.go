package flag_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

func TestParseContext(t *testing.T) {
	for _, c := range []struct {
		body string
		code flag.Code
	}{
		{``, ""},
		{`  `, ""},
		{`null`, ""},
		{`{}`, ""},
		{` {"a":[1,{"b":null}],"c":"\u00e9\ud83d\ude00","d":-1.5e3} `, ""},
		{`{"a":1,"a":2}`, ""},
		{`{"targetingKey":12}`, ""},
		{`[]`, flag.InvalidContext},
		{`"x"`, flag.InvalidContext},
		{`12`, flag.InvalidContext},
		{`true`, flag.InvalidContext},
		{`{"a":}`, flag.ParseError},
		{`{"a":1,}`, flag.ParseError},
		{`{"a":1} {}`, flag.ParseError},
		{`{"a`, flag.ParseError},
		{`{"a":"\ud8`, flag.ParseError},
		{`{"a":nul}`, flag.ParseError},
		{`{"a":-}`, flag.ParseError},
		{`{"a":1.}`, flag.ParseError},
		{`{'a':1}`, flag.ParseError},
		{strings.Repeat(`{"a":`, 200), flag.ParseError},
	} {
		got, err := flag.ParseContext([]byte(c.body))
		if flag.CodeOf(err) != c.code || (got == nil) != (c.code != "") {
			t.Errorf("%.60s: %v", c.body, err)
		}
	}
	if _, err := flag.ParseContext([]byte(`{"a":"` + strings.Repeat("x", 5<<20) + `"}`)); davit.KindOf(err) != davit.TooLarge {
		t.Errorf("5 MiB: %v", err)
	}
	wide := `{"a":[` + strings.Repeat("1,", 400_000) + `1],"targetingKey":"u"}`
	if c, err := flag.ParseContext([]byte(wide)); err != nil || c.TargetingKey() != "u" {
		t.Errorf("400,000 items: %v", err)
	}
}

// TestContextAttributes holds that a context is what encoding/json reads.
func TestContextAttributes(t *testing.T) {
	body := `{"n":12,"big":9007199254740993,"f":0.1,"neg":-0.0,"t":true,"z":null,"s":"a\"\\\/\b\f\n\r\té\ud83d\ude00\ud800x","l":[1,"2",[]],"o":{"p":{"q":1}},"n":13,"` + "\xff" + `":"` + "\xff" + `"`
	for i := range 40 { // enough for an index
		body += `,"k` + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `":` + string(rune('0'+i%10))
	}
	body += `}`
	var want map[string]any
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatal(err)
	}
	c, err := flag.ParseContext([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range want {
		if got, ok := c.Get(name); !ok || !reflect.DeepEqual(got, v) {
			t.Errorf("%q = %#v, want %#v", name, got, v)
		}
	}
	if _, ok := c.Get("absent"); ok {
		t.Error("something absent is there")
	}
}

func TestContextOf(t *testing.T) {
	type named string
	c, err := flag.ContextOf(map[string]any{
		"targetingKey": "u", "i": 7, "u": uint8(3), "f": 1.5, "list": []string{"a", "b"}, "named": named("x"), "ints": []int{1, 2},
		"deep": map[string]any{"a": []any{nil, true}}, "when": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "struct": struct{ A int }{4},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"i": 7.0, "u": 3.0, "f": 1.5, "list": []any{"a", "b"}, "named": "x", "ints": []any{1.0, 2.0}, "deep": map[string]any{"a": []any{nil, true}},
		"when": "2026-01-02T03:04:05Z", "struct": map[string]any{"A": 4.0},
	} {
		if got, _ := c.Get(name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %#v, want %#v", name, got, want)
		}
	}
	if c.TargetingKey() != "u" {
		t.Errorf("targeting key %q", c.TargetingKey())
	}
	loop := map[string]any{}
	loop["self"] = loop
	for _, bad := range []any{func() {}, make(chan int), loop} {
		if _, err := flag.ContextOf(map[string]any{"x": bad}); flag.CodeOf(err) != flag.InvalidContext {
			t.Errorf("%T: %v", bad, err)
		}
	}
	c.SetText("i", "seven")
	c.SetBool("new", true)
	c.SetNumber("targetingKey", 3)
	if v, _ := c.Get("i"); v != "seven" || c.TargetingKey() != "" {
		t.Errorf("set: %v, %q", v, c.TargetingKey())
	}
}

// TestContextIsUsedAgain holds that nothing of one context is left in the
// next one, and that texts outlive it.
func TestContextIsUsedAgain(t *testing.T) {
	var kept []string
	for i := range 200 {
		key := strings.Repeat(string(rune('a'+i%26)), 10)
		c, err := flag.ParseContext([]byte(`{"targetingKey":"` + key + `","only` + key + `":[1,2,3]}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.Get("onlyzzzzzzzzzz"); ok && key != "zzzzzzzzzz" {
			t.Fatal("a context holds what another held")
		}
		kept = append(kept, c.TargetingKey())
		c.Release()
	}
	for i, key := range kept {
		if key != strings.Repeat(string(rune('a'+i%26)), 10) {
			t.Fatalf("key %d has become %q", i, key)
		}
	}
}
