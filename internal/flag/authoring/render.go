package authoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/davit-cd/davit"
)

// YAML writes a document as Parse reads it.
func (d Document) YAML() ([]byte, error) { return asYAML(d.tree()) }

// JSON writes a document as Parse reads it.
func (d Document) JSON() ([]byte, error) { return asJSON(d.tree()) }

// YAML writes a flag as ParseFlag reads it.
func (f Flag) YAML() ([]byte, error) { return asYAML(f.tree()) }

// JSON writes a flag as ParseFlag reads it.
func (f Flag) JSON() ([]byte, error) { return asJSON(f.tree()) }

// YAML writes a segment as ParseSegment reads it.
func (s Segment) YAML() ([]byte, error) { return asYAML(s.tree()) }

// JSON writes a segment as ParseSegment reads it.
func (s Segment) JSON() ([]byte, error) { return asJSON(s.tree()) }

func asJSON(tree any) ([]byte, error) {
	raw, err := marshal(tree)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, raw, "", "  ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

func asYAML(tree any) ([]byte, error) {
	text, err := yaml.MarshalWithOptions(inOrder(tree), yaml.Indent(2), yaml.IndentSequence(true), yaml.UseSingleQuote(false))
	if err != nil {
		return nil, err
	}
	// The writer quotes what YAML 1.1 took for switches, which are the names of
	// most variants. Without quotes they read better, and mean the same here.
	bare := quotedSwitch.ReplaceAll(text, []byte("$1$2"))
	if sameYAML(text, bare) {
		return bare, nil
	}
	return text, nil
}

func sameYAML(a, b []byte) bool {
	var left, right any
	return yaml.Unmarshal(a, &left) == nil && yaml.Unmarshal(b, &right) == nil && reflect.DeepEqual(left, right)
}

var quotedSwitch = regexp.MustCompile(`(?m)(^ *(?:- )?|: |- )"(on|off|yes|no|y|n)"`)

// inOrder turns an ordered tree into what the YAML writer keeps in order.
func inOrder(v any) any {
	switch v := v.(type) {
	case Ordered[any]:
		out := yaml.MapSlice{}
		for _, e := range v {
			out = append(out, yaml.MapItem{Key: e.Name, Value: inOrder(e.Value)})
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, inOrder(item))
		}
		return out
	case float64:
		if v == float64(int64(v)) && v > -1e15 && v < 1e15 {
			return int64(v)
		}
	}
	return v
}

// writer collects the keys of a map that say something.
type writer struct{ out Ordered[any] }

func (w *writer) put(name string, v any) { w.out = append(w.out, Named[any]{name, v}) }

func (w *writer) text(name, v string) {
	if v != "" {
		w.put(name, v)
	}
}

func (w *writer) list(name string, v []string) {
	if len(v) > 0 {
		w.put(name, anys(v))
	}
}

func anys(v []string) []any {
	out := make([]any, 0, len(v))
	for _, s := range v {
		out = append(out, s)
	}
	return out
}

func (d Document) tree() Ordered[any] {
	w := &writer{}
	w.text("project", d.Project)
	var flags, segments, exclusive, holdouts Ordered[any]
	for _, f := range d.Flags {
		flags = append(flags, Named[any]{f.Key, f.tree()})
	}
	for _, s := range d.Segments {
		segments = append(segments, Named[any]{s.Name, s.tree()})
	}
	for _, g := range d.Groups {
		in := &writer{}
		in.text("purpose", g.Purpose)
		if g.Holdout > 0 {
			in.put("share", percent(g.Holdout))
			in.list("flags", g.Flags)
			holdouts = append(holdouts, Named[any]{g.Name, in.out})
			continue
		}
		in.put("flags", shares(g.Shares))
		exclusive = append(exclusive, Named[any]{g.Name, in.out})
	}
	parts := Ordered[Ordered[any]]{{"flags", flags}, {"segments", segments}, {"exclusive", exclusive}, {"holdouts", holdouts}}
	for _, part := range parts {
		if len(part.Value) > 0 {
			w.put(part.Name, part.Value)
		}
	}
	return w.out
}

func percent(w davit.Weight) float64 { return float64(w) / 100 }

func shares(o Ordered[davit.Weight]) Ordered[any] {
	out := Ordered[any]{}
	for _, e := range o {
		out = append(out, Named[any]{e.Name, percent(e.Value)})
	}
	return out
}

func (s Segment) tree() Ordered[any] {
	w := &writer{out: Ordered[any]{}}
	w.text("purpose", s.Purpose)
	w.list("included", s.Included)
	w.list("excluded", s.Excluded)
	if s.If != nil {
		w.put("if", s.If.tree())
	}
	return w.out
}

func (f Flag) tree() Ordered[any] {
	w := &writer{}
	w.put("kind", string(f.Kind))
	w.put("owner", f.Owner)
	w.put("purpose", f.Purpose)
	switch {
	case !f.Expires.IsZero():
		w.put("expires", written(f.Expires))
	case f.Kind.Lifetime() > 0:
		w.put("expires", "none")
	}
	variants := Ordered[any]{}
	for _, v := range f.Variants {
		variants = append(variants, Named[any]{v.Name, plainOrder(v.Value)})
	}
	w.put("variants", variants)
	if f.Hash != nil {
		in := &writer{}
		in.put("name", f.Hash.Name)
		in.text("salt", f.Hash.Salt)
		w.put("hash", in.out)
	}
	if f.Approval {
		w.put("approval", "needed")
	}
	environments := Ordered[any]{}
	for _, e := range f.Environments {
		environments = append(environments, Named[any]{e.Name, e.Value.tree(f)})
	}
	if len(environments) > 0 {
		w.put("environments", environments)
	}
	return w.out
}

