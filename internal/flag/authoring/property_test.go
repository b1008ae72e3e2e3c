package authoring_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

type fatal interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// set compiles a document for production.
func set(t fatal, d authoring.Document) *flag.Set {
	t.Helper()
	text, _, err := authoring.Compile(d.Project, "production", d.Flags, d.Segments, d.Groups)
	if err != nil {
		t.Fatal(err)
	}
	s, problems, err := flag.Parse(text, flag.ParseOptions{})
	if err != nil || len(problems) > 0 {
		t.Fatalf("%v %v\n%s", err, problems, text)
	}
	return s
}

func gives(t fatal, s *flag.Set, key string, context map[string]any, now time.Time) string {
	t.Helper()
	c, err := flag.ContextOf(context)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	r := s.Evaluate(key, c, now.Unix())
	if r.Code != "" {
		t.Fatalf("%s: %s %s", key, r.Code, r.Detail)
	}
	return r.Variant
}

func user(i int) map[string]any { return map[string]any{"targetingKey": fmt.Sprintf("user-%d", i)} }

func simple(key string, s authoring.State) authoring.Flag {
	if s.Off == "" {
		s.Off = "off"
	}
	f := authoring.Flag{Key: key, Project: "shop", Kind: authoring.Permission, Owner: "o", Purpose: "p", Created: made, Variants: authoring.Ordered[any]{{Name: "on", Value: true}, {Name: "off", Value: false}}}
	return f.With("production", s)
}

func part(on davit.Weight) authoring.Outcome {
	return authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: "on", Value: on}, {Name: "off", Value: davit.Full - on}}}
}

// drawn generates conditions, states and documents.
type drawn struct{ *rapid.T }

func (d drawn) condition(depth int) authoring.Condition {
	kinds := 7
	if depth == 0 {
		kinds = 4
	}
	attribute := rapid.SampledFrom([]string{"country", "plan", "segment", "a.b"}).Draw(d.T, "attribute")
	switch rapid.IntRange(0, kinds-1).Draw(d.T, "condition") {
	case 0:
		return authoring.Condition{Attribute: attribute, Tests: []authoring.Test{{Op: rapid.SampledFrom([]authoring.Op{authoring.Is, authoring.Not, authoring.Starts, authoring.Contains, authoring.Ends}).Draw(d.T, "op"), Value: rapid.SampledFrom([]string{"DE", "FR", "free"}).Draw(d.T, "value")}}}
	case 1:
		return authoring.Condition{Attribute: attribute, Tests: []authoring.Test{{Op: rapid.SampledFrom([]authoring.Op{authoring.In, authoring.NotIn}).Draw(d.T, "op"), Value: []any{"DE", "US"}}}}
	case 2:
		return authoring.Condition{Share: davit.Weight(rapid.IntRange(1, 10_000).Draw(d.T, "share"))}
	case 3:
		return authoring.Condition{Attribute: "age", Tests: []authoring.Test{{Op: rapid.SampledFrom([]authoring.Op{authoring.Min, authoring.Below}).Draw(d.T, "op"), Value: float64(rapid.IntRange(0, 99).Draw(d.T, "age"))}}}
	case 4:
		return authoring.Condition{All: []authoring.Condition{d.condition(depth - 1), d.condition(depth - 1)}}
	case 5:
		return authoring.Condition{Any: []authoring.Condition{d.condition(depth - 1), d.condition(depth - 1)}}
	}
	c := d.condition(depth - 1)
	return authoring.Condition{Not: &c}
}

func (d drawn) outcome() authoring.Outcome {
	switch rapid.IntRange(0, 3).Draw(d.T, "outcome") {
	case 0:
		return authoring.Outcome{Variant: "on"}
	case 1:
		return authoring.Outcome{Variant: "off"}
	case 2:
		begin := made.Add(time.Duration(rapid.IntRange(-3600, 3600).Draw(d.T, "begin")) * time.Second)
		return authoring.Outcome{Linear: &authoring.Linear{
			Variant: "on", Others: "off", From: davit.Weight(100 * rapid.IntRange(0, 100).Draw(d.T, "from")), To: davit.Weight(100 * rapid.IntRange(0, 100).Draw(d.T, "to")),
			Begin: begin, End: begin.Add(time.Duration(rapid.IntRange(1, 7200).Draw(d.T, "for")) * time.Second),
		}}
	}
	return part(davit.Weight(rapid.IntRange(0, 10_000).Draw(d.T, "on")))
}

