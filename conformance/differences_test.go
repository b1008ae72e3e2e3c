package conformance

import (
	"fmt"
	"testing"
)

// TestDifferences holds where Davit and flagd's Go evaluator part, each line
// with what either says. docs/flags/evaluation.md gives the reasons. If flagd
// comes to agree, its line fails and can go.
func TestDifferences(t *testing.T) {
	attributes := map[string]any{"targetingKey": "u1", "text": "abc", "empty": "", "n": 1.0, "yes": true, "list": []any{1.0, 2.0}, "people": []any{map[string]any{"age": 5.0}}, "age": 50.0}
	for _, c := range []struct{ why, rule, davit, flagd string }{
		{"a text that is no number in arithmetic", `{"+":[{"var":"text"},1]}`, "DEFAULT", "1"},
		{"nothing in arithmetic", `{"+":[{"var":"absent"},1]}`, "DEFAULT", "PARSE_ERROR"},
		{"a boolean in arithmetic", `{"*":[{"var":"yes"},1]}`, "DEFAULT", "PARSE_ERROR"},
		{"division by zero", `{"/":[1,0]}`, "DEFAULT", "PARSE_ERROR"},
		{"white space at a text's ends", `{"if":[{"==":[{"cat":["a"," "]},"a "]},"1","2"]}`, "1", "2"},
		{"a list of texts, asked for a number", `{"if":[{"in":[{"var":"n"},["1"]]},"1","2"]}`, "2", "1"},
		{"a list of ranges", `{"if":[{"in":[{"var":"n"},[[0,5]]]},"1","2"]}`, "2", "1"},
		{"nothing within a text", `{"if":[{"in":[{"var":"absent"},"abc"]},"1","2"]}`, "2", "PARSE_ERROR"},
		{"a number within a text", `{"if":[{"in":[{"var":"n"},"x1"]},"1","2"]}`, "1", "PARSE_ERROR"},
		{"an empty text is missing", `{"if":[{"missing":["empty"]},"1","2"]}`, "1", "2"},
		{"outer attributes within a loop", `{"if":[{"some":[{"var":"people"},{"==":[{"var":"age"},5]}]},"1","2"]}`, "1", "2"},
		{"behind the end of a text", `{"if":[{"==":[{"substr":["abc",5]},""]},"1","2"]}`, "1", "2"},
		{"an operator nobody knows, on a branch not taken", `{"if":[true,"1",{"nope":[]}]}`, "PARSE_ERROR", "1"},
		{"an if without an array", `{"if":"1"}`, "1", "PARSE_ERROR"},
		{"a fractional over a list as its key", `{"fractional":[{"var":"list"},["1",1]]}`, "DEFAULT", "1"},
		{"reducing to another type", `{"reduce":[{"var":"list"},{"cat":[{"var":"accumulator"},{"var":"current"}]},0]}`, "GENERAL", "12"},
	} {
		doc := fmt.Appendf(nil, `{"flags":{"f":{"state":"ENABLED","variants":{"1":"one","2":"two","12":"twelve","d":"default"},"defaultVariant":"d","targeting":%s}}}`, c.rule)
		say := func(a answer) string {
			switch {
			case a.Code != "":
				return a.Code
			case a.Reason == "DEFAULT":
				return a.Reason
			}
			return a.Variant
		}
		if got := say(ours(t, doc)("f", attributes)); got != c.davit {
			t.Errorf("%s: %s: Davit says %s, not %s", c.why, c.rule, got, c.davit)
		}
		if got := say(flagd(t, doc)("f", attributes)); got != c.flagd {
			t.Errorf("%s: %s: flagd says %s, not %s", c.why, c.rule, got, c.flagd)
		}
	}
}
