package exposure

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
)

// good is a set that compiled, with the text it was compiled from.
type good struct {
	set  *flag.Set
	text []byte
}

// compile compiles all sets of a project, but for what it, or the project it
// was copied from, had compiled already. The error says what does not fit.
func (b *Book) compile(p *project) (map[string]good, error) {
	flags, segments, groups := p.all()
	before := p.made
	if before.work == nil {
		before = made{work: authoring.NewWork(p.name)}
	}
	work, _, err := before.work.Next(p.places(), flags, segments, groups)
	if err != nil {
		return nil, err
	}
	out := map[string]good{}
	for _, place := range work.Places() {
		id := p.name + "/" + place.Environment
		set, err := read(before.sets[id].set, b.options(id), place)
		if err != nil {
			return nil, err
		}
		out[id] = good{set, place.Text}
	}
	p.made = made{work, out}
	return out, nil
}

// options say how the set of that id is read.
func (b *Book) options(id string) flag.ParseOptions {
	return flag.ParseOptions{ID: id, Context: b.Context(id)}
}

// Context returns what every evaluation of a set has in its context, by name:
// bool, float64 or string.
func (b *Book) Context(set string) map[string]any {
	if b.ports.Context == nil {
		return nil
	}
	return b.ports.Context(set)
}

// made is what a project was compiled to.
type made struct {
	work *authoring.Work // nil: nothing yet
	sets map[string]good
}

// read reads a set, or takes up what has changed in the one before.
func read(before *flag.Set, o flag.ParseOptions, place authoring.Compiled) (*flag.Set, error) {
	var set *flag.Set
	var problems []flag.Problem
	var err error
	switch {
	case before == nil || place.Anew:
		set, problems, err = flag.Parse(place.Text, o)
	case place.Changed == nil:
		set = before
	default:
		set, problems, err = before.Update(place.Changed, place.Gone, o)
	}
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", o.ID, err)
	}
	for _, problem := range problems {
		if problem.Fatal {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "compile " + o.ID + ": " + problem.String(), Hint: problem.Hint}
		}
	}
	return set, nil
}

// publish puts the sets of a project in the place of those it had, and keeps
// them on disk. It is called when they are durable already.
func (b *Book) publish(project string, sets map[string]good) {
	gone := []string{}
	for id := range b.served.Load().sets {
		if _, still := sets[id]; !still && strings.HasPrefix(id, project+"/") {
			gone = append(gone, id)
		}
	}
	b.place(sets, gone...)
	for id, g := range sets {
		if err := b.save(id, g.text); err != nil {
			b.ports.Log.Warn("keep the last good flags", "set", id, "err", err)
		}
	}
	for _, id := range gone {
		delete(b.saved, id)
		if err := os.Remove(b.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			b.ports.Log.Warn("forget flags", "set", id, "err", err)
		}
	}
}

// place changes what is served. A set whose content is the same keeps its
// place, so that nobody is told of a change that is none.
func (b *Book) place(sets map[string]good, gone ...string) {
	old := b.served.Load()
	next := &shelf{sets: maps.Clone(old.sets), tallies: map[*flag.Flag]*tally{}}
	changed := len(gone) > 0
	for id, g := range sets {
		if before := old.sets[id]; before == nil || before.Revision() != g.set.Revision() {
			next.sets[id], changed = g.set, true
		}
	}
	for _, id := range gone {
		delete(next.sets, id)
	}
	if !changed {
		return
	}
	for id, set := range next.sets {
		for key, f := range set.Flags() {
			next.tallies[f] = b.usage.tally(id, key)
		}
	}
	b.served.Store(next)
	more := make(chan struct{})
	close(*b.news.Swap(&more))
}

func (b *Book) file(id string) string {
	return filepath.Join(b.ports.Folder, filepath.FromSlash(id)+".json")
}

// save keeps a set on disk, whole or not at all.
func (b *Book) save(id string, text []byte) error {
	saved, known := b.saved[id]
	if known && len(saved) == len(text) && &saved[0] == &text[0] {
		return nil // it has not been compiled again since
	}
	delete(b.saved, id)
	path := b.file(id)
	if !known {
		if have, err := os.ReadFile(path); err == nil && string(have) == string(text) {
			b.saved[id] = text
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	b.saved[id] = text
	return nil
}

// lastGood reads the sets on disk. What cannot be read is left out: it will be
// compiled anew.
func (b *Book) lastGood() map[string]good {
	out := map[string]good{}
	files, err := filepath.Glob(filepath.Join(b.ports.Folder, "*", "*.json"))
	if err != nil {
		return nil
	}
	for _, path := range files {
		id := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".json")
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		set, _, err := flag.Parse(text, b.options(id))
		if err != nil {
			b.ports.Log.Warn("read the last good flags", "set", id, "err", err)
			continue
		}
		out[id] = good{set, text}
	}
	return out
}