func (d drawn) state() authoring.State {
	s := authoring.State{On: rapid.IntRange(0, 4).Draw(d.T, "on") > 0, Off: "off", Serve: d.outcome(), Bucket: rapid.SampledFrom([]string{"", "", authoring.Flagd, authoring.Router}).Draw(d.T, "bucket")}
	for i := range rapid.IntRange(0, 2).Draw(d.T, "rules") {
		s.Rules = append(s.Rules, authoring.Rule{Name: fmt.Sprintf("r%d", i), If: d.condition(2), Outcome: d.outcome()})
	}
	if rapid.Bool().Draw(d.T, "targets") {
		s.Targets = authoring.Ordered[[]string]{{Name: "on", Value: []string{"user-1", "user-2"}}}
	}
	for i := range rapid.IntRange(0, 2).Draw(d.T, "steps") {
		c := authoring.Change{At: made.Add(time.Duration(i*1000+rapid.IntRange(0, 900).Draw(d.T, "at")) * time.Second)}
		if on := rapid.Bool().Draw(d.T, "step on"); rapid.Bool().Draw(d.T, "step switches") {
			c.On = &on
		} else {
			o := d.outcome()
			c.Serve = &o
		}
		s.Schedule = append(s.Schedule, c)
	}
	return s
}

func (d drawn) user() map[string]any {
	out := map[string]any{}
	if rapid.IntRange(0, 9).Draw(d.T, "key") > 0 {
		out["targetingKey"] = fmt.Sprintf("user-%d", rapid.IntRange(0, 500).Draw(d.T, "user"))
	}
	for _, name := range []string{"country", "plan", "segment"} {
		if rapid.Bool().Draw(d.T, name) {
			out[name] = rapid.SampledFrom([]string{"DE", "FR", "US", "free"}).Draw(d.T, "value")
		}
	}
	if rapid.Bool().Draw(d.T, "age") {
		out["age"] = float64(rapid.IntRange(0, 99).Draw(d.T, "years"))
	}
	return out
}

func (d drawn) time() time.Time {
	return made.Add(time.Duration(rapid.IntRange(-4000, 12000).Draw(d.T, "now")) * time.Second)
}

// TestChildNeedsParent holds that a child is never on while its parent is not,
// over any number of generations, whatever the flags say.
func TestChildNeedsParent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn{t}
		doc := authoring.Document{Project: "shop"}
		for i := range 4 {
			s := d.state()
			if i > 0 {
				s.Needs = []authoring.Need{{Flag: fmt.Sprintf("f%d", i-1), Variants: []string{"on"}}}
			}
			doc.Flags = append(doc.Flags, simple(fmt.Sprintf("f%d", i), s))
		}
		compiled := set(t, doc)
		for range 20 {
			u, now := d.user(), d.time()
			for i := 1; i < 4; i++ {
				child, parent := gives(t, compiled, fmt.Sprintf("f%d", i), u, now), gives(t, compiled, fmt.Sprintf("f%d", i-1), u, now)
				if child == "on" && parent != "on" {
					t.Fatalf("%v at %s: f%d is on, f%d is %s", u, now, i, i-1, parent)
				}
			}
		}
	})
}

// TestGrowthKeepsEverybody holds that a share that grows keeps who was in it,
// whether by hand, by schedule or with time, and whatever the other variants.
func TestGrowthKeepsEverybody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := davit.Weight(rapid.IntRange(0, 10_000).Draw(t, "small"))
		large := davit.Weight(rapid.IntRange(int(small), 10_000).Draw(t, "large"))
		begin, end := made, made.Add(time.Duration(rapid.IntRange(2, 100_000).Draw(t, "seconds"))*time.Second)
		states := []authoring.State{{On: true, Serve: part(small)}, {On: true, Serve: part(large)}}
		if rapid.Bool().Draw(t, "ramp") {
			linear := authoring.State{On: true, Serve: authoring.Outcome{Linear: &authoring.Linear{Variant: "on", Others: "off", From: small - small%100, To: large, Begin: begin, End: end}}}
			linear.Serve.Linear.To -= large % 100
			states = []authoring.State{linear, linear, linear}
		}
		var before []bool
		for i, s := range states {
			compiled := set(t, authoring.Document{Project: "shop", Flags: []authoring.Flag{simple("a", s)}})
			now := begin.Add(time.Duration(i) * end.Sub(begin) / 2)
			var in []bool
			for u := range 300 {
				in = append(in, gives(t, compiled, "a", user(u), now) == "on")
			}
			for u, was := range before {
				if was && !in[u] {
					t.Fatalf("user-%d fell out between %s and %s", u, states[0].Serve, s.Serve)
				}
			}
			before = in
		}
	})
}

