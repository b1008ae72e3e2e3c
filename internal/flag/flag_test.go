package flag_test

import (
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

func mustParse(t testing.TB, doc string, o flag.ParseOptions) *flag.Set {
	t.Helper()
	set, _, err := flag.Parse([]byte(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// The cases are the table of flagd's flag definitions: what follows from
// state, default variant and targeting.
func TestEvaluate(t *testing.T) {
	set := mustParse(t, `{"flags":{
		"disabled":   {"state":"DISABLED","variants":{"on":true,"off":false},"defaultVariant":"on"},
		"static":     {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"},
		"empty":      {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on","targeting":{}},
		"code":       {"state":"ENABLED","variants":{"on":true,"off":false}},
		"code-null":  {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":null},
		"match":      {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"==":[{"var":"country"},"NL"]},"on"]}},
		"match-code": {"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"if":[{"==":[{"var":"country"},"BE"]},"on"]}},
		"truth":      {"state":"ENABLED","variants":{"true":1,"false":2},"targeting":{"==":[{"var":"country"},"NL"]}},
		"three":      {"state":"ENABLED","variants":{"3":"c","4":"d"},"targeting":{"+":[1,2]}},
		"nowhere":    {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on","targeting":{"if":[true,"neither"]}},
		"shared":     {"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":{"if":[{"$ref":"nl"},"on"]}}},
		"$evaluators":{"nl":{"==":[{"var":"country"},"NL"]}}}`, flag.ParseOptions{})
	c, err := flag.ParseContext([]byte(`{"targetingKey":"u1","country":"NL"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		key, variant string
		reason       flag.Reason
		code         flag.Code
	}{
		{"disabled", "", flag.Disabled, ""},
		{"static", "on", flag.Static, ""},
		{"empty", "on", flag.Static, ""},
		{"code", "", flag.Default, ""},
		{"code-null", "", flag.Default, ""},
		{"match", "on", flag.TargetingMatch, ""},
		{"match-code", "", flag.Default, ""},
		{"truth", "true", flag.TargetingMatch, ""},
		{"three", "3", flag.TargetingMatch, ""},
		{"nowhere", "", flag.Failed, flag.General},
		{"shared", "on", flag.TargetingMatch, ""},
		{"absent", "", flag.Failed, flag.FlagNotFound},
	} {
		r := set.Evaluate(w.key, c, 0)
		if r.Variant != w.variant || r.Reason != w.reason || r.Code != w.code {
			t.Errorf("%s = %q %s %s (%s), want %q %s %s", w.key, r.Variant, r.Reason, r.Code, r.Detail, w.variant, w.reason, w.code)
		}
		if (r.Value == nil) != (w.variant == "") {
			t.Errorf("%s has value %v and variant %q", w.key, r.Value, r.Variant)
		}
		if f := set.Flag(w.key); f != nil {
			if x := f.Explain(c, 0); x.Reason != r.Reason || x.Variant != r.Variant {
				t.Errorf("explain %s = %+v", w.key, x)
			}
		}
	}
	if r := set.Evaluate("match", nil, 0); r.Variant != "off" || r.Reason != flag.Default {
		t.Errorf("without a context: %+v", r)
	}
}
