package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/store"
)

// meddle changes a closed database behind the store's back.
func meddle(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
}

// written makes a database with n lines of journal and returns its path.
func written(t *testing.T, n int) string {
	t.Helper()
	return writtenAt(t, filepath.Join(t.TempDir(), "state.db"), n)
}

func writtenAt(t *testing.T, path string, n int) string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for n > 0 {
		c := davit.Change{}
		for range min(n, 1000) {
			c.Events = append(c.Events, davit.Event{Kind: "x", Service: "shop", Run: "shop-1", Commit: "abcd", Text: "Something happened."})
		}
		n -= len(c.Events)
		if _, err := s.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesArePrivate(t *testing.T) {
	path := writtenAt(t, filepath.Join(t.TempDir(), "a folder?with%strange#signs", "state.db"), 1)
	s := open(t, store.Options{Path: path})
	if _, err := s.Keep(t.Context(), davit.Change{Events: []davit.Event{{Kind: "x"}}}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 3 { // state.db, -wal, -shm
		t.Fatal(files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(f, info.Mode(), err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	path := written(t, 1)
	meddle(t, path, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	_, err := store.Open(t.Context(), store.Options{Path: path})
	if davit.KindOf(err) != davit.Conflict || !strings.Contains(err.Error(), "newer davit") {
		t.Fatal(err)
	}
}

func TestDamagedDatabaseIsRefusedPlainly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("this is no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatal(err)
	}
}

func TestCutJournalIsNoticedAtOpening(t *testing.T) {
	for name, change := range map[string]string{
		"the journal ends at line 7, but line 10":      "DELETE FROM event WHERE seq > 7",
		"line 10 of the journal is not the one":        "UPDATE event SET hash = 'x' WHERE seq = 10",
		"the journal ends at line 0, but line 10":      "DELETE FROM event",
		"the journal ends at line 10, but line 0 was":  "DELETE FROM meta WHERE key = 'journal.head'",
		"the journal ends at line 11, but line 10 was": "INSERT INTO event SELECT 11, at, kind, actor, service, environment, run_id, release_id, rollout_id, commit_id, digest, text, data, prev, hash FROM event WHERE seq = 10",
	} {
		path := written(t, 10)
		meddle(t, path, change)
		_, err := store.Open(t.Context(), store.Options{Path: path})
		if davit.KindOf(err) != davit.Conflict || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", change, err)
		}
		s, err := store.Open(t.Context(), store.Options{Path: path, AcceptHead: true})
		if err != nil {
			t.Fatal(change, err)
		}
		last, err := s.Events(t.Context(), davit.EventQuery{Newest: true, Limit: 1})
		if err != nil || len(last) != 1 || last[0].Kind != "journal.accepted" {
			t.Error(change, last, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s := open(t, store.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keep(t.Context(), davit.Change{}); davit.KindOf(err) != davit.Unavailable {
		t.Fatal(err)
	}
}

func TestStaleClaimsAreForgottenAtOpening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for range 2 {
		s, err := store.Open(t.Context(), store.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if before, err := s.Remember(t.Context(), "ann", "k", "h"); before != nil || err != nil {
			t.Fatal(before, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLargeJournalOpensAtOnce(t *testing.T) {
	n := int64(100_000)
	if slow {
		n = 5000
	}
	path := written(t, int(n))
	start := time.Now()
	s := open(t, store.Options{Path: path})
	opened := time.Since(start)
	start = time.Now()
	v := audit.NewVerifier()
	if err := s.EventsSince(t.Context(), 0, func(e davit.Event) error { v.Event(e); return nil }); err != nil {
		t.Fatal(err)
	}
	if r := v.Finish(); !r.OK() || r.Lines != n {
		t.Fatal(r)
	}
	t.Logf("%d lines: opened in %v, verified in %v", n, opened, time.Since(start))
	if opened > 2*time.Second {
		t.Fatal("opening took", opened)
	}
}

func BenchmarkKeep(b *testing.B) {
	for _, writers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, store.Options{Path: filepath.Join(b.TempDir(), "state.db")})
			b.SetParallelism((writers + 1) / 2) // times GOMAXPROCS
			if writers == 1 {
				for i := 0; b.Loop(); i++ {
					keepOne(b, s, fmt.Sprint(i))
				}
				return
			}
			next := make(chan int, 1)
			next <- 0
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := <-next
					next <- i + 1
					keepOne(b, s, fmt.Sprint(i))
				}
			})
		})
	}
}

// keepOne is what a step of a rollout writes: a record, two events, an effect.
func keepOne(b *testing.B, s *store.Store, id string) {
	_, err := s.Keep(b.Context(), davit.Change{
		Records: []davit.Record{{Kind: "rollout", ID: id, Service: "shop", Environment: "production", Phase: "baking", Body: make([]byte, 1000)}},
		Events: []davit.Event{
			{Kind: "rollout.shifted", Service: "shop", Environment: "production", Rollout: id, Text: "5 % of requests go to shop-17."},
			{Kind: "rollout.baking", Service: "shop", Environment: "production", Rollout: id, Text: "It is held for 60 s."},
		},
		Effects: []davit.Effect{{Key: id, Kind: "router", Body: make([]byte, 500)}},
	})
	if err != nil {
		b.Error(err)
	}
}

func BenchmarkRecord(b *testing.B) {
	s := open(b, store.Options{Path: filepath.Join(b.TempDir(), "state.db")})
	keepOne(b, s, "x")
	for b.Loop() {
		if _, err := s.Record(b.Context(), "rollout", "x"); err != nil {
			b.Fatal(err)
		}
	}
}
