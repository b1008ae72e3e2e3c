package authoring

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/spec"
)

// Case is an expectation that somebody has of a flag.
type Case struct {
	Name        string
	Flag        string
	Environment string
	At          time.Time // zero: when the cases are tried
	Context     map[string]any
	Variant     string                // expected; or
	Share       Ordered[davit.Weight] // expected shares of many users, each with a targeting key of its own …
	Within      davit.Weight          // … and by how much they may be off
	Place       string                // file, line and column
}

// CasesShape is what a file of cases looks like.
func CasesShape() spec.Shape {
	return spec.Shape{Keys: []spec.Key{
		{Name: "environment", Doc: "Environment of the cases that name none.", Default: "production", Shape: spec.Shape{Type: spec.Name}},
		{Name: "cases", Doc: "The cases.", Need: true, Example: "[{flag: new-checkout, context: {country: DE}, gives: on}]", Shape: spec.Shape{Least: 1, Items: &spec.Shape{One: []string{"gives", "shares"}, Need: true, Keys: []spec.Key{
			{Name: "name", Doc: "What the case shows.", Assumed: "flag and context", Shape: spec.Shape{Type: spec.Text}},
			{Name: "flag", Doc: "Key of the flag.", Need: true, Shape: spec.Shape{Type: spec.Label}},
			{Name: "environment", Doc: "Environment.", Assumed: "that of the file", Shape: spec.Shape{Type: spec.Name}},
			{Name: "at", Doc: "The time of the case.", Assumed: "now", Shape: spec.Shape{Type: spec.Moment}},
			{Name: "context", Doc: "The context a program would send; its targetingKey is the user's.", Example: "{targetingKey: user-1, country: DE}", Shape: spec.Shape{Free: true}},
			{Name: "gives", Doc: "Variant that is expected.", Shape: spec.Shape{Type: spec.Value}},
			{Name: "shares", Doc: "Instead: the share of users each variant is expected for, tried with 10 000 keys.", Example: "{on: 10, off: 90}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Type: spec.Percent, Max: 100}, Least: 1}},
			{Name: "within", Doc: "By how much shares may be off, in percentage points.", Default: "1", Shape: spec.Shape{Type: spec.Percent, Min: 0.1, Max: 50}},
		}}}},
	}}
}

// ParseCases reads a file of cases; the error is spec.Problems.
func ParseCases(name string, data []byte) ([]Case, error) {
	t, r := spec.Document(name, data, CasesShape())
	var out []Case
	for i, at := range t.Get("cases").Items() {
		c := Case{
			Name: at.Get("name").Text(), Flag: at.Get("flag").Text(), Environment: at.Get("environment").Text(), At: at.Get("at").Moment(),
			Variant: at.Get("gives").Text(), Within: davit.Percent(at.Get("within").Number()), Place: fmt.Sprintf("%s: case %d", name, i+1),
		}
		if c.Environment == "" {
			c.Environment = t.Get("environment").Text()
		}
		if in := at.Get("context"); in.There() {
			context, ok := in.Value().(map[string]any)
			if !ok {
				r.Problem(in, in.Path()+": a context is a map", "such as {targetingKey: user-1}", "")
			}
			c.Context = context
		}
		if c.Context == nil {
			c.Context = map[string]any{}
		}
		shares := at.Get("shares")
		for _, v := range shares.Names() {
			c.Share = append(c.Share, Named[davit.Weight]{v, davit.Percent(shares.Get(v).Number())})
		}
		if c.Name == "" {
			text, _ := json.Marshal(c.Context) // JSON values
			c.Name = c.Flag + " " + string(text)
		}
		out = append(out, c)
	}
	return out, r.Err()
}

// Tried is what came of a case.
type Tried struct {
	Case
	OK   bool
	Got  string // what was given instead
	Why  []Line // how; nil for shares
	Text string
}

// Try tries cases on flags. The error is about the flags, not about a case.
func (d Document) Try(cases []Case, now time.Time) ([]Tried, error) {
	sets := map[string]*flag.Set{}
	var out []Tried
	for _, c := range cases {
		if c.At.IsZero() {
			c.At = now
		}
		if sets[c.Environment] == nil {
			text, _, err := Compile(d.Project, c.Environment, d.Flags, d.Segments, d.Groups)
			if err != nil {
				return nil, err
			}
			if sets[c.Environment], _, err = flag.Parse(text, flag.ParseOptions{}); err != nil {
				return nil, err
			}
		}
		tried, err := d.try(c, sets[c.Environment])
		if err != nil {
			return nil, err
		}
		out = append(out, tried)
	}
	return out, nil
}

func (d Document) try(c Case, set *flag.Set) (Tried, error) {
	t := Tried{Case: c}
	i := slices.IndexFunc(d.Flags, func(f Flag) bool { return f.Key == c.Flag })
	if i < 0 {
		t.Text = "there is no flag " + c.Flag
		return t, nil
	}
	known := d.Flags[i].Variants
	for _, name := range append(c.Share.Names(), c.Variant) {
		if name != "" && !known.Has(name) {
			t.Text = fmt.Sprintf("the flag has no variant %s; it has %s", name, strings.Join(known.Names(), ", "))
			return t, nil
		}
	}
	if len(c.Share) > 0 {
		return t.shares(set)
	}
	x, err := d.Explain(c.Flag, c.Environment, c.Context, c.At)
	if err != nil {
		return t, err
	}
	t.Got, t.Why, t.OK = x.Variant, x.Lines, x.Variant == c.Variant
	if !t.OK {
		t.Text = fmt.Sprintf("gives %s, expected %s", x.Variant, c.Variant)
	}
	return t, nil
}

// sampled is how many users shares are tried with.
const sampled = 10_000

func (t Tried) shares(set *flag.Set) (Tried, error) {
	counts := map[string]int{}
	context := map[string]any{}
	maps.Copy(context, t.Context)
	for i := range sampled {
		context[targetingKey] = fmt.Sprintf("user-%d", i)
		user, err := flag.ContextOf(context)
		if err != nil {
			return t, err
		}
		counts[set.Evaluate(t.Flag, user, t.At.Unix()).Variant]++
		user.Release()
	}
	t.OK = true
	parts := []string{}
	for _, s := range t.Share {
		got := davit.Weight(counts[s.Name]) * davit.Full / sampled
		parts = append(parts, got.String()+" "+s.Name)
		if got-s.Value > t.Within || s.Value-got > t.Within {
			t.OK = false
		}
	}
	t.Got = strings.Join(parts, ", ")
	if !t.OK {
		t.Text = fmt.Sprintf("gives %s, expected %s within %s", t.Got, Outcome{Split: t.Share}, t.Within)
	}
	return t, nil
}
