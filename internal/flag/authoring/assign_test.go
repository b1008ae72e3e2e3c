package authoring_test

import (
	"fmt"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// TestAssignIsWhatIsServed holds that Assign and Salt say what the compiled flag
// gives, however users are put into buckets and whatever groups keep out.
func TestAssignIsWhatIsServed(t *testing.T) {
	d := parse(t, "flags: {a: {kind: experiment, owner: o, purpose: p}, b: {kind: experiment, owner: o, purpose: p}}")
	split := authoring.Ordered[davit.Weight]{{Name: "on", Value: 3000}, {Name: "off", Value: 7000}}
	groups := []authoring.Group{
		{Name: "one", Project: "shop", Shares: authoring.Ordered[davit.Weight]{{Name: "a", Value: 4000}, {Name: "b", Value: 5000}}},
		{Name: "held", Project: "shop", Holdout: 1000, Flags: []string{"a"}},
	}
	for _, bucket := range []string{"", authoring.Own, authoring.Flagd, authoring.Router} {
		for _, of := range [][]authoring.Group{nil, groups[:1], groups[1:], groups} {
			flags := append([]authoring.Flag(nil), d.Flags...)
			f := flags[0].With("production", authoring.State{On: true, Off: "off", Serve: authoring.Outcome{Split: split}, Bucket: bucket})
			flags[0] = f
			text, _, err := authoring.Compile("shop", "production", flags, nil, of)
			if err != nil {
				t.Fatal(err)
			}
			set, _, err := flag.Parse(text, flag.ParseOptions{ID: "shop/production"})
			if err != nil {
				t.Fatal(err)
			}
			salt, ok := authoring.Salt(f, "production")
			if !ok {
				t.Fatalf("bucket %q has no salt", bucket)
			}
			in := 0
			for u := range 3000 {
				key := fmt.Sprint("user-", u)
				c, err := flag.ContextOf(map[string]any{"targetingKey": key})
				if err != nil {
					t.Fatal(err)
				}
				served := set.Evaluate("a", c, 0).Variant
				c.Release()
				got, ok := authoring.Assign(f, "production", of, key)
				if ok {
					in++
				}
				if want := served; ok && got != want || !ok && served != "off" {
					t.Fatalf("bucket %q, %d groups, %s: served %s, assigned %q %v", bucket, len(of), key, served, got, ok)
				}
				if ok && (got == "on") != (flag.Bucket(salt, key, 10_000) < 3000) {
					t.Fatalf("bucket %q, %s: the salt says otherwise", bucket, key)
				}
			}
			if len(of) == 0 && in != 3000 || len(of) > 0 && (in == 0 || in == 3000) {
				t.Errorf("bucket %q, %d groups: %d of 3000 take part", bucket, len(of), in)
			}
		}
	}
	for _, s := range []authoring.State{
		{Serve: authoring.Outcome{Split: split}},
		{On: true, Serve: authoring.Outcome{Variant: "on"}},
		{On: true, Serve: authoring.Outcome{Split: split}, By: "company"},
	} {
		if v, ok := authoring.Assign(d.Flags[0].With("production", s), "production", nil, "u"); ok {
			t.Errorf("%+v assigns %s", s, v)
		}
	}
}
