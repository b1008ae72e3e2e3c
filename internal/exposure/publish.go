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

// compile compiles all sets of a project. The error says what does not fit.
func compile(p *project) (map[string]good, error) {
	flags, segments, groups := p.all()
	out := map[string]good{}
	for _, environment := range p.places() {
		id := p.name + "/" + environment
		text, _, err := authoring.Compile(p.name, environment, flags, segments, groups)
		if err != nil {
			return nil, err
		}
		set, problems, err := flag.Parse(text, flag.ParseOptions{ID: id})
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", id, err)
		}
		for _, problem := range problems {
			if problem.Fatal {
				return nil, &davit.Error{Kind: davit.Invalid, Text: "compile " + id + ": " + problem.String(), Hint: problem.Hint}
			}
		}
		out[id] = good{set, text}
	}
	return out, nil
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
	path := b.file(id)
	if have, err := os.ReadFile(path); err == nil && string(have) == string(text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
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
		set, _, err := flag.Parse(text, flag.ParseOptions{ID: id})
		if err != nil {
			b.ports.Log.Warn("read the last good flags", "set", id, "err", err)
			continue
		}
		out[id] = good{set, text}
	}
	return out
}
