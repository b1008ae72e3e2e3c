package exposure

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// Flag returns a flag as it is kept.
func (b *Book) Flag(project, key string) (Kept, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	return b.project(project).flag(key)
}

// Projects returns the names of all projects that have flags, segments or
// environments, sorted.
func (b *Book) Projects() []string {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	return slices.Sorted(maps.Keys(b.projects))
}

// View is a project as it is at one time.
type View struct {
	Project      string
	Environments []string
	Flags        []Kept // sorted by key
	Segments     []authoring.Segment
	Groups       []authoring.Group
}

// Document returns everything authored in the view.
func (v View) Document() authoring.Document {
	d := authoring.Document{Project: v.Project, Segments: v.Segments, Groups: v.Groups}
	for _, k := range v.Flags {
		d.Flags = append(d.Flags, k.Flag)
	}
	return d
}

// Look returns a project; one that nobody has heard of is empty.
func (b *Book) Look(name string) View {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	p := b.project(name)
	v := View{Project: name, Environments: p.places()}
	for _, key := range slices.Sorted(maps.Keys(p.flags)) {
		v.Flags = append(v.Flags, p.flags[key])
	}
	_, v.Segments, v.Groups = p.all()
	return v
}

// Revision returns a flag as it was after one change; NotFound if there was
// none of that number.
func (b *Book) Revision(ctx context.Context, project, key string, version int64) (Revision, error) {
	_, r, err := record.Load[Revision](ctx, b.ports.Keeper, KindRevision, revisionID(project, key, version))
	if davit.KindOf(err) == davit.NotFound {
		return r, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("the flag %s has no version %d", key, version), Hint: "davit flags history " + key}
	}
	return r, err
}

// History returns the versions of a flag below a number, newest first, at most
// so many; below 0 begins with the newest.
func (b *Book) History(ctx context.Context, project, key string, below int64, limit int) ([]Revision, error) {
	k, err := b.Flag(project, key)
	if err != nil {
		return nil, err
	}
	if below <= 0 || below > k.Version+1 {
		below = k.Version + 1
	}
	out := []Revision{}
	for v := below - 1; v >= 1 && len(out) < limit; v-- {
		r, err := b.Revision(ctx, project, key, v)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
