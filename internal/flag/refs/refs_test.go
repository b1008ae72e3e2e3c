package refs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag/refs"
)

// TestLanguages holds that the calls of each SDK are found with their keys.
func TestLanguages(t *testing.T) {
	for file, lines := range map[string][]string{
		"a.go": {
			`on, err := client.BooleanValue(ctx, "new-checkout", false, openfeature.EvaluationContext{})`,
			`d, _ := client.StringValueDetails(context.Background(), "new-checkout", "", user)`,
			`if unleash.IsEnabled("new-checkout") {`,
			`v, _ := ld.BoolVariation("new-checkout", ctx, false)`,
		},
		"a.ts": {
			`const on = await client.getBooleanValue('new-checkout', false);`,
			"const d = client.getObjectDetails<Layout>(`new-checkout`, {});",
			`const { value } = useBooleanFlagValue("new-checkout", false)`,
			`if (gb.isOn("new-checkout")) {`,
			`const v = client.variation('new-checkout', user, false)`,
			"const x = client.getBooleanValue(\n    'new-checkout',\n    false)",
		},
		"a.py":    {`on = client.get_boolean_value("new-checkout", False)`, `d = client.get_string_details(flag_key="new-checkout", default_value="")`, `if client.is_enabled("new-checkout"):`},
		"A.java":  {`boolean on = client.getBooleanValue("new-checkout", false, ctx);`, `boolean b = ld.boolVariation("new-checkout", context, false);`},
		"A.kt":    {`val on = client.getBooleanValue("new-checkout", false)`},
		"A.cs":    {`var on = await client.GetBooleanValueAsync("new-checkout", false);`},
		"a.rb":    {`on = client.fetch_boolean_value(flag_key: "new-checkout", default_value: false)`, `if UNLEASH.is_enabled? ("new-checkout")`},
		"a.php":   {`$on = $client->getBooleanValue('new-checkout', false);`},
		"A.swift": {`let on = client.getBooleanValue(key: "new-checkout", defaultValue: false)`},
		"a.rs":    {`let on = client.get_bool_value("new-checkout", None, None).await;`},
	} {
		if !refs.Reads(file) {
			t.Errorf("%s is not read", file)
		}
		for _, line := range lines {
			uses := refs.NewScanner([]string{"new-checkout"}).Scan(file, []byte("first line\n  "+line+"\nlast line\n"))
			if len(uses) != 1 || uses[0].Key != "new-checkout" || uses[0].Call == "" || uses[0].Line != 2+strings.Count(line[:strings.Index(line, "new-checkout")], "\n") {
				t.Errorf("%s: %s: %+v", file, line, uses)
			}
		}
	}
}

// TestOthers holds what is found beside plain calls, and what is not.
func TestOthers(t *testing.T) {
	for source, want := range map[string]string{
		`const key = "new-checkout"`:                                    "text new-checkout",
		`curl("/ofrep/v1/evaluate/flags/new-checkout")`:                 "text new-checkout",
		`client.getBooleanValue(KEYS.checkout, false)`:                  "unread getBooleanValue",
		`client.getBooleanValue("other-flag", false)`:                   "getBooleanValue other-flag",
		`// client.getBooleanValue("new-checkout", false)`:              "",
		`# get_boolean_value("new-checkout")`:                           "",
		`lamp.isOn("kitchen")`:                                          "", // not a flag of ours, and a common name
		`row.IntValue(column)`:                                          "",
		`client.getBooleanValue("new-checkout-2", false)`:               "getBooleanValue new-checkout-2",
		`x = "new-checkout-2"`:                                          "",
		`client.BooleanValue(ctx, "nosuch", false, user)`:               "BooleanValue nosuch",
		`client.StringValue(r.Context(), "nosuch", "", user)`:           "StringValue nosuch",
		`client.StringValue(row, "nosuch")`:                             "",
		`client.BooleanValue(ctx, key, false, user)`:                    "unread BooleanValue",
		`client.getBooleanValue("a/b c", false)`:                        "getBooleanValue a/b c",
		`client.getBooleanValue("new-checkout", other("new-checkout"))`: "getBooleanValue new-checkout, text new-checkout",
	} {
		got := []string{}
		for _, u := range refs.NewScanner([]string{"new-checkout"}).Scan("a.js", []byte(source)) {
			switch {
			case u.Key == "":
				got = append(got, "unread "+u.Call)
			case u.Call == "":
				got = append(got, "text "+u.Key)
			default:
				got = append(got, u.Call+" "+u.Key)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

// TestAdvice holds what is said to be safe.
func TestAdvice(t *testing.T) {
	flags := []refs.Flag{{Key: "done", Stale: []string{"everybody gets on"}, Keep: "on"}, {Key: "unused"}, {Key: "used"}, {Key: "quiet", Stale: []string{"nobody asked"}}}
	use := func(key string) refs.Use { return refs.Use{File: "a.go", Line: 1, Key: key, Call: "BooleanValue"} }
	say := func(uses ...refs.Use) string {
		advice, unread := refs.Advise(flags, uses)
		out := []string{}
		for _, a := range advice {
			out = append(out, a.Key+" "+a.Step)
		}
		return fmt.Sprint(strings.Join(out, ", "), " ", len(unread))
	}
	if got := say(use("done"), use("used"), use("quiet"), use("nosuch")); got != "done remove-code, unused remove-flag, used keep, quiet look, nosuch unknown 0" {
		t.Error(got)
	}
	if got := say(use("used"), use("")); got != "done look, unused look, used keep, quiet look 1" {
		t.Error(got)
	}
}
