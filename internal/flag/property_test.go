package flag_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/flag"
)

// rampDoc is a flag that gives the variant "new" to share of 10,000 buckets.
func rampDoc(share int) string {
	return fmt.Sprintf(`{"flags":{"f":{"state":"ENABLED","variants":{"new":true,"old":false},"defaultVariant":"old","targeting":{"fractional":[["new",%d],["old",%d]]}}}}`, share, 10_000-share)
}

func person(t testing.TB, key string) *flag.Context {
	t.Helper()
	c, err := flag.ContextOf(map[string]any{"targetingKey": key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRampKeepsThoseItHas: with the order fixed and weights that add up to
// 10,000, growing a share only adds people, in both versions of the hash.
func TestRampKeepsThoseItHas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := flag.ParseOptions{Hash: rapid.SampledFrom([]int{2, 3}).Draw(t, "hash")}
		less := rapid.IntRange(0, 10_000).Draw(t, "less")
		more := rapid.IntRange(less, 10_000).Draw(t, "more")
		key := rapid.StringMatching(`.{1,20}`).Draw(t, "key")
		sets := [2]*flag.Set{}
		for i, share := range []int{less, more} {
			set, _, err := flag.Parse([]byte(rampDoc(share)), o)
			if err != nil {
				t.Fatal(err)
			}
			sets[i] = set
		}
		c, err := flag.ContextOf(map[string]any{"targetingKey": key})
		if err != nil {
			t.Fatal(err)
		}
		before, after := sets[0].Evaluate("f", c, 0).Variant, sets[1].Evaluate("f", c, 0).Variant
		if before == "new" && after != "new" {
			t.Fatalf("%q was in at %d and is out at %d of 10,000", key, less, more)
		}
	})
}

// TestSplitIsTheRoutersBucket: the flag's split and the router's cohort are
// one function, so the same people are in both.
func TestSplitIsTheRoutersBucket(t *testing.T) {
	const share = 1234
	set := mustParse(t, rampDoc(share), flag.ParseOptions{})
	in := 0
	for i := range 10_000 {
		key := "user-" + strconv.Itoa(i)
		cohort := flag.Bucket("f", key, 10_000) < share
		r := set.Evaluate("f", person(t, key), 0)
		if (r.Variant == "new") != cohort {
			t.Fatalf("%s: the flag gives %s, the router's bucket is %d", key, r.Variant, flag.Bucket("f", key, 10_000))
		}
		if cohort {
			in++
		}
	}
	if in < 1100 || in > 1370 {
		t.Errorf("%d of 10,000 are in, want about %d", in, share)
	}
}

// The vectors are flagd's, of both versions.
func TestFractionalVectors(t *testing.T) {
	for _, c := range []struct {
		hash   int
		key    string
		bucket int
	}{
		{2, "user-1", 4549},
		{2, "user-2", 2297},
		{2, "jon@company.com", 4931},
		{3, "user-1", 4965},
		{3, "user-2", 648},
		{3, "jon@company.com", 6249},
	} {
		for _, share := range []int{c.bucket, c.bucket + 1} {
			doc := strings.ReplaceAll(rampDoc(share), `"f":`, `"new-checkout":`)
			set := mustParse(t, doc, flag.ParseOptions{Hash: c.hash})
			if got := set.Evaluate("new-checkout", person(t, c.key), 0).Variant; (got == "new") != (share > c.bucket) {
				t.Errorf("version %d, %s: %s at a share of %d, its bucket being %d", c.hash, c.key, got, share, c.bucket)
			}
		}
	}
}

// TestLinearRamp: a share that grows with the clock needs nobody to move it.
func TestLinearRamp(t *testing.T) {
	const from, to = 1_000_000, 1_040_000
	set := mustParse(t, fmt.Sprintf(`{"flags":{"f":{"state":"ENABLED","variants":{"new":true,"old":false},"targeting":
		{"fractional":[["new",{"-":[{"var":"$flagd.timestamp"},%d]}],["old",{"-":[%d,{"var":"$flagd.timestamp"}]}]]}}}}`, from, to), flag.ParseOptions{})
	last := -1
	var had []int
	for _, now := range []int64{from - 5000, from, from + 10_000, from + 20_000, to, to + 5000} {
		var have []int
		for i := range 2000 {
			if set.Evaluate("f", person(t, strconv.Itoa(i)), now).Variant == "new" {
				have = append(have, i)
			}
		}
		for _, i := range had {
			if !slices.Contains(have, i) {
				t.Errorf("%d was in and is out at %d", i, now)
			}
		}
		want := int(2000 * min(max(now-from, 0), to-from) / (to - from))
		if len(have) < last || len(have) < want-150 || len(have) > want+150 {
			t.Errorf("at %d %d of 2000 are in, want about %d", now, len(have), want)
		}
		had, last = have, len(have)
	}
}

