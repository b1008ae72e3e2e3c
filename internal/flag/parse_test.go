package flag_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// TestParseRefuses holds what is refused, where, and what help is given.
func TestParseRefuses(t *testing.T) {
	in := func(body string) string { return `{"flags":{"f":` + body + `}}` }
	rule := func(targeting string) string {
		return in(`{"state":"ENABLED","variants":{"on":true,"off":false},"targeting":` + targeting + `}`)
	}
	for _, c := range []struct{ doc, want string }{
		{`{"flags":{}`, `line 1, column 12: a comma or } was expected`},
		{"{\n \"flags\" {}}", `line 2, column 10: a colon was expected`},
		{`[]`, `a document is an object, not an array`},
		{`{}`, `there are no flags`},
		{`{"flags":{},"flag":1}`, `flag: there is no key "flag" here`},
		{`{"flags":3}`, `flags is a number, not an object`},
		{in(`3`), `flags.f: a flag is an object, not a number`},
		{in(`{"state":"ENABLED"}`), `flags.f: the flag has no variants`},
		{in(`{"variants":{"on":true}}`), `flags.f.state: the flag has no state`},
		{in(`{"state":"enabled","variants":{"on":true}}`), `flags.f.state: a state is ENABLED or DISABLED`},
		{in(`{"state":"ENABLED","variants":{"on":true,"off":"no"}}`), `variant "on" is a boolean, another is a string`},
		{in(`{"state":"ENABLED","variants":{"on":[1]}}`), `variant "on" is an array`},
		{in(`{"state":"ENABLED","variants":{"on":true},"defaultVariant":"of"}`), `flags.f.defaultVariant: there is no variant "of"`},
		{in(`{"state":"ENABLED","variants":{"on":true},"defaultVariant":3}`), `defaultVariant is a number`},
		{in(`{"state":"ENABLED","variants":{"on":true},"metadata":{"a":[]}}`), `flags.f.metadata: a fact is an array`},
		{in(`{"state":"ENABLED","variants":{"on":true},"owner":"me"}`), `there is no key "owner" here`},
		{in(`{"state":"ENABLED","variants":{"on":true,"on":false}}`), `"on" stands here twice`},
		{`{"flags":{"":{"state":"ENABLED","variants":{"on":true}}}}`, `a flag's key is empty`},
		{`{"flags":[{"state":"ENABLED","variants":{"on":true}}]}`, `flags[0]: the flag has no key`},
		{rule(`"on"`), `flags.f.targeting: targeting is a text, not a rule`},
		{rule(`{"iff":[1,2]}`), `flags.f.targeting.iff: there is no operator "iff"`},
		{rule(`{"if":[{"var":"a"},{"cat":["a",{"nope":1}]}]}`), `flags.f.targeting.if[1].cat[1].nope: there is no operator`},
		{rule(`{"==":[1]}`), `== takes 2 arguments, not 1`},
		{rule(`{"==":[1,2],"!=":[1,2]}`), `an object with 2 names`},
		{rule(`{"$ref":"nl"}`), `there is no evaluator "nl"`},
		{rule(`{"$ref":3}`), `$ref is a number`},
		{rule(`{"fractional":[["on",-1]]}`), `a weight is a whole number`},
		{rule(`{"fractional":[["on",1.5]]}`), `a weight is a whole number`},
		{rule(`{"fractional":[["on",2147483648]]}`), `a weight is a whole number`},
		{rule(`{"fractional":[[]]}`), `a share of fractional has 0 items`},
		{rule(`{"sem_ver":[{"var":"v"},"=="," 1.0.0"]}`), `sem_ver has no operator "=="`},
		{rule(`{"starts_with":[{"var":"v"},3]}`), `starts_with takes texts`},
		{rule(`{"var":"$flagd.flagkey"}`), `there is no $flagd.flagkey`},
		{`{"flags":{},"$evaluators":{"a":{"$ref":"b"},"b":{"!":{"$ref":"a"}}}}`, `refers to itself`},
		{`{"flags":{},"$evaluators":{"a":{"nope":1}}}`, `$evaluators.a.nope: there is no operator`},
		{`{"flags":{},"x":"` + "\x01" + `"}`, `no control character in a string`},
		{`{"flags":{},"x":"\q"}`, `behind the backslash`},
		{`{"flags":{}} x`, `the end of the document`},
		{`{"flags":` + strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200) + `}`, `no more than 128 levels`},
		{`{"flags":[[}]}`, `a value was expected`},
		{`{"flags":{"f":{"state":"ENABLED","variants":{"on":true}}]}`, `a comma or } was expected`},
		{`{"flags":{"f":1`, `a closing bracket was expected`},
		{`{"flags":{"f" 1}}`, `line 1, column 15: flags: a colon was expected`},
		{`{"flags":{},"metadata":{"a":1e999}}`, `a number within`},
		{`{"flags":{},"metadata":{"a":01}}`, `a value was expected`},
	} {
		set, problems, err := flag.Parse([]byte(c.doc), flag.ParseOptions{})
		if err == nil || set != nil {
			t.Errorf("%s is taken", c.doc)
			continue
		}
		if davit.KindOf(err) != davit.Invalid {
			t.Errorf("%s: kind %s", c.doc, davit.KindOf(err))
		}
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.String(), c.want)
		}
		if !found {
			t.Errorf("%.120s:\n\tgot  %v\n\twant %s", c.doc, problems, c.want)
		}
	}
}

