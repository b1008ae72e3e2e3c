package store

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/davit-cd/davit"
)

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Options{Path: filepath.Join(dir, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	keep := func() {
		t.Helper()
		if _, err := s.Keep(t.Context(), davit.Change{Events: []davit.Event{{Kind: "x"}}}); err != nil {
			t.Fatal(err)
		}
	}
	keep()
	path := filepath.Join(dir, "copy.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	keep()
	if err := s.Backup(t.Context(), path); davit.KindOf(err) != davit.Conflict {
		t.Fatal("overwrote a backup", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	b, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if head, err := b.Head(t.Context()); err != nil || head.Seq != 1 {
		t.Fatal(head, err)
	}
}

// The migrations of a later Davit are stood in for by one more file.
func TestUpgradeLeavesACopyBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	files, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	later := fstest.MapFS{"99999_later.sql": {Data: []byte("-- +goose Up\nCREATE TABLE later (x TEXT);\n")}}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		text, err := fs.ReadFile(files, n)
		if err != nil {
			t.Fatal(err)
		}
		later[n] = &fstest.MapFile{Data: text}
	}
	// The store's own connections are idle; the upgrade happens on one of them.
	if err := s.writer.close(); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), s.writing, path, later); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), Options{Path: path}); davit.KindOf(err) != davit.Conflict {
		t.Fatal("an older davit opened a newer database", err)
	}
	copied, err := Open(t.Context(), Options{Path: fmt.Sprintf("%s.schema-%d", path, len(names))})
	if err != nil {
		t.Fatal("the copy is not what the older davit can open:", err)
	}
	if err := copied.Close(); err != nil {
		t.Fatal(err)
	}
}