// TestEvaluatorNeverAllocates goes through every operator.
func TestEvaluatorNeverAllocates(t *testing.T) {
	rules := []string{
		`{"if":[{"and":[{"ends_with":[{"var":"email"},"@example.com"]},{"in":[{"var":"country"},["NL","BE"]]},{">=":[{"var":"age"},18]}]},"on","off"]}`,
		`{"fractional":[["on",25],["off",75]]}`,
		`{"fractional":[{"cat":[{"var":"$flagd.flagKey"},{"var":"email"}]},["on",{"-":[{"var":"$flagd.timestamp"},5]}],["off",75]]}`,
		`{"if":[{"or":[{"==":[{"var":"deep.er"},1]},{"!==":[{"var":"country"},null]},{"<":[1,{"var":"age"},99]}]},"on","off"]}`,
		`{"if":[{"some":[{"filter":[{"map":[{"var":"list"},{"*":[{"var":""},2]}]},{">":[{"var":""},2]}]},{"==":[{"var":""},4]}]},"on","off"]}`,
		`{"if":[{"==":[{"reduce":[{"merge":[{"var":"list"},[7]]},{"+":[{"var":"current"},{"var":"accumulator"}]},0]},13]},"on","off"]}`,
		`{"if":[{"missing":["email","nothing"]},{"if":[{"missing_some":[1,["a","country"]]},"off","on"]},"off"]}`,
		`{"if":[{"sem_ver":[{"var":"version"},">=","1.2.0-rc.1"]},{"substr":["on-off",0,2]},"off"]}`,
		`{"if":[{"davit.date_after":[{"var":"$flagd.timestamp"},"2020-01-01T00:00:00Z"]},{"if":[{"davit.cidr":[{"var":"ip"},["10.0.0.0/8"]]},"on","off"]},"off"]}`,
		`{"if":[{"in":[{"davit.lower":[{"var":"name"}]},["jön"]]},"on","off"]}`,
		`{"if":[{"davit.regex":[{"var":"email"},"^[a-z]+@"]},"on","off"]}`,
		`{"davit.bucket":["unleash","g",{"var":"age"},["on",100]]}`,
		`{"davit.bucket":["ld-sha1","k.s",{"var":"email"},["on",100000]]}`,
		`{"davit.bucket":["growthbook-v2","k",{"var":"email"},["on",0,1]]}`,
		`{"fractional":[{"var":"deep"},["on",1],["off",1]]}`,
		`{"+":[1,{"var":"age"}]}`,
	}
	for _, hash := range []int{2, 3} {
		for _, rule := range rules {
			set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true,"off":false,"43":true},"defaultVariant":"off","targeting":`+rule+`}}}`, flag.ParseOptions{Hash: hash})
			c, err := flag.ParseContext([]byte(`{"targetingKey":"u1","email":"jon@example.com","country":"NL","age":42,"deep":{"er":1},"list":[1,2,3],"version":"1.2.0","ip":"10.1.2.3","name":"JÖN"}`))
			if err != nil {
				t.Fatal(err)
			}
			var r flag.Result
			if n := testing.AllocsPerRun(50, func() { r = set.Evaluate("f", c, 1_750_000_000) }); n != 0 {
				t.Errorf("%s: %v allocations", rule, n)
			}
			if r.Code != "" || r.Reason != flag.TargetingMatch && hash == 3 {
				t.Errorf("%s = %+v", rule, r)
			}
		}
	}
}

// TestWorkIsBounded: a rule that would run for hours, or build texts without
// end, fails instead.
func TestWorkIsBounded(t *testing.T) {
	body := `{"l":[` + strings.Repeat("1,", 2000) + `1]}`
	c, err := flag.ParseContext([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{
		`{"some":[{"var":"l"},{"reduce":[{"map":[{"merge":[[1,2,3,4,5,6,7,8,9],[1,2,3,4,5,6,7,8,9]]},1]},{"reduce":[[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9],{"+":[1,{"var":"accumulator"}]},0]},0]}]}`,
		`{"reduce":[{"var":"l"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}`,
		`{"reduce":[{"var":"l"},{"merge":[{"var":"accumulator"},{"var":"accumulator"}]},[1,2]]}`,
		`{"cat":[{"reduce":[{"var":"l"},[{"var":"accumulator"},{"var":"accumulator"}],"x"]}]}`,
		`{"fractional":[{"cat":["x",{"reduce":[{"var":"l"},[{"var":""},{"var":""}],"x"]}]},["on",1]]}`,
	} {
		set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"targeting":`+rule+`}}}`, flag.ParseOptions{})
		if r := set.Evaluate("f", c, 0); r.Variant == "on" && !strings.HasPrefix(rule, `{"fractional`) {
			t.Errorf("%s = %+v", rule, r)
		}
		set.Flag("f").Explain(c, 0)
	}
	set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true},"targeting":{"all":[{"var":"l"},{"all":[[`+strings.Repeat("1,", 999)+`1],true]}]}}}}`, flag.ParseOptions{})
	if r := set.Evaluate("f", c, 0); r.Code != flag.General || !strings.Contains(r.Detail, "million steps") {
		t.Errorf("two million rounds: %+v", r)
	}
	if r := mustParse(t, rampDoc(1), flag.ParseOptions{}).Evaluate("f", c, 0); r.Variant != "old" {
		t.Errorf("the context is spoilt: %+v", r)
	}
}

// TestRegexIsLinear: a pattern that makes other engines try every way to divide
// a text answers over half a megabyte.
func TestRegexIsLinear(t *testing.T) {
	for pattern, want := range map[string]string{`^(a+)+$`: "off", `^(a|aa)+$`: "off", `^(a*)*b$`: "off", `(a|a?)+!$`: "on"} {
		set := mustParse(t, `{"flags":{"f":{"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"if":[{"davit.regex":[{"var":"a"},"`+pattern+`"]},"on","off"]}}}}`, flag.ParseOptions{})
		c, err := flag.ParseContext([]byte(`{"a":"` + strings.Repeat("a", 1<<19) + `!"}`))
		if err != nil {
			t.Fatal(err)
		}
		if r := set.Evaluate("f", c, 0); r.Variant != want {
			t.Errorf("%s = %+v, want %s", pattern, r, want)
		}
		c.Release()
	}
}
