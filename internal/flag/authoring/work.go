package authoring

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
)

// Work is a project's flags compiled for all its environments, with what they
// were compiled from, so that a later version of the project costs no more than
// what changed in it. It is never changed.
type Work struct {
	project  string
	flags    []Flag // by key
	segments []Segment
	groups   []Group
	places   []Compiled // in the order that was asked for
}

// Compiled is a project in one environment.
type Compiled struct {
	Environment string
	Text        []byte // what Compile gives
	// Changed is a document of those flags alone that are not as they were in
	// the Work that this one was made from, with the new metadata; nil: none
	// differs. Gone has the keys of those that are there no more. Anew says that
	// there was nothing to compare with.
	Changed []byte
	Gone    []string
	Anew    bool

	definitions []definition
}

// NewWork returns the work of a project that has no environment yet.
func NewWork(project string) *Work { return &Work{project: project} }

// Places are the environments, in the order in which they were asked for. The
// caller must not change them.
func (w *Work) Places() []Compiled { return w.places }

// Next compiles a later version of the project; what w knows already is not
// compiled again. Flags are sorted by key, and no flag, segment or group comes
// twice. They are compared with those of w, so they must not be changed in place.
// The result, and what is wrong, are those of Compile for each environment.
func (w *Work) Next(environments []string, flags []Flag, segments []Segment, groups []Group) (*Work, []Problem, error) {
	next := &Work{project: w.project, flags: flags, segments: segments, groups: groups}
	d := w.differences(next)
	if problems := d.check(next); len(problems) > 0 {
		return nil, problems, refused(problems)
	}
	for _, environment := range environments {
		c := compilerOf(w.project, environment, next.flag, segments, groups)
		place, problems, err := next.compile(c, w.place(environment), d)
		if err != nil || len(problems) > 0 {
			return nil, problems, err
		}
		next.places = append(next.places, place)
	}
	return next, nil, nil
}

// flag looks a flag up.
func (w *Work) flag(key string) (Flag, bool) {
	i, ok := slices.BinarySearchFunc(w.flags, key, func(f Flag, key string) int { return strings.Compare(f.Key, key) })
	if !ok {
		return Flag{}, false
	}
	return w.flags[i], true
}

func (w *Work) place(environment string) *Compiled {
	for i := range w.places {
		if w.places[i].Environment == environment {
			return &w.places[i]
		}
	}
	return nil
}

// compile compiles for one environment what old, nil if there is none, does not
// have.
func (w *Work) compile(c *compiler, old *Compiled, d *differences) (Compiled, []Problem, error) {
	out := Compiled{Environment: c.environment, Anew: old == nil, definitions: make([]definition, 0, len(w.flags))}
	var before []definition
	if old != nil {
		before = old.definitions
	}
	var changed []definition
	var problems []Problem
	for _, f := range w.flags {
		for len(before) > 0 && before[0].key < f.Key {
			out.Gone, before = append(out.Gone, before[0].key), before[1:]
		}
		var known *definition
		if len(before) > 0 && before[0].key == f.Key {
			known, before = &before[0], before[1:]
		}
		if known != nil && !d.dirty[f.Key] {
			out.definitions = append(out.definitions, *known)
			continue
		}
		made, problem, err := c.define(f)
		switch {
		case err != nil:
			return out, nil, err
		case problem != nil:
			problems = append(problems, *problem)
		case known != nil && bytes.Equal(known.text, made.text):
			made = *known
		default:
			changed = append(changed, made)
		}
		out.definitions = append(out.definitions, made)
	}
	for _, gone := range before {
		out.Gone = append(out.Gone, gone.key)
	}
	switch {
	case len(problems) > 0:
		return out, problems, refused(problems)
	case old != nil && len(changed)+len(out.Gone) == 0:
		out.Text = old.Text
	default:
		out.Text = document(c.project, c.environment, body(out.definitions))
		if old != nil {
			out.Changed = withMetadata(body(changed), out.Text)
		}
	}
	return out, nil, nil
}

// withMetadata is a document of the flags in body with the metadata of whole.
func withMetadata(body, whole []byte) []byte {
	rest := whole[bytes.LastIndex(whole, []byte(`,"metadata":`)):]
	return append(append([]byte(`{"flags":`), body...), rest...)
}

