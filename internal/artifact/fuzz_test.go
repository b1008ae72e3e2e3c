package artifact

import (
	"archive/tar"
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a layer is, nothing appears outside of the folder and no link leads
// out of it.
func FuzzExtract(f *testing.F) {
	seed := func(headers ...tar.Header) {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			h.Mode = 0o644
			if err := w.WriteHeader(&h); err != nil {
				f.Fatal(err)
			}
		}
		w.Close()
		f.Add(b.Bytes())
	}
	seed(tar.Header{Name: "a", Typeflag: tar.TypeReg}, tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "a"}, tar.Header{Name: "h", Typeflag: tar.TypeLink, Linkname: "a"})
	seed(tar.Header{Name: "a/b/s", Typeflag: tar.TypeSymlink, Linkname: "../.."}, tar.Header{Name: "t", Typeflag: tar.TypeSymlink, Linkname: "a/b/s/.."})
	seed(tar.Header{Name: "x/.wh..wh..opq", Typeflag: tar.TypeReg}, tar.Header{Name: "x/y", Typeflag: tar.TypeReg}, tar.Header{Name: "../z", Typeflag: tar.TypeReg})
	f.Fuzz(func(t *testing.T, layer []byte) {
		outside := t.TempDir()
		dir := filepath.Join(outside, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		x := &extraction{root: root, options: Options{MaxFiles: 50, MaxUnpacked: 1 << 16}}
		for range 2 { // the second is another layer over the first
			plain, err := decompress(bufio.NewReader(bytes.NewReader(layer)))
			if err != nil {
				break
			}
			if err := x.layer(plain); err != nil {
				break
			}
		}
		if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
			t.Fatalf("%v, %v", left, err)
		}
		holdsTogether(t, dir)
	})
}

func holdsTogether(t *testing.T, dir string) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeDevice|fs.ModeNamedPipe) != 0 {
			t.Fatalf("%s has mode %s", p, info.Mode())
		}
		if to, err := filepath.EvalSymlinks(p); err == nil && to != root && !strings.HasPrefix(to, root+"/") {
			t.Fatalf("%s leads to %s", p, to)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
