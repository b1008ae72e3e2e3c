package flag_test

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// region gives each region its own variant.
const region = `"flags":{"f":{"state":"ENABLED","variants":{"eu":1,"us":2,"none":0},"defaultVariant":"none","targeting":{"var":"region"}}}`

func TestStatic(t *testing.T) {
	own := flag.ParseOptions{ID: "shop/production", Context: map[string]any{"region": "eu", "beta": true, "cores": 2.0}}
	set := mustParse(t, `{`+region+`}`, own)
	for _, body := range []string{``, `{}`, `{"region":"us"}`, `{"region":"us","region":"us"}`, `{"a":1,"b":2,"c":3,"d":4,"e":5,"g":6,"h":7,"i":8,"j":9,"k":10,"l":11,"m":12,"n":13,"o":14,"p":15,"q":16,"r":17,"region":"us"}`} {
		c, err := flag.ParseContext([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if r := set.Evaluate("f", c, 0); r.Variant != "eu" {
				t.Errorf("%s gives %s: what a client says must not come through", body, r.Variant)
			}
			c.SetText("region", "us") // the next evaluation puts it right again
		}
		if v, _ := c.Get("beta"); v != true {
			t.Errorf("beta is %v", v)
		}
		c.Release()
	}
	if r := set.Evaluate("f", nil, 0); r.Variant != "eu" {
		t.Errorf("without a context: %s", r.Variant)
	}
	if x := set.Flag("f").Explain(nil, 0); x.Variant != "eu" {
		t.Errorf("explained: %+v", x)
	}
	if got := string(set.Static().JSON()); got != `{"beta":true,"cores":2,"region":"eu"}` {
		t.Errorf("static attributes %s", got)
	}
}

// TestStaticDocument holds that the set's documents carry what belongs into
// each, and that a set knows itself again.
func TestStaticDocument(t *testing.T) {
	plain := mustParse(t, `{`+region+`}`, flag.ParseOptions{})
	set := mustParse(t, `{`+region+`,"$context":{"region":"us","zone":"a"}}`, flag.ParseOptions{Context: map[string]any{"region": "eu"}})
	if set.Revision() == plain.Revision() {
		t.Error("a set with static attributes has the revision of one without")
	}
	if strings.Contains(string(set.JSON()), "$context") || string(set.JSON()) != string(plain.JSON()) {
		t.Errorf("flagd's clients get %s", set.JSON())
	}
	again := mustParse(t, string(set.Full()), flag.ParseOptions{})
	if again.Revision() != set.Revision() || string(again.Full()) != string(set.Full()) || again.Evaluate("f", nil, 0).Variant != "eu" {
		t.Errorf("%s\nreads as\n%s", set.Full(), again.Full())
	}
	if plain.Static().Len() != 0 || string(plain.Full()) != string(plain.JSON()) {
		t.Errorf("a set without static attributes: %s", plain.Full())
	}
	more, _, err := set.Update([]byte(`{"flags":{"g":{"state":"ENABLED","variants":{"a":1},"targeting":{"if":[{"==":[{"var":"region"},"eu"]},"a"]}}},"$context":{"zone":"a"}}`), nil, flag.ParseOptions{Context: map[string]any{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"f": "eu", "g": "a"} {
		if r := more.Evaluate(key, nil, 0); r.Variant != want {
			t.Errorf("after an update %s gives %s %s", key, r.Variant, r.Detail)
		}
	}
}

func TestStaticRefuses(t *testing.T) {
	for context, want := range map[string]string{
		`[1]`: "$context: $context is an array, not an object", `{"":1}`: "has no name", `{"targetingKey":"u"}`: "$context.targetingKey: targetingKey says who asks",
		`{"$flagd":1}`: "evaluator's own", `{"a":{"b":1}}`: "$context.a: a static attribute is an object", `{"a":1,"a":2}`: "stands here twice",
	} {
		_, problems, err := flag.Parse([]byte(`{`+region+`,"$context":`+context+`}`), flag.ParseOptions{})
		if err == nil || len(problems) == 0 {
			t.Errorf("%s is taken", context)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", context, err, want)
		}
		if _, _, err := flag.Parse([]byte(`{`+region+`,"$context":`+context+`}`), flag.ParseOptions{Lenient: true}); err != nil {
			t.Errorf("%s, leniently: %v", context, err)
		}
	}
}
