package authoring_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// drawnProject is a project that changes, right or wrong.
type drawnProject struct {
	flags    map[string]authoring.Flag
	segments map[string]authoring.Segment
	groups   map[string]authoring.Group
}

func (p drawnProject) copied() drawnProject {
	return drawnProject{maps.Clone(p.flags), maps.Clone(p.segments), maps.Clone(p.groups)}
}

func (p drawnProject) all() ([]authoring.Flag, []authoring.Segment, []authoring.Group) {
	return sortedValues(p.flags), sortedValues(p.segments), sortedValues(p.groups)
}

func sortedValues[V any](m map[string]V) []V {
	var out []V
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[name])
	}
	return out
}

// edit changes one thing, which may be wrong then.
func (d drawn) edit(p drawnProject) {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d", "é/f"}).Draw(d.T, "key")
	name := rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(d.T, "name")
	switch rapid.IntRange(0, 9).Draw(d.T, "edit") {
	case 0:
		delete(p.flags, key)
	case 1:
		delete(p.segments, name)
	case 2, 3:
		s := authoring.Segment{Name: name, Project: "shop", Included: []string{fmt.Sprintf("user-%d", rapid.IntRange(0, 9).Draw(d.T, "included"))}}
		if rapid.Bool().Draw(d.T, "condition") {
			c := authoring.Condition{Segments: []string{rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(d.T, "other")}}
			s.If = &c
		}
		p.segments[name] = s
	case 4:
		g := authoring.Group{Name: "g" + key, Project: "shop", Holdout: 1000, Flags: []string{key}}
		if rapid.Bool().Draw(d.T, "exclusive") {
			g = authoring.Group{Name: g.Name, Project: "shop", Shares: authoring.Ordered[davit.Weight]{{Name: key, Value: davit.Weight(1000 * rapid.IntRange(1, 10).Draw(d.T, "weight"))}}}
		}
		p.groups[g.Name] = g
	case 5:
		delete(p.groups, "g"+key)
	default:
		s := d.state()
		if rapid.Bool().Draw(d.T, "asks") {
			s.Rules = append(s.Rules, authoring.Rule{If: authoring.Condition{Segments: []string{name}}, Outcome: authoring.Outcome{Variant: "on"}})
		}
		if rapid.IntRange(0, 2).Draw(d.T, "needs") == 0 {
			s.Needs = []authoring.Need{{Flag: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(d.T, "parent"), Variants: []string{rapid.SampledFrom([]string{"on", "on", "on", "onn"}).Draw(d.T, "wants")}}}
		}
		f, there := p.flags[key]
		if !there {
			f = simple(key, s)
		}
		p.flags[key] = f.With(rapid.SampledFrom([]string{"production", "staging"}).Draw(d.T, "environment"), s)
	}
}

// TestWorkIsCompile holds that a project compiled change after change is, byte
// for byte, what compiling all of it gives, and that what is wrong is the same;
// and that a set which takes up the changes is the one that is read from the whole text.
func TestWorkIsCompile(t *testing.T) {
	environments := []string{"production", "staging"}
	rapid.Check(t, func(t *rapid.T) {
		d := drawn{t}
		work := authoring.NewWork("shop")
		current := drawnProject{map[string]authoring.Flag{}, map[string]authoring.Segment{}, map[string]authoring.Group{}}
		sets := map[string]*flag.Set{}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			next := current.copied()
			for range rapid.IntRange(1, 3).Draw(t, "edits") {
				d.edit(next)
			}
			flags, segments, groups := next.all()
			got, _, err := work.Next(environments, flags, segments, groups)
			for i, environment := range environments {
				want, _, fault := authoring.Compile("shop", environment, flags, segments, groups)
				if fmt.Sprint(fault) != fmt.Sprint(err) {
					t.Fatalf("%s: %v, want %v", environment, err, fault)
				}
				if err != nil {
					continue
				}
				place := got.Places()[i]
				if !bytes.Equal(place.Text, want) {
					t.Fatalf("%s is\n%s\nwant\n%s", environment, place.Text, want)
				}
				sets[environment] = updated(t, sets[environment], place)
			}
			if err == nil {
				work, current = got, next
			}
		}
	})
}

// updated holds that a set with the changes is the set of the whole text.
func updated(t *rapid.T, before *flag.Set, place authoring.Compiled) *flag.Set {
	t.Helper()
	o := flag.ParseOptions{ID: "shop/" + place.Environment}
	want, _, err := flag.Parse(place.Text, o)
	if err != nil {
		t.Fatal(err)
	}
	if place.Anew {
		return want
	}
	got := before
	if place.Changed != nil {
		if got, _, err = before.Update(place.Changed, place.Gone, o); err != nil {
			t.Fatal(err)
		}
	}
	sameSets(t, got, want)
	return got
}

func sameSets(t *rapid.T, got, want *flag.Set) {
	t.Helper()
	if got.Revision() != want.Revision() || !bytes.Equal(got.JSON(), want.JSON()) || !bytes.Equal(got.Full(), want.Full()) ||
		!bytes.Equal(got.Metadata().JSON(), want.Metadata().JSON()) || got.Hash() != want.Hash() || got.Len() != want.Len() {
		t.Fatalf("%s\n%s\nwant %s\n%s", got.Revision(), got.Full(), want.Revision(), want.Full())
	}
	var keys []string
	for key, f := range got.Flags() {
		keys = append(keys, key)
		other := want.Flag(key)
		if got.Flag(key) != f || other == nil || !bytes.Equal(f.Metadata().JSON(), other.Metadata().JSON()) {
			t.Fatalf("%s is not as it should be", key)
		}
		for i := range 20 {
			c, err := flag.ContextOf(map[string]any{"targetingKey": fmt.Sprintf("user-%d", i), "country": "DE"})
			if err != nil {
				t.Fatal(err)
			}
			is, should := f.Evaluate(c, made.Unix()), other.Evaluate(c, made.Unix())
			c.Release()
			if is.Variant != should.Variant || is.Reason != should.Reason || is.Code != should.Code || is.Flag != f {
				t.Fatalf("%s gives %+v, want %+v", key, is, should)
			}
		}
	}
	if !slices.IsSorted(keys) {
		t.Fatal("the flags are not in order:", keys)
	}
}
