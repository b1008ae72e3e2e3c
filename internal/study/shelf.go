package study

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
)

// Shelf holds the studies of a folder. It is safe for concurrent use, by one
// process.
type Shelf struct {
	folder  string
	mu      sync.Mutex
	studies map[string]*study
}

// New returns the shelf of a folder, which is made when it is needed.
func New(folder string) *Shelf { return &Shelf{folder: folder, studies: map[string]*study{}} }

// Open makes a study, or takes up the one that is there under this id. One that
// is there under another design begins anew: its figures would mean nothing.
func (s *Shelf) Open(id string, d experiment.Design) error {
	if err := d.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.studies[id] != nil {
		return nil
	}
	st := &study{folder: s.path(id), design: d}
	want, err := json.Marshal(header{ID: id, Design: d})
	if err != nil {
		return fmt.Errorf("open study %s: %w", id, err)
	}
	have, err := os.ReadFile(st.path("design.json"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("open study %s: %w", id, err)
	}
	if string(have) != string(want) {
		if err := st.begin(want); err != nil {
			return fmt.Errorf("open study %s: %w", id, err)
		}
	}
	if err := st.read(); err != nil {
		return fmt.Errorf("open study %s: %w", id, err)
	}
	s.studies[id] = st
	return nil
}

// header tells what a study's folder holds.
type header struct {
	ID     string
	Design experiment.Design
}

func (s *Shelf) path(id string) string {
	sum := sha256.Sum256([]byte(id))
	return filepath.Join(s.folder, hex.EncodeToString(sum[:10]))
}

// Take keeps items and says how many of them counted; they are on disk when it
// returns.
func (s *Shelf) Take(id string, items []experiment.Item) (int, error) {
	st, err := s.study(id)
	if err != nil {
		return 0, err
	}
	n, err := st.take(items)
	if err != nil {
		return 0, &davit.Error{Kind: davit.Unavailable, Text: "keep events of " + id, Err: err, Hint: "send them again: what was kept already counts once"}
	}
	return n, nil
}

// Analyze says what a study shows now.
func (s *Shelf) Analyze(id string) (experiment.Result, error) {
	var r experiment.Result
	err := s.Look(id, func(d experiment.Design, l *experiment.Log) { r = experiment.Analyze(d, l) })
	return r, err
}

// Look calls fn with a study's log, which must not be used afterwards.
func (s *Shelf) Look(id string, fn func(d experiment.Design, l *experiment.Log)) error {
	st, err := s.study(id)
	if err != nil {
		return err
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	fn(st.design, st.log)
	return nil
}

// Drop removes a study with all that it knows. None of that name is no error.
func (s *Shelf) Drop(id string) error {
	s.mu.Lock()
	st := s.studies[id]
	delete(s.studies, id)
	s.mu.Unlock()
	if st != nil {
		st.close()
	}
	if err := os.RemoveAll(s.path(id)); err != nil {
		return fmt.Errorf("drop study %s: %w", id, err)
	}
	return nil
}

// Close closes the files.
func (s *Shelf) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, st := range s.studies {
		st.close()
		delete(s.studies, id)
	}
	return nil
}

func (s *Shelf) study(id string) (*study, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.studies[id]; st != nil {
		return st, nil
	}
	return nil, &davit.Error{Kind: davit.NotFound, Text: "there is no study " + id}
}
