package flag_test

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit/internal/flag"
)

// The values are those that the vendors publish or that their own code gave.
func TestForeignHashes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"unleash new-checkout/user-1", float64(flag.UnleashBucket("new-checkout", "user-1")), 32},
		{"unleash gr1/123", float64(flag.UnleashBucket("gr1", "123")), 73},
		{"unleash groupX/999", float64(flag.UnleashBucket("groupX", "999")), 25},
		{"unleash variant new-checkout/user-1", float64(flag.UnleashVariant("new-checkout", "user-1", 1000)), 756},
		{"unleash variant gr1/123", float64(flag.UnleashVariant("gr1", "123", 100)), 96},
		{"unleash variant groupX/999", float64(flag.UnleashVariant("groupX", "999", 100)), 60},
		{"growthbook 1", flag.GrowthBookV1("new-checkout", "user-1"), 0.217},
		{"growthbook 1, empty seed", flag.GrowthBookV1("", "a"), 0.22},
		{"growthbook 1, b", flag.GrowthBookV1("b", "a"), 0.946},
		{"growthbook 2", flag.GrowthBookV2("new-checkout", "user-1"), 0.209},
		{"growthbook 2, seed", flag.GrowthBookV2("seed", "a"), 0.0505},
		{"growthbook 2, foo", flag.GrowthBookV2("foo", "def"), 0.2019},
		{"goff", float64(flag.GOFeatureFlagSlot("new-checkout", "user-1", 100_000)), 11905},
		{"flipt variant", float64(flag.FliptVariant("new-checkout", "user-1")), 705},
		{"flipt threshold", float64(flag.FliptThreshold("new-checkout", "user-1")), 14},
	} {
		if c.got != c.want {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if got := flag.LaunchDarklyBucket("new-checkout.salt", "user-1"); got < 0.94773 || got > 0.94775 {
		t.Errorf("launchdarkly = %v, want 0.94774", got)
	}
}

// TestBucketOperator lays shares out around the place of one key.
func TestBucketOperator(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{`"unleash","new-checkout",{"var":"targetingKey"},["on",32]`, "on"},
		{`"unleash","new-checkout",{"var":"targetingKey"},["on",31]`, ""},
		{`"unleash-variant","new-checkout",{"var":"targetingKey"},["on",755],["off",245]`, "off"},
		{`"unleash-variant","new-checkout",{"var":"targetingKey"},["on",756],["off",244]`, "on"},
		{`"growthbook-v1","new-checkout",{"var":"targetingKey"},["on",0,0.217],["off",0.5,1]`, ""},
		{`"growthbook-v1","new-checkout",{"var":"targetingKey"},["on",0,0.218],["off",0.5,1]`, "on"},
		{`"growthbook-v2","new-checkout",{"var":"targetingKey"},["off",0,0.209],["on",0.209,1]`, "on"},
		{`"goff-fnv","new-checkout",{"var":"targetingKey"},["off",88.095],["on",11.905]`, "off"}, // on lies first, being the greater name
		{`"goff-fnv","new-checkout",{"var":"targetingKey"},["off",88.094],["on",11.906]`, "on"},
		{`"flipt-crc32","new-checkout",{"var":"targetingKey"},["on",705],["off",295]`, "off"},
		{`"flipt-crc32","new-checkout",{"var":"targetingKey"},["on",706],["off",294]`, "on"},
		{`"flipt-threshold","new-checkout",{"var":"targetingKey"},["on",14]`, ""},
		{`"flipt-threshold","new-checkout",{"var":"targetingKey"},["on",15]`, "on"},
		{`"ld-sha1","new-checkout.salt",{"var":"targetingKey"},["on",94775],["off",5225]`, "on"},
		{`"ld-sha1","new-checkout.salt",{"var":"targetingKey"},["on",94774],["off",5226]`, "off"},
		{`"ld-sha1","new-checkout.salt",{"var":"targetingKey"},["on",10],["off",10]`, "off"}, // the last has the rest
		{`"murmur3-v2","new-checkout",{"var":"targetingKey"},["on",4549],["off",5451]`, "off"},
		{`"murmur3-v2","new-checkout",{"var":"targetingKey"},["on",4550],["off",5450]`, "on"},
		{`"murmur3-v3","new-checkout",{"var":"targetingKey"},["on",4965],["off",5035]`, "off"},
		{`"murmur3-v3","new-checkout",{"var":"targetingKey"},["on",4966],["off",5034]`, "on"},
		{`"unleash","new-checkout",{"var":"nobody"},["on",100]`, ""},
	} {
		set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"davit.bucket":[`+c.args+`]}}}}`, flag.ParseOptions{})
		user, err := flag.ContextOf(map[string]any{"targetingKey": "user-1"})
		if err != nil {
			t.Fatal(err)
		}
		if r := set.Evaluate("f", user, 0); r.Variant != c.want || r.Code != "" {
			t.Errorf("%s = %q %s, want %q; %+v", c.args, r.Variant, r.Detail, c.want, set.Flag("f").Explain(user, 0).Rule)
		}
		if set.Flag("f").Portable() {
			t.Errorf("%s is called portable", c.args)
		}
		if doc := string(set.JSON()); !strings.Contains(doc, `"state":"DISABLED"`) || strings.Contains(doc, "davit.") {
			t.Errorf("clients are given %s", doc)
		}
	}
}

func TestForeignOperators(t *testing.T) {
	const data = `{"email":"Jon@Example.COM","ip":"10.1.2.3","six":"2001:db8::7","mapped":"::ffff:10.1.2.3","since":"2026-03-01T12:00:00+02:00","day":"2026-03-02","n":1772359200,"s":"ÄÖ"}`
	for _, c := range []struct{ rule, want string }{
		{`{"davit.regex":[{"var":"email"},"(?i)@example\\.com$"]}`, "true"},
		{`{"davit.regex":[{"var":"email"},"@example"]}`, "false"},
		{`{"davit.regex":[{"var":"n"},"."]}`, "null"},
		{`{"davit.cidr":[{"var":"ip"},"10.0.0.0/8"]}`, "true"},
		{`{"davit.cidr":[{"var":"ip"},["192.168.0.0/16","10.1.2.3"]]}`, "true"},
		{`{"davit.cidr":[{"var":"ip"},["192.168.0.0/16","2001:db8::/32"]]}`, "false"},
		{`{"davit.cidr":[{"var":"six"},["2001:db8::/32"]]}`, "true"},
		{`{"davit.cidr":[{"var":"mapped"},["10.0.0.0/8"]]}`, "true"},
		{`{"davit.cidr":[{"var":"email"},["10.0.0.0/8"]]}`, "null"},
		{`{"davit.date_before":[{"var":"since"},"2026-03-01T10:00:01Z"]}`, "true"},
		{`{"davit.date_before":[{"var":"since"},"2026-03-01T10:00:00Z"]}`, "false"},
		{`{"davit.date_after":[{"var":"day"},{"var":"since"}]}`, "true"},
		{`{"davit.date_after":[{"var":"n"},{"var":"since"}]}`, "false"},
		{`{"davit.date_after":[{"var":"email"},{"var":"since"}]}`, "null"},
		{`{"davit.date_after":[{"var":"$flagd.timestamp"},"2020-01-01"]}`, "true"},
		{`{"davit.lower":[{"var":"email"}]}`, `"jon@example.com"`},
		{`{"in":[{"davit.lower":[{"var":"s"}]},["äö"]]}`, "true"},
		{`{"ends_with":[{"davit.lower":{"var":"email"}},"example.com"]}`, "true"},
	} {
		rule, _, err := flag.ParseRule([]byte(c.rule), flag.ParseOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got, err := rule.Apply([]byte(data), 1_750_000_000); err != nil || string(got) != c.want {
			t.Errorf("%s = %s, %v; want %s", c.rule, got, err, c.want)
		}
	}
	for _, rule := range []string{
		`{"davit.regex":[{"var":"a"},"("]}`, `{"davit.regex":[{"var":"a"},{"var":"b"}]}`, `{"davit.regex":[{"var":"a"},"(((a{1000}){1000}){1000}){1000}"]}`,
		`{"davit.regex":[{"var":"a"},"` + strings.Repeat("a", 1001) + `"]}`, `{"davit.cidr":[{"var":"a"},"10.0.0.0/99"]}`, `{"davit.cidr":[{"var":"a"}]}`,
		`{"davit.bucket":["md5","s",{"var":"a"},["on",1]]}`, `{"davit.bucket":["unleash","s",{"var":"a"},["on","1"]]}`, `{"davit.bucket":["growthbook-v1","s",{"var":"a"},["on",1]]}`,
		`{"davit.bucket":["unleash",1,{"var":"a"},["on",1]]}`, `{"davit.bucket":["unleash"]}`, `{"davit.bucket":3}`,
	} {
		if _, problems, err := flag.ParseRule([]byte(rule), flag.ParseOptions{}); err == nil || len(problems) == 0 {
			t.Errorf("%s is taken", rule)
		}
	}
}
