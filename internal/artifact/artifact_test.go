package artifact_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/artifact"
)

func open(t testing.TB, dir string) *artifact.Registry {
	t.Helper()
	r, err := artifact.Open(dir, artifact.Options{Grace: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// write makes the files of a folder; a name that ends in * is executable, one
// that ends in / a folder, content that begins with "-> " a link.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for n, content := range files {
		p := filepath.Join(dir, strings.TrimRight(n, "*/"))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		mode := os.FileMode(0o644)
		if strings.HasSuffix(n, "*") {
			mode = 0o755
		}
		if to, ok := strings.CutPrefix(content, "-> "); ok {
			err = os.Symlink(to, p)
		} else if strings.HasSuffix(n, "/") {
			err = os.MkdirAll(p, 0o755)
		} else {
			err = os.WriteFile(p, []byte(content), mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// read returns a folder as write takes it.
func read(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		n, _ := filepath.Rel(dir, p)
		info, err := e.Info()
		if err != nil {
			return err
		}
		switch {
		case e.IsDir():
			if all, _ := os.ReadDir(p); len(all) == 0 {
				files[n+"/"] = ""
			}
		case e.Type()&os.ModeSymlink != 0:
			to, _ := os.Readlink(p)
			files[n] = "-> " + to
		default:
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			if info.Mode()&0o100 != 0 {
				n += "*"
			}
			files[n] = string(b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

var shop = map[string]string{
	"bin/shop*": "#!/bin/sh\necho hi\n", "public/index.html": "<h1>shop</h1>", "public/empty/": "",
	"current": "-> public/index.html", "a/b/up": "-> ../../bin/shop", "ünïcode/" + strings.Repeat("long", 50): "x",
}

func pack(t testing.TB, r *artifact.Registry, files map[string]string) davit.Digest {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	d, size, err := r.PackFolder(context.Background(), artifact.PackOptions{Repository: "shop", Folder: dir, Config: artifact.Config{Command: []string{"./bin/shop"}, Env: map[string]string{"A": "1", "B": "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	if size <= 0 {
		t.Fatalf("size %d", size)
	}
	return d
}

func TestPackAndUnpack(t *testing.T) {
	r := open(t, t.TempDir())
	d := pack(t, r, shop)
	if !r.Has(d) || r.Has(davit.DigestOf(nil)) {
		t.Error("Has is wrong")
	}
	dir := filepath.Join(t.TempDir(), "new", "shop-1")
	if err := r.Unpack(t.Context(), d, dir); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir); !same(got, shop) {
		t.Errorf("got %q, want %q", got, shop)
	}
	if err := r.Unpack(t.Context(), d, dir); err != nil {
		t.Errorf("again: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	c, err := r.Config(d)
	if err != nil || c.Command[0] != "./bin/shop" || c.Env["B"] != "2" {
		t.Errorf("config %v, %v", c, err)
	}
	if err := r.Unpack(t.Context(), davit.DigestOf(nil), filepath.Join(t.TempDir(), "x")); davit.KindOf(err) != davit.NotFound {
		t.Errorf("unknown digest: %v", err)
	}
}

func TestEqualFoldersEqualDigests(t *testing.T) {
	r, other := open(t, t.TempDir()), open(t, t.TempDir())
	first := pack(t, r, shop)
	if again := pack(t, other, shop); again != first {
		t.Errorf("got %s and %s", first, again)
	}
	for name, change := range map[string]func(map[string]string){
		"content": func(f map[string]string) { f["public/index.html"] = "<h1>shoq</h1>" },
		"executable": func(f map[string]string) {
			f["public/index.html*"] = f["public/index.html"]
			delete(f, "public/index.html")
		},
		"name": func(f map[string]string) {
			f["public/index.htm"] = f["public/index.html"]
			delete(f, "public/index.html")
		},
		"link":   func(f map[string]string) { f["current"] = "-> public" },
		"folder": func(f map[string]string) { f["public/empty2/"] = "" },
	} {
		files := map[string]string{}
		maps.Copy(files, shop)
		change(files)
		if d := pack(t, r, files); d == first {
			t.Errorf("another %s, the same digest", name)
		}
	}
}

func TestExclude(t *testing.T) {
	r := open(t, t.TempDir())
	dir := t.TempDir()
	write(t, dir, map[string]string{".git/HEAD": "x", "a/node_modules/b/c": "x", "src/x.go": "x", "src/deep/y.go": "x", "keep/x.go": "x", "z.log": "x", "k": "x", "sub/.git": "gitdir: x"})
	d, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: dir, Exclude: []string{"**/node_modules", "src/**/*.go", "*.log"}})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if err := r.Unpack(t.Context(), d, out); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a/": "", "sub/": "", "src/deep/": "", "keep/x.go": "x", "k": "x"}
	if got := read(t, out); !same(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPackRefuses(t *testing.T) {
	r := open(t, t.TempDir())
	for name, files := range map[string]map[string]string{
		"nothing":       {},
		"absolute link": {"a": "-> /etc/passwd"},
		"climbing link": {"a/b": "-> ../../x"},
	} {
		dir := t.TempDir()
		write(t, dir, files)
		if _, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: dir}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, repo := range []string{"", "../x", "Shop", "a//b", "a/../b"} {
		if _, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: repo, Folder: t.TempDir()}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("repository %q: %v", repo, err)
		}
	}
	if _, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: "/no/such"}); davit.KindOf(err) != davit.Invalid {
		t.Errorf("no folder: %v", err)
	}
}

// A client that knows nothing of this program pulls what was packed, also after
// a restart, and what it gets is right by its own checks.
func TestPullByClientAfterRestart(t *testing.T) {
	dir := t.TempDir()
	d := pack(t, open(t, dir), shop)
	if err := open(t, dir).Tag("shop", "shop-17", d); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(open(t, dir).Handler())
	defer srv.Close()
	ref, err := name.ParseReference(strings.TrimPrefix(srv.URL, "http://") + "/shop:shop-17")
	if err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := img.Digest(); err != nil || got.String() != string(d) {
		t.Fatalf("pulled %s, %v", got, err)
	}
	if err := validate(img); err != nil {
		t.Error(err)
	}
}

func TestCollect(t *testing.T) {
	r := open(t, t.TempDir())
	old, kept := pack(t, r, map[string]string{"a": strings.Repeat("old", 1000)}), pack(t, r, map[string]string{"a": "new"})
	for tag, d := range map[string]davit.Digest{"shop-1": old, "shop-2": kept} {
		if err := r.Tag("shop", tag, d); err != nil {
			t.Fatal(err)
		}
	}
	freed, err := r.Collect(t.Context(), func(d davit.Digest) bool { return d == kept })
	if err != nil || freed < 3000 {
		t.Errorf("freed %d, %v", freed, err)
	}
	if r.Has(old) || !r.Has(kept) {
		t.Error("collected the wrong one")
	}
	if _, err := r.Resolve("shop", "shop-1"); davit.KindOf(err) != davit.NotFound {
		t.Errorf("the tag is still there: %v", err)
	}
	list, err := r.List()
	if err != nil || len(list) != 1 || list[0].Digest != kept || list[0].Tags[0] != "shop-2" || time.Since(list[0].Kept) > time.Minute {
		t.Errorf("list %v, %v", list, err)
	}
	if freed, err := r.Collect(t.Context(), func(davit.Digest) bool { return true }); err != nil || freed != 0 {
		t.Errorf("again: freed %d, %v", freed, err)
	}
}

func TestCollectSparesTheYoung(t *testing.T) {
	r, err := artifact.Open(t.TempDir(), artifact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := pack(t, r, shop)
	if _, err := r.Collect(t.Context(), func(davit.Digest) bool { return false }); err != nil || !r.Has(d) {
		t.Errorf("what is a second old is gone: %v", err)
	}
}
