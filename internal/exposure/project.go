package exposure

import (
	"maps"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// project is what is known of one project. It is never changed: a change makes
// another one, which takes its place once it is kept.
type project struct {
	name         string
	environments []string // from elsewhere
	flags        map[string]Kept
	removed      map[string]Kept // flags that were there, for their versions
	segments     map[string]entry[authoring.Segment]
	groups       map[string]entry[authoring.Group]
	made         made // by compile, or by that of the project this is a copy of
}

// entry is the body of a record, with the record's version.
type entry[T any] struct {
	body    T
	version int64
}

func newProject(name string) *project {
	return &project{name: name, flags: map[string]Kept{}, removed: map[string]Kept{}, segments: map[string]entry[authoring.Segment]{}, groups: map[string]entry[authoring.Group]{}}
}

// copied returns a copy that may be changed.
func (p *project) copied() *project {
	return &project{
		name: p.name, environments: p.environments, made: p.made,
		flags: maps.Clone(p.flags), removed: maps.Clone(p.removed), segments: maps.Clone(p.segments), groups: maps.Clone(p.groups),
	}
}

// all returns everything authored, sorted by name.
func (p *project) all() ([]authoring.Flag, []authoring.Segment, []authoring.Group) {
	var flags []authoring.Flag
	for _, key := range slices.Sorted(maps.Keys(p.flags)) {
		flags = append(flags, p.flags[key].Flag)
	}
	var segments []authoring.Segment
	for _, name := range slices.Sorted(maps.Keys(p.segments)) {
		segments = append(segments, p.segments[name].body)
	}
	var groups []authoring.Group
	for _, name := range slices.Sorted(maps.Keys(p.groups)) {
		groups = append(groups, p.groups[name].body)
	}
	return flags, segments, groups
}

// places returns all environments of the project, sorted.
func (p *project) places() []string {
	seen := map[string]bool{}
	for _, e := range p.environments {
		seen[e] = true
	}
	for _, k := range p.flags {
		for _, e := range k.Flag.Environments {
			seen[e.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// flag returns a flag, NotFound if it is not there.
func (p *project) flag(key string) (Kept, error) {
	k, ok := p.flags[key]
	if !ok {
		return k, &davit.Error{Kind: davit.NotFound, Text: "there is no flag " + quoted(key) + " in the project " + p.name, Hint: p.near(key)}
	}
	return k, nil
}

// near says which flags there are that look alike.
func (p *project) near(key string) string {
	for name := range p.flags {
		if strings.EqualFold(name, key) || strings.ReplaceAll(name, "_", "-") == strings.ReplaceAll(key, "_", "-") {
			return "there is " + quoted(name)
		}
	}
	return "davit flags list --project " + p.name + " lists those there are"
}
