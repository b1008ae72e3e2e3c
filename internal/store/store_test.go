package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/store"
)

func TestFirst(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "a b?%c", "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	ev, err := s.Keep(context.Background(), davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "1", Body: []byte("{}")}},
		Events:  []davit.Event{{Kind: "run.started", Data: map[string]string{"a": "b"}}, {Kind: "x"}},
		Effects: []davit.Effect{{Key: "k", Kind: "k"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(ev)
	_, err = s.Keep(context.Background(), davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "1", Body: []byte("{}")}},
	})
	if davit.KindOf(err) != davit.Conflict {
		t.Fatal(err)
	}
	t.Log(err)
	es, err := s.Events(t.Context(), davit.EventQuery{})
	t.Log(es, err)
	t.Log(s.Effects(t.Context()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