// differences are what makes a version of a project another one.
type differences struct {
	dirty    map[string]bool // flags that are new or changed, or that depend on what is
	segments bool            // some segment is not as it was
	groups   bool
	gone     bool // some flag is there no more
}

// differences finds what is to be compiled again in next.
func (w *Work) differences(next *Work) *differences {
	d := &differences{dirty: map[string]bool{}}
	roots := d.flags(w.flags, next.flags)
	d.groups = !reflect.DeepEqual(w.groups, next.groups)
	if d.groups {
		for _, g := range slices.Concat(w.groups, next.groups) {
			roots = append(append(roots, g.Shares.Names()...), g.Flags...)
		}
	}
	if touched := touchedSegments(w.segments, next.segments); len(touched) > 0 {
		d.segments = true
		for _, f := range next.flags {
			if slices.ContainsFunc(f.segments(), func(name string) bool { return touched[name] }) {
				roots = append(roots, f.Key)
			}
		}
	}
	d.spread(roots, next.flags)
	return d
}

// flags returns the keys of flags that came, went or are not as they were.
func (d *differences) flags(before, after []Flag) []string {
	var out []string
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Key < after[0].Key:
			out, d.gone, before = append(out, before[0].Key), true, before[1:]
		case len(before) == 0 || after[0].Key < before[0].Key:
			out, after = append(out, after[0].Key), after[1:]
		default:
			if !reflect.DeepEqual(&before[0], &after[0]) {
				out = append(out, after[0].Key)
			}
			before, after = before[1:], after[1:]
		}
	}
	return out
}

// spread notes the roots and the flags that need one of them, over any number
// of others.
func (d *differences) spread(roots []string, flags []Flag) {
	if len(roots) == 0 {
		return
	}
	needing := map[string][]string{}
	for i := range flags {
		for _, e := range flags[i].Environments {
			for _, n := range e.Value.Needs {
				needing[n.Flag] = append(needing[n.Flag], flags[i].Key)
			}
		}
	}
	for len(roots) > 0 {
		key := roots[len(roots)-1]
		roots = roots[:len(roots)-1]
		if !d.dirty[key] {
			d.dirty[key] = true
			roots = append(roots, needing[key]...)
		}
	}
}

// touchedSegments are those that came, went or are not as they were, and those
// that ask for one of them, over any number of others.
func touchedSegments(before, after []Segment) map[string]bool {
	touched := map[string]bool{}
	old := map[string]Segment{}
	for _, s := range before {
		old[s.Name] = s
	}
	for _, s := range after {
		was, there := old[s.Name]
		if !there || !reflect.DeepEqual(was, s) {
			touched[s.Name] = true
		}
		delete(old, s.Name)
	}
	for name := range old {
		touched[name] = true
	}
	for found := len(touched) > 0; found; {
		found = false
		for _, s := range after {
			if s.If != nil && !touched[s.Name] && slices.ContainsFunc(s.If.segments(), func(name string) bool { return touched[name] }) {
				touched[s.Name], found = true, true
			}
		}
	}
	return touched
}

// check finds what Check finds, provided that nothing was wrong before: what is
// as it was, and depends on nothing else, is still right. If something is wrong
// everything is looked at, so that all of it is said.
func (d *differences) check(next *Work) []Problem {
	c := checker{flag: next.flag, segments: map[string]Segment{}}
	for _, s := range next.segments {
		c.segments[s.Name] = s
	}
	var changed []Flag
	for _, f := range next.flags {
		if d.dirty[f.Key] {
			changed = append(changed, f)
			c.checkFlag(f)
		}
	}
	var segments []Segment
	if d.segments {
		segments = next.segments
		for _, s := range segments {
			c.checkSegment(s)
		}
	}
	if d.groups || d.gone {
		for _, g := range next.groups {
			c.checkGroup(g)
		}
	}
	if len(c.problems) == 0 {
		c.cycles(changed, segments)
	}
	if len(c.problems) == 0 {
		return nil
	}
	return Check(next.flags, next.segments, next.groups)
}
