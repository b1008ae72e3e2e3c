package spec

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Document reads another file of the same dialect as davit.yaml (YAML or JSON)
// and holds it against a shape, just as strictly. name is what errors call the
// file. The reading collects what is wrong; what did not fit is left out of the
// tree.
func Document(name string, data []byte, s Shape) (Tree, *Reading) {
	r := &Reading{newChecker(&reader{name: name})}
	t := Tree{}
	if n := r.read(data); n != nil {
		t.n = r.walk(n, &s, "")
	}
	return t, r
}

// Reading is a file that is being read: it collects what is wrong with it.
type Reading struct{ *checker }

// Problem reports that what stands at t is wrong: what, what was expected and
// how to mend it. The last two may be empty.
func (r *Reading) Problem(t Tree, text, expected, hint string) {
	at := t.at
	if t.n != nil {
		at = t.n.at
	}
	if t.key.line > 0 {
		at = t.key
	}
	r.problem(at, t.path, text, expected, hint)
}

// Nearest returns the candidate that s was probably meant to be as a hint,
// empty if none is near.
func (r *Reading) Nearest(s string, candidates []string) string {
	if near := nearest(s, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// Failed reports whether something is wrong.
func (r *Reading) Failed() bool { return len(r.problems) > 0 }

// Err returns everything that is wrong as Problems; nil if nothing is.
func (r *Reading) Err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return r.problems.sorted()
}

// Tree is a value of a Document: a scalar, a list or a map. The zero Tree
// stands for a value that is not there; everything below it is not there,
// either.
type Tree struct {
	n    *node
	at   place // of the value around, for what is missing
	key  place // of the key, if problems are to be shown there
	path string
}

// There reports whether there is a value.
func (t Tree) There() bool { return t.n != nil }

// Path says where the value stands: "flags.a.rules[0]".
func (t Tree) Path() string { return t.path }

// Get returns the value of a key.
func (t Tree) Get(name string) Tree {
	out := Tree{n: t.n.get(name), path: join(t.path, name), at: t.at}
	if t.n != nil {
		out.at = t.n.where(name)
	}
	return out
}

// Key returns t so that problems are shown at the key, not at its value.
func (t Tree) Key(name string) Tree {
	out := t.Get(name)
	out.key = out.at
	return out
}

// Names returns the keys of a map in the order of the file.
func (t Tree) Names() []string {
	if t.n == nil {
		return nil
	}
	out := make([]string, 0, len(t.n.entries))
	for _, e := range t.n.entries {
		out = append(out, e.name)
	}
	return out
}

// Items returns the values of a list.
func (t Tree) Items() []Tree {
	if t.n == nil {
		return nil
	}
	out := make([]Tree, 0, len(t.n.items))
	for i, n := range t.n.items {
		out = append(out, Tree{n: n, path: fmt.Sprintf("%s[%d]", t.path, i), at: n.at})
	}
	return out
}

// IsMap reports whether the value is a map.
func (t Tree) IsMap() bool { return t.n != nil && t.n.form == mapping }

// IsList reports whether the value is a list.
func (t Tree) IsList() bool { return t.n != nil && t.n.form == list }

// IsScalar reports whether the value is a scalar.
func (t Tree) IsScalar() bool { return t.n != nil && t.n.form == scalar }

// Text returns a scalar as it was written, "" for everything else.
func (t Tree) Text() string {
	if !t.IsScalar() {
		return ""
	}
	if s, ok := t.n.value.(string); ok {
		return s
	}
	return t.n.text
}

// Texts returns the scalars of a list as they were written; nil if it is not
// there.
func (t Tree) Texts() []string {
	if t.n == nil {
		return nil
	}
	out := []string{}
	for _, i := range t.Items() {
		out = append(out, i.Text())
	}
	return out
}

// Switch returns a value of type Switch, and otherwise if it is not there.
func (t Tree) Switch(otherwise bool) bool {
	if b, ok := t.n.val().(bool); ok {
		return b
	}
	return otherwise
}

// Number returns a value of type Number, Percent or Whole; 0 if it is not there.
func (t Tree) Number() float64 {
	switch v := t.n.val().(type) {
	case float64:
		return v
	case int:
		return float64(v)
	}
	return 0
}

// Duration returns a value of type Duration; 0 if it is not there.
func (t Tree) Duration() time.Duration {
	d, _ := t.n.val().(time.Duration)
	return d
}

// Moment returns a value of type Moment; zero if it is not there.
func (t Tree) Moment() time.Time {
	m, _ := t.n.val().(time.Time)
	return m
}

// Value returns a Free value as JSON values: nil, bool, float64, string, []any
// and map[string]any. A number out of range is text.
func (t Tree) Value() any {
	if t.n == nil {
		return nil
	}
	return t.n.free()
}

func (n *node) free() any {
	switch n.form {
	case list:
		out := make([]any, 0, len(n.items))
		for _, i := range n.items {
			out = append(out, i.free())
		}
		return out
	case mapping:
		out := map[string]any{}
		for _, e := range n.entries {
			out[e.name] = e.value.free()
		}
		return out
	}
	switch n.flavour {
	case null:
		return nil
	case boolean:
		return n.text == "true"
	case integer, decimal:
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			return f
		}
		if i, err := strconv.ParseInt(n.text, 0, 64); err == nil { // 0x1f
			return float64(i)
		}
	}
	return n.text
}

// ParseMoment reads a time as RFC 3339 has it, or a date, which is its first
// moment in UTC.
func ParseMoment(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return time.Time{}, errors.New(strconv.Quote(clip(s)) + " is not a time")
	}
	return t.UTC(), nil
}

func moment(s string) (any, error) { return ParseMoment(s) }

// labelled holds that a text can be shown on one line and typed again.
func labelled(s string) (any, error) {
	for i, c := range s {
		if c < ' ' || c == 0x7f || c == ' ' && (i == 0 || i == len(s)-1) {
			return nil, fmt.Errorf("%q has a character that a key may not have there", clip(s))
		}
	}
	if s == "" {
		return nil, errors.New("the key is empty")
	}
	if len(s) > 200 {
		return nil, fmt.Errorf("%q has %d bytes", clip(s), len(s))
	}
	return s, nil
}
