package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/davit-cd/davit"
)

// fill keeps changes until one is refused and returns how many were kept.
func fill(t *testing.T, s *Store, name string) (kept int, refusal error) {
	t.Helper()
	for ; kept < 5000; kept++ {
		_, err := s.Keep(t.Context(), davit.Change{
			Records: []davit.Record{{Kind: "write", ID: fmt.Sprint(name, kept), Body: []byte(strings.Repeat("x", 4000))}},
			Events:  []davit.Event{{Kind: "written"}},
			Effects: []davit.Effect{{Key: fmt.Sprint(name, kept), Kind: "nothing"}},
		})
		if err != nil {
			return kept, err
		}
	}
	t.Fatal("the disk never filled")
	return
}

func checkWhole(t *testing.T, s *Store, want int) {
	t.Helper()
	n, err := s.Count(t.Context(), davit.Query{Kind: "write"})
	effects, err2 := s.Effects(t.Context())
	head, err3 := s.Head(t.Context())
	if err := errors.Join(err, err2, err3, s.checkHead(t.Context())); err != nil || n != want || len(effects) != want || head.Seq != int64(want) {
		t.Fatal("want", want, "records, effects and lines; got", n, len(effects), head.Seq, err)
	}
}

// The database's own limit stands in for a full disk: it breaks in the same
// place, in the middle of a transaction.
func TestFullDatabase(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	limit := func(pages int) {
		if err := s.write(t.Context(), func(t *txn) error {
			_, err := t.one(fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, new(int))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(150)
	kept, err := fill(t, s, "a")
	if davit.KindOf(err) != davit.Unavailable || !strings.Contains(err.Error(), "disk that holds the data folder is full") {
		t.Fatal(err)
	}
	checkWhole(t, s, kept)
	limit(100_000)
	if _, err := s.Keep(t.Context(), davit.Change{
		Records: []davit.Record{{Kind: "write", ID: "again"}}, Events: []davit.Event{{Kind: "written"}}, Effects: []davit.Effect{{Key: "again", Kind: "nothing"}},
	}); err != nil {
		t.Fatal("does not go on when there is space again:", err)
	}
	checkWhole(t, s, kept+1)
}

// One change that cannot be written does not take the others of its batch down.
func TestBrokenChangeStandsAlone(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			if i%8 == 0 {
				err := s.write(t.Context(), func(t *txn) error {
					if err := t.exec("INSERT INTO meta (key, value) VALUES (?, 'half')", fmt.Sprint(i)); err != nil {
						return err
					}
					return t.exec("INSERT INTO nowhere VALUES (1)")
				})
				if err == nil {
					t.Error("written nowhere")
				}
				return
			}
			if _, err := s.Keep(t.Context(), davit.Change{
				Records: []davit.Record{{Kind: "write", ID: fmt.Sprint(i)}}, Events: []davit.Event{{Kind: "written"}},
				Effects: []davit.Effect{{Key: fmt.Sprint(i), Kind: "nothing"}},
			}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	checkWhole(t, s, 56)
	for i := 0; i < 64; i += 8 {
		if half, err := s.Meta(t.Context(), fmt.Sprint(i)); half != "" || err != nil {
			t.Fatal("half a change", half, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("NOT TESTED: a really full disk; mounting a small one needs more rights:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s, err := Open(t.Context(), Options{Path: filepath.Join(dir, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 200<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := fill(t, s, "a")
	t.Log(kept, "changes, then:", err)
	if davit.KindOf(err) != davit.Unavailable || !strings.Contains(err.Error(), "full") {
		t.Fatal(err)
	}
	checkWhole(t, s, kept)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	more, err := fill(t, s, "b")
	if more == 0 {
		t.Fatal("does not go on when there is space again:", err)
	}
	checkWhole(t, s, kept+more)
}
