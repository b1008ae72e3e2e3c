package runner_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/runner"
)

// TestHostileArchives holds that nothing is written outside, whatever an archive
// asks for.
func TestHostileArchives(t *testing.T) {
	r, dir := open(t, runner.Options{OutputBytes: 100_000, OutputFiles: 10})
	outside := t.TempDir()
	file := func(name string) tar.Header { return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o4777} }
	link := func(name, to string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: to}
	}
	for name, entries := range map[string][]tar.Header{
		"up":              {file("../evil")},
		"up inside":       {file("a/../../evil")},
		"absolute":        {file(filepath.Join(outside, "evil"))},
		"link up":         {link("l", ".."), file("l/evil")},
		"absolute link":   {link("l", outside), file("l/evil")},
		"link of a link":  {link("a", "b"), link("b", outside), file("a/evil")},
		"link in a link":  {{Name: "d/d", Typeflag: tar.TypeDir}, link("d/d/l", "../../.."), file("d/d/l/evil")},
		"hard link":       {{Name: "h", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}},
		"device":          {{Name: "d", Typeflag: tar.TypeBlock}},
		"pipe":            {{Name: "p", Typeflag: tar.TypeFifo}},
		"huge":            {{Name: "big", Typeflag: tar.TypeReg, Size: 1 << 20}},
		"through theirs":  {file("theirs/evil")},
		"many":            {file("1"), file("2"), file("3"), file("4"), file("5"), file("6"), file("7"), file("8"), file("9"), file("10"), file("11")},
		"not an archive":  nil,
		"replaces a link": {link("theirs", "x"), file("theirs2")},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			for _, h := range entries {
				if err := w.WriteHeader(&h); err != nil {
					t.Fatal(err)
				}
				if _, err := w.Write(make([]byte, h.Size)); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if entries == nil {
				b.Reset()
				b.WriteString(strings.Repeat("no archive", 100))
			}
			digest := davit.DigestOf(b.Bytes())
			kept := filepath.Join(dir, "work/runs/r/outputs", strings.TrimPrefix(string(digest), "sha256:")+".tar")
			into := filepath.Join(t.TempDir(), "in")
			if err := errors.Join(os.MkdirAll(filepath.Dir(kept), 0o700), os.WriteFile(kept, b.Bytes(), 0o600), os.MkdirAll(into, 0o700),
				os.Symlink(outside, filepath.Join(into, "theirs"))); err != nil {
				t.Fatal(err)
			}
			err := r.Unpack(t.Context(), "r", digest, into)
			if name == "replaces a link" {
				if to, _ := os.Readlink(filepath.Join(into, "theirs")); err != nil || to != "x" {
					t.Errorf("link %q, %v", to, err)
				}
			} else if err == nil {
				t.Error("unpacked")
			}
			for _, where := range []string{outside, filepath.Dir(into)} {
				if found, _ := filepath.Glob(filepath.Join(where, "*evil*")); len(found) > 0 {
					t.Errorf("written outside: %v", found)
				}
			}
		})
	}
	if err := r.Unpack(t.Context(), "r", "sha256:../../x", t.TempDir()); err == nil {
		t.Error("a digest that is a path")
	}
}
