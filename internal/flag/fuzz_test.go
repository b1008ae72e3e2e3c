package flag_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/davit-cd/davit/internal/flag"
)

// FuzzEvaluate holds that no document and no context makes the evaluator
// panic, that it says the same twice, and that Explain agrees.
func FuzzEvaluate(f *testing.F) {
	for _, rule := range []string{
		`{"if":[{"and":[{"ends_with":[{"var":"email"},"m"]},{"in":[{"var":"c"},["NL"]]},{">=":[{"var":"n"},18]}]},"on","off"]}`,
		`{"fractional":[["on",25],["off",{"var":"n"}]]}`, `{"fractional":[{"var":"o"},{"var":"l"},["off"]]}`,
		`{"reduce":[{"var":"l"},{"cat":[{"var":"accumulator"},{"var":"current"}]},{"var":"o"}]}`,
		`{"map":[{"filter":[{"var":"l"},{"!!":{"var":""}}]},[{"var":"x"},{"-":[{"var":""}]}]]}`,
		`{"substr":[{"var":"email"},{"var":"n"},{"var":"l.1"}]}`, `{"sem_ver":[{"var":"email"},"^",{"var":"n"}]}`,
		`{"missing_some":[{"var":"n"},{"merge":[{"var":"l"},"a","b.c"]}]}`, `{"var":{"cat":["l.",{"var":"n"}]}}`, `{"var":[{"var":"email"},{"var":"n"}]}`,
		`{"davit.bucket":["growthbook-v1","s",{"var":"o"},["on",0,0.5]]}`, `{"davit.regex":[{"var":"email"},"(a|b)*c"]}`, `{"davit.lower":[{"var":"email"}]}`,
		`{"davit.date_before":[{"var":"email"},{"var":"n"}]}`, `{"davit.cidr":[{"var":"email"},["::/0"]]}`, `{"==":[{"var":"l"},{"%":[{"var":"n"},0]}]}`,
	} {
		f.Add([]byte(`{"flags":{"f":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":`+rule+`}},"$evaluators":{"a":{"!":1}},"$context":{"c":"NL","n":-3}}`),
			[]byte(`{"targetingKey":"u","email":"j@m","n":-3,"l":[1,null,"x",[2],{"a":1}],"o":{"p":1.5},"c":"NL"}`))
	}
	f.Fuzz(func(t *testing.T, doc, body []byte) {
		set, _, err := flag.Parse(doc, flag.ParseOptions{Lenient: true, ID: "a/b"})
		if err != nil {
			return
		}
		if _, _, err := flag.Parse(set.JSON(), flag.ParseOptions{Lenient: true}); err != nil {
			t.Fatalf("%s gives %s, which does not read: %v", doc, set.JSON(), err)
		}
		c, err := flag.ParseContext(body)
		if err != nil {
			c = nil
		}
		for _, fl := range set.Flags() {
			a, b := fl.Evaluate(c, 99), fl.Evaluate(c, 99)
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("%s over %s: %+v, then %+v", doc, body, a, b)
			}
			x := fl.Explain(c, 99)
			if x.Variant != a.Variant || x.Reason != a.Reason || x.Code != a.Code {
				t.Fatalf("%s over %s: %+v, explained %+v", doc, body, a, x)
			}
			if _, err := json.Marshal(x); err != nil {
				t.Fatalf("%s over %s: %v", doc, body, err)
			}
		}
		c.Release()
	})
}

// FuzzContext holds that the context's reader and encoding/json take the same
// objects and read the same from them.
func FuzzContext(f *testing.F) {
	for _, s := range []string{`{}`, `null`, `[1]`, `{"a":"\ud83d\ude00\u00e9"}`, `{"a":1e5,"b":-0.1,"c":12345678901234567890}`, `{"a":{"b":[[],{}]}}`, `{"a":1,"a":2}`, "{\"\xff\":1}", `{"a":01}`, ` { "a" : tru }`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := flag.ParseContext(body)
		var want map[string]any
		wantErr := json.Unmarshal(body, &want)
		if len(bytes.Trim(body, " \t\r\n")) == 0 {
			wantErr = nil
		}
		if (err == nil) != (wantErr == nil) {
			if err != nil && len(body) > 100 && bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) > 100 {
				return // nested deeper than we go
			}
			t.Fatalf("%q: %v, encoding/json says %v", body, err, wantErr)
		}
		if err != nil {
			return
		}
		for name, v := range want {
			if got, ok := c.Get(name); !ok || !reflect.DeepEqual(got, v) {
				if !utf8.Valid(body) {
					continue // several broken names may read as one
				}
				t.Fatalf("%q: %q is %#v, want %#v", body, name, got, v)
			}
		}
		c.Release()
	})
}
