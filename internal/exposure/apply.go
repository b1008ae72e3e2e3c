package exposure

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// Application is a document that is to hold.
type Application struct {
	Document authoring.Document
	Actor    string
	Reason   string
	// Origin is the file the document is: its flags follow it from now on, but
	// what people have changed meanwhile stays. Nil: the flags become what the
	// document says.
	Origin *Origin
	Dry    bool // only say what would happen
}

// Applied is what came of an application, by key.
type Applied struct {
	Created  []string
	Changed  []string
	Same     []string
	Proposed []string // they need a second person
	Gone     []string // the file had them and has them no more; they stay until they are removed
	Notes    []string // segments and groups that changed
}

// Apply makes a document hold, all of it or nothing.
func (b *Book) Apply(ctx context.Context, a Application) (Applied, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	out := Applied{}
	name := a.Document.Project
	current := b.project(name)
	next := current.copied()
	more, err := b.applyRest(a, current, next, &out)
	if err != nil {
		return out, err
	}
	var changes, waiting []decided
	for _, f := range a.Document.Flags {
		d, changed := b.applyFlag(a, current, f)
		switch {
		case !changed:
			out.Same = append(out.Same, f.Key)
			continue
		case d.waits():
			waiting, out.Proposed = append(waiting, d), append(out.Proposed, f.Key)
			continue
		case d.fresh:
			out.Created = append(out.Created, f.Key)
		default:
			out.Changed = append(out.Changed, f.Key)
		}
		changes = append(changes, d)
		next.flags[f.Key] = Kept{Flag: d.after}
	}
	out.Gone = gone(a, current)
	if _, err := b.compile(next); err != nil || a.Dry {
		return out, err
	}
	if len(changes)+len(more.Records) > 0 {
		if _, err := b.keepAll(ctx, next, changes, more); err != nil {
			return out, err
		}
	}
	for _, d := range waiting {
		if _, err := b.propose(ctx, d); err != nil && davit.KindOf(err) != davit.Conflict {
			return out, err
		}
	}
	return out, nil
}

// applyFlag decides what one flag of a document becomes.
func (b *Book) applyFlag(a Application, current *project, f authoring.Flag) (decided, bool) {
	before, there := current.flags[f.Key]
	d := decided{before: before, after: f, fresh: !there, at: b.now(), edit: Edit{
		Project: f.Project, Key: f.Key, Actor: a.Actor, Reason: a.Reason,
	}}
	if !there {
		d.before = Kept{Version: current.removed[f.Key].Version}
	}
	if there {
		d.after.Created = before.Flag.Created
	}
	if a.Origin != nil {
		origin := *a.Origin
		origin.Flag = f
		d.edit.Origin = &origin
		d.edit.Data = map[string]string{"file": origin.Path, "repo": origin.Repo}
		if there {
			var base *authoring.Flag
			if before.File != nil {
				base = &before.File.Flag
			}
			d.after = authoring.Follow(before.Flag, base, f)
		}
	}
	if !there {
		return d, true
	}
	same := before.Flag.Fingerprint() == d.after.Fingerprint()
	if a.Origin == nil {
		return d, !same
	}
	followed := before.File != nil && before.File.Path == a.Origin.Path && before.File.Repo == a.Origin.Repo && before.File.Flag.Fingerprint() == f.Fingerprint()
	return d, !same || !followed
}

// gone returns the flags that the file had and has no more.
func gone(a Application, current *project) []string {
	if a.Origin == nil {
		return nil
	}
	var out []string
	for key, k := range current.flags {
		if k.File != nil && k.File.Repo == a.Origin.Repo && k.File.Path == a.Origin.Path &&
			!slices.ContainsFunc(a.Document.Flags, func(f authoring.Flag) bool { return f.Key == key }) {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// applyRest adds segments and groups.
func (b *Book) applyRest(a Application, current, next *project, out *Applied) (davit.Change, error) {
	var change davit.Change
	for _, s := range a.Document.Segments {
		old, there := current.segments[s.Name]
		if there && text(old.body) == text(s) {
			continue
		}
		if err := b.mayTouch(current, s.Name); err != nil {
			return change, err
		}
		rec, event, err := b.segmentChange(Who{Actor: a.Actor, Reason: a.Reason}, s, old.version)
		if err != nil {
			return change, err
		}
		next.segments[s.Name] = entry[authoring.Segment]{s, old.version + 1}
		change.Records, change.Events = append(change.Records, rec), append(change.Events, event)
		out.Notes = append(out.Notes, "segment "+s.Name)
	}
	for _, g := range a.Document.Groups {
		old, there := current.groups[g.Name]
		if there && text(old.body) == text(g) {
			continue
		}
		rec, event, err := b.groupChange(Who{Actor: a.Actor, Reason: a.Reason}, g, old.version)
		if err != nil {
			return change, err
		}
		next.groups[g.Name] = entry[authoring.Group]{g, old.version + 1}
		change.Records, change.Events = append(change.Records, rec), append(change.Events, event)
		out.Notes = append(out.Notes, "group "+g.Name)
	}
	return change, nil
}

// Summary says in one sentence what came of an application.
func (a Applied) Summary() string {
	parts := []string{}
	for _, p := range []struct {
		word string
		keys []string
	}{{"made", a.Created}, {"changed", a.Changed}, {"waiting for a second person", a.Proposed}, {"changed", a.Notes}} {
		if len(p.keys) > 0 {
			parts = append(parts, p.word+" "+strings.Join(p.keys, ", "))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("flags: %d, nothing changed", len(a.Same))
	}
	return "flags: " + strings.Join(parts, "; ")
}