// TestSharesAreIndependent holds that splits one behind the other, and those of
// different flags, know nothing of each other, and that the router's bucket and
// flagd's give the people they say.
func TestSharesAreIndependent(t *testing.T) {
	const users = 20_000
	doc := authoring.Document{Project: "shop", Flags: []authoring.Flag{
		simple("outer", authoring.State{On: true, Serve: part(1000)}),
		simple("inner", authoring.State{On: true, Serve: part(5000), Needs: []authoring.Need{{Flag: "outer", Variants: []string{"on"}}}}),
		simple("sampled", authoring.State{On: true, Serve: authoring.Outcome{Variant: "off"}, Rules: []authoring.Rule{{Name: "s", If: authoring.Condition{All: []authoring.Condition{{Share: 1000}, {Share: 5000}}}, Outcome: part(5000)}}}),
		simple("router", authoring.State{On: true, Bucket: authoring.Router, Serve: part(1000)}),
		simple("flagd", authoring.State{On: true, Bucket: authoring.Flagd, Serve: part(1000)}),
	}}
	compiled := set(t, doc)
	count := map[string]int{}
	for i := range users {
		for _, f := range doc.Flags {
			if gives(t, compiled, f.Key, user(i), made) == "on" {
				count[f.Key]++
			}
		}
		key := fmt.Sprintf("user-%d", i)
		if in := gives(t, compiled, "router", user(i), made) == "on"; in != (flag.Bucket("shop/production/", key, 10_000) < 1000) {
			t.Fatalf("%s: the router and the flag have different people", key)
		}
		if in := gives(t, compiled, "flagd", user(i), made) == "on"; in != (flag.Bucket("flagd", key, 10_000) < 1000) {
			t.Fatalf("%s: flagd and the flag have different people", key)
		}
	}
	for key, want := range map[string]float64{"outer": 0.1, "inner": 0.05, "sampled": 0.025, "router": 0.1, "flagd": 0.1} {
		if got := float64(count[key]) / users; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/users) {
			t.Errorf("%s: %.4f of the users, want %.4f", key, got, want)
		}
	}
}

// TestGroups holds that nobody takes part in two flags of an exclusive group,
// nor in any that he is held out of.
func TestGroups(t *testing.T) {
	on := authoring.State{On: true, Serve: authoring.Outcome{Variant: "on"}}
	doc := authoring.Document{
		Project: "shop", Flags: []authoring.Flag{simple("a", on), simple("b", on), simple("c", on)},
		Groups: []authoring.Group{
			{Name: "x", Project: "shop", Shares: authoring.Ordered[davit.Weight]{{Name: "a", Value: 3000}, {Name: "b", Value: 5000}}},
			{Name: "h", Project: "shop", Holdout: 1000, Flags: []string{"a", "c"}},
		},
	}
	compiled := set(t, doc)
	count := map[string]int{}
	for i := range 10_000 {
		a, b, c := gives(t, compiled, "a", user(i), made) == "on", gives(t, compiled, "b", user(i), made) == "on", gives(t, compiled, "c", user(i), made) == "on"
		if a && b || a && !c {
			t.Fatalf("user-%d: a %t, b %t, c %t", i, a, b, c)
		}
		for key, in := range map[string]bool{"a": a, "b": b, "c": c} {
			if in {
				count[key]++
			}
		}
	}
	if count["a"] < 2500 || count["a"] > 2900 || count["b"] < 4800 || count["b"] > 5200 || count["c"] < 8850 || count["c"] > 9150 {
		t.Errorf("%v", count)
	}
	if got := gives(t, compiled, "c", map[string]any{}, made); got != "off" {
		t.Errorf("without a key it gives %s", got)
	}
}

// TestScheduleIsExact holds that a schedule compiled beforehand gives at every
// second what the state would give after the steps were taken.
func TestScheduleIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn{t}
		s := d.state()
		compiled := set(t, authoring.Document{Project: "shop", Flags: []authoring.Flag{simple("a", s)}})
		times := []time.Time{d.time()}
		for _, c := range s.Schedule {
			times = append(times, c.At.Add(-time.Second), c.At)
		}
		for _, now := range times {
			taken, _ := s.Due(now)
			taken.Schedule = nil
			after := set(t, authoring.Document{Project: "shop", Flags: []authoring.Flag{simple("a", taken)}})
			for range 5 {
				u := d.user()
				if got, want := gives(t, compiled, "a", u, now), gives(t, after, "a", u, now); got != want {
					t.Fatalf("%v at %s: %s, want %s", u, now, got, want)
				}
			}
		}
	})
}

