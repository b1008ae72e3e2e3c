package authoring_test

import (
	"errors"
	"os"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/spec"
)

// FuzzParse holds that no file of flags, however broken, makes the reader panic;
// that what is refused is refused with the place and the reason; and that what
// is taken, and fits together, is compiled to what the evaluator takes.
func FuzzParse(f *testing.F) {
	shop, err := os.ReadFile("testdata/shop.flags.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shop)
	for _, text := range []string{
		"", "flags:", "flags: []", "flags: {a: }", "flags: {? {}: 1}", "flags: {a: &a {kind: *a}}", "\x00", "flags: {\"é/ü 🙂\": {kind: release, owner: o, purpose: p}}",
		"flags: {\"\": {kind: release, owner: o, purpose: p}}", "flags: {a: {kind: release, owner: o, purpose: p, variants: {a: .nan, b: 1e999}}}",
		"flags: {a: {kind: permission, owner: o, purpose: p, environments: {e: {on: true, serve: {on: 33.3333, off: 66.6667}}}}}",
		"flags: {a: {kind: permission, owner: o, purpose: p, environments: {e: {on: true, rules: [{if: {x: {matches: '(((a{99}){99}){99}'}}, serve: on}]}}}}",
		"flags: {a: {kind: permission, owner: o, purpose: p, environments: {e: {schedule: [{at: 9999-12-31T23:59:59Z, serve: on}]}}}}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := authoring.Parse("f.yaml", data, authoring.Defaults{Project: "shop", Now: made})
		if err != nil {
			problems, ok := errors.AsType[spec.Problems](err)
			if !ok && davit.KindOf(err) != davit.Invalid && davit.KindOf(err) != davit.TooLarge {
				t.Fatalf("%v is of the kind %s", err, davit.KindOf(err))
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Text == "" {
					t.Fatalf("%+v has no place or no reason", p)
				}
			}
			return
		}
		text, problems, err := authoring.Compile("shop", "production", d.Flags, d.Segments, d.Groups)
		if err != nil {
			if len(problems) == 0 {
				t.Fatal(err)
			}
			return
		}
		if _, found, err := flag.Parse(text, flag.ParseOptions{ID: "shop/production"}); err != nil {
			t.Fatalf("%v %v\n%s", err, found, text)
		}
	})
}
