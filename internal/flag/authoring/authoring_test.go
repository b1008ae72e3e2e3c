package authoring_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/spec"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

var made = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, text string) authoring.Document {
	t.Helper()
	d, err := authoring.Parse("davit.flags.yaml", []byte(text), authoring.Defaults{Project: "shop", Now: made})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMistakes holds what is said of every kind of mistake: place, what was
// expected, how to mend it.
func TestMistakes(t *testing.T) {
	data, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, block := range strings.Split(strings.TrimSpace(string(data)), "\n=====\n") {
		input, want, _ := strings.Cut(block, "\n-----\n")
		_, err := authoring.Parse("davit.flags.yaml", []byte(input), authoring.Defaults{Project: "shop", Now: made})
		got := "good"
		if err != nil {
			got = err.Error()
			if davit.KindOf(err) != davit.Invalid {
				t.Errorf("block %d: %v is %s", i, err, davit.KindOf(err))
			}
			if ps, ok := errors.AsType[spec.Problems](err); !ok || ps[0].Line == 0 {
				t.Errorf("block %d: no place", i)
			}
		}
		if i > 0 {
			out.WriteString("\n=====\n")
		}
		out.WriteString(input + "\n-----\n" + got)
		if !*rewrite && got != strings.TrimSpace(want) {
			t.Errorf("%s\n--- got\n%s\n--- want\n%s", input, got, want)
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/mistakes.txt", []byte(out.String()+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFit holds what is said of flags that are well written and do not fit
// together.
func TestFit(t *testing.T) {
	head := "kind: release, owner: pay, purpose: P"
	for name, c := range map[string]struct{ text, want string }{
		"no parent":      {"flags: {a: {" + head + ", environments: {production: {needs: {b: on}}}}}", `flag a in production: it needs the flag "b", which is not there`},
		"no variant":     {"flags: {b: {" + head + "}, a: {" + head + ", environments: {production: {needs: {b: blue}}}}}", `flag a in production: it needs the variant "blue" of b, which has none of that name`},
		"itself":         {"flags: {a: {" + head + ", environments: {production: {needs: {a: on}}}}}", "flag a in production: it needs itself: a → a"},
		"over others":    {"flags: {a: {" + head + ", environments: {production: {needs: {b: on}}}}, b: {" + head + ", environments: {production: {needs: {c: on}}}}, c: {" + head + ", environments: {production: {needs: {a: on}}}}}", "flag a in production: it needs itself: a → b → c → a"},
		"no segment":     {"flags: {a: {" + head + ", environments: {production: {rules: [{if: {segment: beta}, serve: on}]}}}}", `flag a in production: there is no segment "beta"`},
		"segment itself": {"segments: {a: {if: {segment: b}}, b: {if: {not: {segment: a}}}}", "segment a: it asks for itself: a → b → a"},
		"group":          {"exclusive: {g: {flags: {nosuch: 50}}}", `group g: there is no flag "nosuch"`},
		"good across":    {"flags: {a: {" + head + ", environments: {staging: {needs: {b: on}}}}, b: {" + head + ", environments: {production: {needs: {a: on}}}}}", ""},
	} {
		d := parse(t, c.text)
		got := []string{}
		for _, p := range authoring.Check(d.Flags, d.Segments, d.Groups) {
			got = append(got, p.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		_, problems, err := authoring.Compile("shop", "production", d.Flags, d.Segments, d.Groups)
		if (err == nil) != (c.want == "") || len(problems) != len(got) {
			t.Errorf("%s: compiled: %v", name, err)
		}
	}
}

// TestExpiry holds how long each kind lives, and that a date and none are taken.
func TestExpiry(t *testing.T) {
	for kind, want := range map[string]string{"release": "2026-08-10", "experiment": "2026-08-10", "operational": "2026-07-08", "kill-switch": "0001-01-01", "permission": "0001-01-01"} {
		d := parse(t, fmt.Sprintf("flags: {a: {kind: %s, owner: o, purpose: p}}", kind))
		if got := d.Flags[0].Expires.Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
	d := parse(t, "flags: {a: {kind: release, owner: o, purpose: p, expires: none}, b: {kind: permission, owner: o, purpose: p, expires: 2027-01-01}}")
	if !d.Flags[0].Expires.IsZero() || d.Flags[1].Expires.Format(time.DateOnly) != "2027-01-01" {
		t.Errorf("%v %v", d.Flags[0].Expires, d.Flags[1].Expires)
	}
}

// TestCompiled holds what flags become.
func TestCompiled(t *testing.T) {
	source, err := os.ReadFile("testdata/shop.flags.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, string(source))
	text, _, err := authoring.Compile("shop", "production", d.Flags, d.Segments, d.Groups)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/shop.production.json"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("compiled otherwise than %s; go test -rewrite rewrites it:\n%s", golden, got.String())
	}
	again, _, err := authoring.Compile("shop", "production", d.Flags, d.Segments, d.Groups)
	if err != nil || string(again) != string(text) {
		t.Error("the same flags gave other bytes")
	}
}
