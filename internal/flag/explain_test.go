package flag_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// outline is a step in a line: the operator, what it gave, its inputs.
func outline(s flag.Step) string {
	out := s.Op
	switch {
	case s.Op == "":
		out = string(s.Gave)
	case s.Skipped, s.Gave == nil:
	default:
		out += "=" + string(s.Gave)
	}
	if s.Skipped {
		out += " skipped"
	}
	if s.Taken {
		out += " taken"
	}
	if len(s.Inputs) > 0 && s.Op != "var" {
		var in []string
		for _, i := range s.Inputs {
			in = append(in, outline(i))
		}
		out += "(" + strings.Join(in, ", ") + ")"
	}
	if s.Note != "" {
		out += " {" + s.Note + "}"
	}
	return out
}

func TestExplain(t *testing.T) {
	const who = `{"targetingKey":"user-1","country":"NL","age":17,"list":[1,2]}`
	for _, c := range []struct{ rule, want string }{
		{
			`{"if":[{"==":[{"var":"country"},"BE"]},"on",{"<":[{"var":"age"},18]},"off","on"]}`,
			`if="off"(===false(var="NL", "BE"), "on" skipped, <=true(var=17, 18), "off" taken, "on" skipped)`,
		},
		{
			`{"if":[{"and":[{"in":[{"var":"country"},["NL"]]},{"!":[true]},{"var":"x"}]},"on"]}`,
			`if=null(and=false(in=true(var="NL", ["NL"]), !=false(true), var skipped), "on" skipped)`,
		},
		{`{"if":[{"or":[false,{"$ref":"nl"},{"nope":1}]},"on","off"]}`, ``},
		{
			`{"if":[{"or":[false,{"$ref":"nl"},{"missing":["a"]}]},"on","off"]}`,
			`if="on"(or=true(false, $ref=true(===true(var="NL", "NL")) {nl}, missing skipped), "on" taken, "off" skipped)`,
		},
		{`{"fractional":[["on",2500],["off",7500]]}`, `fractional="off"([]=["on",2500]("on", 2500), []=["off",7500]("off", 7500)) {hash 1431628768, bucket 3333 of 10000}`},
		{`{"fractional":[{"var":"nobody"},["on",0]]}`, `fractional=null(var=null, []=["on",0]("on", 0)) {the weights are all 0, or one of them is wrong}`},
		{`{"if":[{"some":[{"var":"list"},{">":[{"var":""},1]}]},"on","off"]}`, `if="on"(some=true(var=[1,2], > {run for each item}), "on" taken, "off" skipped)`},
		{`{"davit.bucket":["unleash","g",{"var":"country"},["on",100]]}`, `davit.bucket="on"("unleash", "g", var="NL", ["on",100]) {unleash puts the key at 23 of 100}`},
	} {
		doc := `{"flags":{"f":{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off","targeting":` + c.rule + `}},"$evaluators":{"nl":{"==":[{"var":"country"},"NL"]}}}`
		set, _, err := flag.Parse([]byte(doc), flag.ParseOptions{Lenient: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, err := flag.ParseContext([]byte(who))
		if err != nil {
			t.Fatal(err)
		}
		x := set.Flag("f").Explain(ctx, 0)
		if c.want == "" {
			if x.Code != flag.ParseError || x.Rule != nil || !strings.Contains(x.Text, `there is no operator "nope"`) {
				t.Errorf("%s: %+v", c.rule, x)
			}
			continue
		}
		if got := outline(*x.Rule); got != c.want {
			t.Errorf("%s:\n\tgot  %s\n\twant %s", c.rule, got, c.want)
		}
		if b, err := json.Marshal(x); err != nil || !json.Valid(b) {
			t.Errorf("%s: %s, %v", c.rule, b, err)
		}
	}
	set := mustParse(t, rampDoc(0), flag.ParseOptions{})
	if x := set.Flag("f").Explain(nil, 0); x.Text != `the targeting gave nothing, so the default: "old"` || !strings.Contains(x.Rule.Note, "no key to hash") {
		t.Errorf("%+v", x)
	}
}

func TestRuleMatch(t *testing.T) {
	rule, _, err := flag.ParseRule([]byte(`{"or":[{"==":[{"var":"country"},"NL"]},{"missing":["age"]}]}`), flag.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bool{`{"country":"NL","age":1}`: true, `{"country":"BE","age":1}`: false, `{}`: true} {
		c, err := flag.ParseContext([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := rule.Match(c, 0); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
	if _, err := rule.Apply([]byte(`{`), 0); err == nil {
		t.Error("broken data are taken")
	}
}
