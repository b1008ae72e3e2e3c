package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/lab/storetest"
	"github.com/davit-cd/davit/internal/store"
)

func TestConformance(t *testing.T) {
	storetest.Exercise(t, func(t *testing.T, now func() time.Time) *store.Store {
		return open(t, store.Options{Path: filepath.Join(t.TempDir(), "state.db"), Now: now})
	})
}

// open opens a store that the test's cleanup closes.
func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