// TestWrittenAndRead holds that a document that is written, as YAML or JSON, is
// read as what it was.
func TestWrittenAndRead(t *testing.T) {
	source, err := os.ReadFile("testdata/shop.flags.yaml")
	if err != nil {
		t.Fatal(err)
	}
	same := func(t fatal, d authoring.Document) {
		t.Helper()
		for _, write := range []func() ([]byte, error){d.YAML, d.JSON} {
			text, err := write()
			if err != nil {
				t.Fatal(err)
			}
			again, err := authoring.Parse("again", text, authoring.Defaults{Project: "shop", Now: made})
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			a, _ := json.Marshal(d)
			b, _ := json.Marshal(again)
			if string(a) != string(b) {
				t.Fatalf("written\n%s\nread\n%s\nfrom\n%s", a, b, text)
			}
		}
	}
	same(t, parse(t, string(source)))
	rapid.Check(t, func(t *rapid.T) {
		d := drawn{t}
		text, err := authoring.Document{Project: "shop", Flags: []authoring.Flag{simple("a", d.state())}}.YAML()
		if err != nil {
			t.Fatal(err)
		}
		read, err := authoring.Parse("a", text, authoring.Defaults{Project: "shop", Now: made})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		same(t, read)
	})
}

// TestExplained holds that what is explained is what is served, and that
// exactly one line decides.
func TestExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn{t}
		doc := authoring.Document{Project: "shop", Flags: []authoring.Flag{simple("parent", d.state())}}
		s := d.state()
		if rapid.Bool().Draw(t, "needs") {
			s.Needs = []authoring.Need{{Flag: "parent", Variants: []string{"on"}}}
		}
		doc.Flags = append(doc.Flags, simple("a", s))
		u, now := d.user(), d.time()
		x, err := doc.Explain("a", "production", u, now)
		if err != nil {
			t.Fatal(err)
		}
		if want := gives(t, set(t, doc), "a", u, now); x.Variant != want {
			t.Fatalf("explained as %s, served %s", x.Variant, want)
		}
		deciding := slices.DeleteFunc(slices.Clone(x.Lines), func(l authoring.Line) bool { return !l.Decides })
		if len(deciding) != 1 || !deciding[0].Held && len(s.Needs) == 0 {
			t.Fatalf("%d lines decide: %+v", len(deciding), x.Lines)
		}
	})
}

// TestForeign holds the place of one user by each other system's hash, as their
// own programs have it, and that what only the server can evaluate compiles.
func TestForeign(t *testing.T) {
	for name, c := range map[string]struct {
		salt string
		at   float64 // percent
	}{
		"murmur3-v2": {"new-checkout", 45.49}, "murmur3-v3": {"new-checkout", 49.65}, "unleash": {"new-checkout", 31}, "unleash-variant": {"new-checkout", 75.5},
		"growthbook-v1": {"new-checkout", 21.7}, "growthbook-v2": {"new-checkout", 20.9}, "flipt-crc32": {"new-checkout", 70.5}, "flipt-threshold": {"new-checkout", 14}, "ld-sha1": {"new-checkout.salt", 94.77},
	} {
		for _, d := range []struct {
			share float64
			want  string
		}{{c.at - 0.01, "off"}, {c.at + 1, "on"}} {
			f := simple("new-checkout", authoring.State{On: true, Serve: part(davit.Percent(d.share))})
			f.Hash = &authoring.Hash{Name: name, Salt: c.salt}
			compiled := set(t, authoring.Document{Project: "shop", Flags: []authoring.Flag{f}})
			if got := gives(t, compiled, "new-checkout", map[string]any{"targetingKey": "user-1"}, made); got != d.want {
				t.Errorf("%s at %v %%: %s, want %s", name, d.share, got, d.want)
			}
			if portable := compiled.Flag("new-checkout").Portable(); portable != (name == "murmur3-v2") {
				t.Errorf("%s: portable %t", name, portable)
			}
		}
	}
	d := parse(t, `flags: {a: {kind: release, owner: o, purpose: p, environments: {production: {on: true, serve: off, rules: [
		{if: {mail: {matches: "^a"}}, serve: on}, {if: {ip: {cidr: [10.0.0.0/8]}}, serve: on}, {if: {since: {after: 2026-01-01, before: 2026-02-01}}, serve: on}, {if: {name: {like: ANN}}, serve: on}]}}}}`)
	compiled := set(t, d)
	for _, c := range []struct {
		context map[string]any
		want    string
	}{
		{map[string]any{"mail": "ann@example.org"}, "on"},
		{map[string]any{"mail": "ben@example.org"}, "off"},
		{map[string]any{"ip": "10.1.2.3"}, "on"},
		{map[string]any{"ip": "11.1.2.3"}, "off"},
		{map[string]any{"since": "2026-01-15T00:00:00Z"}, "on"},
		{map[string]any{"since": "2026-03-01"}, "off"},
		{map[string]any{"name": "Ann"}, "on"},
		{map[string]any{}, "off"},
	} {
		if got := gives(t, compiled, "a", c.context, made); got != c.want {
			t.Errorf("%v: %s, want %s", c.context, got, c.want)
		}
	}
}
