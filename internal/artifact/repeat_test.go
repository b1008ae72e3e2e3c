package artifact_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/artifact"
)

// In whatever order files are written, at whatever times, with whatever modes
// beyond the executable bit: the digest is the same, and what is unpacked is
// what was packed.
func TestPackingRepeats(t *testing.T) {
	r := open(t, t.TempDir())
	scratch := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		tree := rapid.MapOfN(rapid.StringMatching(`[a-c]{1,2}/[A-E.é ]{1,3}x`), rapid.String(), 1, 5).Draw(rt, "files")
		var first davit.Digest
		for i := range 2 {
			dir, err := os.MkdirTemp(scratch, "tree-")
			if err != nil {
				rt.Fatal(err)
			}
			names := rapid.Permutation(slices.Sorted(maps.Keys(tree))).Draw(rt, "order")
			mode := rapid.SampledFrom([]fs.FileMode{0o600, 0o644, 0o666}).Draw(rt, "mode")
			for _, n := range names {
				p := filepath.Join(dir, n)
				write(t, dir, map[string]string{n: tree[n]})
				at := time.Unix(rapid.Int64Range(0, 1<<32).Draw(rt, "mtime"), 0)
				if os.Chmod(p, mode) != nil || os.Chtimes(p, at, at) != nil {
					rt.Fatal("the file cannot be changed")
				}
			}
			d, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: dir})
			if err != nil {
				rt.Fatal(err)
			}
			if i > 0 && d != first {
				rt.Fatalf("got %s, then %s", first, d)
			}
			first = d
		}
		out := filepath.Join(scratch, "out")
		defer os.RemoveAll(out)
		if err := r.Unpack(t.Context(), first, out); err != nil {
			rt.Fatal(err)
		}
		if got := read(t, out); !same(got, tree) {
			rt.Fatalf("got %q, want %q", got, tree)
		}
	})
}