// plainOrder gives maps a fixed order.
func plainOrder(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := Ordered[any]{}
		names := []string{}
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			out = append(out, Named[any]{name, plainOrder(v[name])})
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, plainOrder(item))
		}
		return out
	}
	return v
}

func written(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

func (s State) tree(f Flag) Ordered[any] {
	w := &writer{}
	w.put("on", s.On)
	if s.Disabled {
		w.put("disabled", true)
	}
	if s.Off != f.offVariant() {
		w.put("off", s.Off)
	}
	if len(s.Needs) > 0 {
		needs := Ordered[any]{}
		for _, n := range s.Needs {
			if len(n.Variants) == 1 {
				needs = append(needs, Named[any]{n.Flag, n.Variants[0]})
			} else {
				needs = append(needs, Named[any]{n.Flag, anys(n.Variants)})
			}
		}
		w.put("needs", needs)
	}
	if len(s.Targets) > 0 {
		targets := Ordered[any]{}
		for _, t := range s.Targets {
			targets = append(targets, Named[any]{t.Name, anys(t.Value)})
		}
		w.put("targets", targets)
	}
	if len(s.Rules) > 0 {
		rules := []any{}
		for _, r := range s.Rules {
			in := &writer{}
			in.text("name", r.Name)
			in.put("if", r.If.tree())
			r.Outcome.write(in)
			rules = append(rules, in.out)
		}
		w.put("rules", rules)
	}
	s.Serve.write(w)
	if len(s.Schedule) > 0 {
		steps := []any{}
		for _, c := range s.Schedule {
			in := &writer{}
			in.put("at", written(c.At))
			if c.On != nil {
				in.put("on", *c.On)
			}
			if c.Serve != nil {
				c.Serve.write(in)
			}
			in.text("note", c.Note)
			steps = append(steps, in.out)
		}
		w.put("schedule", steps)
	}
	w.text("bucket", s.Bucket)
	w.text("by", s.By)
	if s.Approval {
		w.put("approval", "needed")
	}
	return w.out
}

func (o Outcome) write(w *writer) {
	switch {
	case o.Linear != nil:
		w.put("ramp", Ordered[any]{
			{"variant", o.Linear.Variant},
			{"others", o.Linear.Others},
			{"from", percent(o.Linear.From)},
			{"to", percent(o.Linear.To)},
			{"begin", written(o.Linear.Begin)},
			{"end", written(o.Linear.End)},
		})
	case len(o.Split) > 0:
		w.put("serve", shares(o.Split))
	default:
		w.put("serve", o.Variant)
	}
}

// tree writes a condition as a map of what must hold.
func (c Condition) tree() Ordered[any] {
	list := func(parts []Condition) []any {
		out := []any{}
		for _, p := range parts {
			out = append(out, p.tree())
		}
		return out
	}
	switch {
	case len(c.All) > 0:
		out := Ordered[any]{}
		for _, p := range c.All {
			in := p.tree()
			if len(in) != 1 || out.Has(in[0].Name) || in[0].Name == wordAll {
				return Ordered[any]{{wordAll, list(c.All)}}
			}
			out = append(out, in[0])
		}
		if len(c.All) == 1 { // a map of one entry is that entry
			return Ordered[any]{{wordAll, list(c.All)}}
		}
		return out
	case len(c.Any) > 0:
		return Ordered[any]{{wordAny, list(c.Any)}}
	case c.Not != nil:
		return Ordered[any]{{wordNot, c.Not.tree()}}
	case len(c.Segments) == 1:
		return Ordered[any]{{wordSegment, c.Segments[0]}}
	case len(c.Segments) > 0:
		return Ordered[any]{{wordSegment, anys(c.Segments)}}
	case c.Share > 0:
		return Ordered[any]{{wordShare, percent(c.Share)}}
	}
	return c.attribute()
}

func (c Condition) attribute() Ordered[any] {
	tests := Ordered[any]{}
	for _, t := range c.Tests {
		tests = append(tests, Named[any]{string(t.Op), t.Value})
	}
	if slices.Contains([]string{wordAll, wordAny, wordNot, wordSegment, wordShare, wordAttribute}, c.Attribute) {
		return append(Ordered[any]{{wordAttribute, c.Attribute}}, tests...)
	}
	if len(c.Tests) == 1 && (c.Tests[0].Op == Is || c.Tests[0].Op == In) {
		return Ordered[any]{{c.Attribute, c.Tests[0].Value}}
	}
	return Ordered[any]{{c.Attribute, tests}}
}

// Describe returns what an environment of a flag does in a few words, for
// lists: "off", "10 % on, 90 % off, 2 rules".
func (s State) Describe() string {
	switch {
	case s.Disabled:
		return "disabled"
	case !s.On:
		return "off"
	}
	out := s.Serve.String()
	if s.Serve.Variant != "" && s.Serve.Linear == nil && len(s.Serve.Split) == 0 {
		out = "100 % " + s.Serve.Variant
	}
	for _, n := range []struct {
		n    int
		noun string
	}{{len(s.Rules), "rule"}, {len(s.Targets), "target"}, {len(s.Needs), "need"}, {len(s.Schedule), "planned change"}} {
		if n.n == 1 {
			out += ", 1 " + n.noun
		} else if n.n > 1 {
			out += fmt.Sprintf(", %d %ss", n.n, n.noun)
		}
	}
	return out
}
