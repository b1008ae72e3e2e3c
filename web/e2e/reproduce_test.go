package e2e_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPageIsReproducible builds the page twice, from copies of web/ that lie in
// different folders, and compares what comes out, byte by byte.
func TestPageIsReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: that two builds of the page are the same, since -short is set")
	}
	modules, err := filepath.Abs("../node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "vite")); err != nil {
		t.Skip("NOT TESTED: that two builds of the page are the same, since the page's tools are not installed: make page")
	}
	if _, err := os.Stat("../src/api/schema.ts"); err != nil {
		t.Skip("NOT TESTED: that two builds of the page are the same, since it was never built: make page")
	}
	one, other := buildPage(t, modules, "one"), buildPage(t, modules, "quite/another/folder")
	if !slices.Equal(slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(other))) {
		t.Fatalf("two builds have other files:\n%v\n%v", slices.Sorted(maps.Keys(one)), slices.Sorted(maps.Keys(other)))
	}
	if len(one) < 10 {
		t.Fatalf("a build has only the files %v", slices.Sorted(maps.Keys(one)))
	}
	for name, sum := range one {
		if other[name] != sum {
			t.Errorf("%s differs between two builds", name)
		}
	}
}

// buildPage builds a copy of web/ in a folder of its own and returns the
// digests of what came out, by name.
func buildPage(t *testing.T, modules, folder string) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), folder)
	sources := filepath.Join(dir, "web")
	if err := os.MkdirAll(sources, 0o755); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, "../")
		switch {
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "e2e"):
			return fs.SkipDir
		case path == "..":
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(sources, name), 0o755)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(sources, name), raw, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(sources, "node_modules")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "page")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(modules, "vite/bin/vite.js"), "build", "--outDir", out, "--logLevel", "error")
	cmd.Dir = sources
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the page: %v\n%s", err, said)
	}
	sums := map[string]string{}
	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		sums[strings.TrimPrefix(path, out)] = fmt.Sprintf("%x", sha256.Sum256(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}