//nolint:misspell // the mistake is what the test is about
func TestParseHelps(t *testing.T) {
	_, problems, err := flag.Parse([]byte("{\n  \"flags\": {\n    \"f\": {\"state\": \"ENABLED\", \"variants\": {\"on\": true},\n      \"targetting\": {}}\n  }\n}"), flag.ParseOptions{})
	if err == nil {
		t.Fatal("taken")
	}
	want := flag.Problem{Line: 4, Column: 7, Path: "flags.f.targetting", Text: `there is no key "targetting" here`, Hint: "did you mean targeting?", Fatal: true}
	if len(problems) != 1 || problems[0] != want {
		t.Errorf("got %+v", problems)
	}
}

// TestLenient holds that a raw flagd file is taken as flagd takes it.
func TestLenient(t *testing.T) {
	set, problems, err := flag.Parse([]byte(`{"flags":{
		"good":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","selector":"x"},
		"operator":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"nope":[1]}},
		"ref":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"if":[{"$ref":"nope"},"on"]}},
		"off":{"state":"DISABLED","variants":{"on":true},"targeting":{"nope":[1]}},
		"version":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on","targeting":{"sem_ver":["1.0.0","===","1.0.0"]}}}}`), flag.ParseOptions{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) < 3 {
		t.Errorf("only %v", problems)
	}
	for key, want := range map[string]flag.Reason{"good": flag.Static, "operator": flag.Failed, "ref": flag.Failed, "off": flag.Disabled, "version": flag.Default} {
		if r := set.Evaluate(key, nil, 0); r.Reason != want || want == flag.Failed && r.Code != flag.ParseError {
			t.Errorf("%s = %+v, want %s", key, r, want)
		}
	}
	if _, _, err := flag.Parse([]byte(`{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"defaultVariant":"x"}}}`), flag.ParseOptions{Lenient: true}); err == nil {
		t.Error("a default variant that is none is taken")
	}
}

// TestReferences holds that a chain of evaluators that would grow without
// bound is refused, and that one that only shares is not.
func TestReferences(t *testing.T) {
	var doc strings.Builder
	doc.WriteString(`{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"targeting":{"if":[{"$ref":"e40"},"on"]}}},"$evaluators":{"e0":{"var":"a"}`)
	for i := 1; i <= 40; i++ {
		fmt.Fprintf(&doc, `,"e%d":{"and":[{"$ref":"e%d"},{"$ref":"e%d"}]}`, i, i-1, i-1)
	}
	doc.WriteString(`}}`)
	if _, _, err := flag.Parse([]byte(doc.String()), flag.ParseOptions{}); err == nil || !strings.Contains(err.Error(), "more than 200,000 parts") {
		t.Errorf("doubling 40 times: %v", err)
	}
	set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"targeting":{"if":[{"$ref":"c"},"on"]}}},
		"$evaluators":{"c":{"and":[{"$ref":"a"},{"$ref":"b"}]},"a":{"==":[{"var":"x"},1]},"b":{"!":{"$ref":"a"}}}}`, flag.ParseOptions{})
	if doc := string(set.JSON()); !strings.Contains(doc, `"c":{"and":[{"==":[{"var":"x"},1]},{"!":{"==":[{"var":"x"},1]}}]}`) {
		t.Errorf("clients get nested references: %s", doc)
	}
}

// TestDocumentAgain holds that the document for clients says what the set says.
func TestDocumentAgain(t *testing.T) {
	set := mustParse(t, measured, flag.ParseOptions{ID: "shop/production"})
	if v, _ := set.Metadata().Get("version"); v != "1" {
		t.Errorf("the document's own version is %v", v)
	}
	again := mustParse(t, string(set.JSON()), flag.ParseOptions{})
	if again.Revision() != set.Revision() || string(again.JSON()) != string(set.JSON()) {
		t.Errorf("%s\nreads as\n%s", set.JSON(), again.JSON())
	}
	named := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"metadata":{"owner":"shop"}}}}`, flag.ParseOptions{ID: "shop/production"})
	m := named.Flag("f").Metadata()
	if string(m.JSON()) != `{"flagSetId":"shop/production","owner":"shop","version":"`+named.Revision()+`"}` {
		t.Errorf("metadata %s", m.JSON())
	}
	other := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"metadata":{"owner":"shop2"}}}}`, flag.ParseOptions{})
	three := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"metadata":{"owner":"shop"}}}}`, flag.ParseOptions{Hash: 3})
	two := mustParse(t, " {\"flags\":\n{\"f\":{\"state\":\"ENABLED\",\"variants\":{\"on\":true},\"metadata\":{\"owner\":\"shop\"}}}}", flag.ParseOptions{})
	if two.Revision() != named.Revision() || two.Revision() == three.Revision() || two.Revision() == other.Revision() {
		t.Errorf("revisions %s %s %s %s", named.Revision(), two.Revision(), three.Revision(), other.Revision())
	}
}
