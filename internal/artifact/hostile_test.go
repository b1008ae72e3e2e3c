package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/artifact"
)

// entry is one entry of a tar made by hand.
type entry struct {
	tar.Header
	content string
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		if e.Typeflag == 0 {
			e.Typeflag = tar.TypeReg
		}
		if e.Mode == 0 {
			e.Mode = 0o644
		}
		e.Size = int64(len(e.content))
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func plain(name string) entry { return entry{tar.Header{Name: name}, "x"} }

func linkTo(kind byte, name, target string) entry {
	return entry{tar.Header{Name: name, Typeflag: kind, Linkname: target}, ""}
}

// push sends layers and a manifest over HTTP, as any client may.
func push(t testing.TB, r *artifact.Registry, layers ...[]byte) davit.Digest {
	t.Helper()
	srv := httptest.NewServer(r.Handler())
	defer srv.Close()
	type part struct {
		MediaType string       `json:"mediaType"`
		Digest    davit.Digest `json:"digest"`
		Size      int          `json:"size"`
	}
	blob := func(mediaType string, b []byte) part {
		if status, body := do(t, "POST", srv.URL+"/v2/shop/blobs/uploads/?digest="+string(davit.DigestOf(b)), b); status != 201 {
			t.Fatalf("push: %d %s", status, body)
		}
		return part{mediaType, davit.DigestOf(b), len(b)}
	}
	m := map[string]any{"schemaVersion": 2, "mediaType": imageType, "config": blob("application/vnd.oci.image.config.v1+json", []byte(`{"config":{"Cmd":["x"]}}`))}
	var parts []part
	for _, l := range layers {
		parts = append(parts, blob("application/vnd.oci.image.layer.v1.tar", l))
	}
	m["layers"] = parts
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := do(t, "PUT", srv.URL+"/v2/shop/manifests/latest", b); status != 201 {
		t.Fatalf("push: %d %s", status, body)
	}
	return davit.DigestOf(b)
}

const imageType = "application/vnd.oci.image.manifest.v1+json"

func do(t testing.TB, method, url string, body []byte) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", imageType)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(a.Body); err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, b.String()
}

func TestUnpackRefusesHostileTars(t *testing.T) {
	deep := strings.Repeat("d/", 200) + "f"
	for name, c := range map[string]struct {
		layers [][]byte
		entry  string // named in the error
	}{
		"climbing":          {[][]byte{tarOf(t, plain("ok"), plain("../evil"))}, "../evil"},
		"climbing inside":   {[][]byte{tarOf(t, plain("a/../../evil"))}, "a/../../evil"},
		"absolute":          {[][]byte{tarOf(t, plain("/etc/evil"))}, "/etc/evil"},
		"absolute link":     {[][]byte{tarOf(t, linkTo(tar.TypeSymlink, "l", "/etc/passwd"))}, "l"},
		"climbing link":     {[][]byte{tarOf(t, linkTo(tar.TypeSymlink, "a/l", "../../x"))}, "a/l"},
		"down and up":       {[][]byte{tarOf(t, linkTo(tar.TypeSymlink, "a/b/s", "../.."), linkTo(tar.TypeSymlink, "t", "a/b/s/.."))}, "t"},
		"empty link":        {[][]byte{tarOf(t, linkTo(tar.TypeSymlink, "l", ""))}, "l"},
		"through a link":    {[][]byte{tarOf(t, plain("d/x"), linkTo(tar.TypeSymlink, "l", "d"), plain("l/evil"))}, "l/evil"},
		"next layer's link": {[][]byte{tarOf(t, plain("d/x"), linkTo(tar.TypeSymlink, "l", "d")), tarOf(t, plain("l/evil"))}, "l/evil"},
		"hard link out":     {[][]byte{tarOf(t, linkTo(tar.TypeLink, "h", "/etc/passwd"))}, "h"},
		"hard link up":      {[][]byte{tarOf(t, linkTo(tar.TypeLink, "h", "../x"))}, "h"},
		"hard link to link": {[][]byte{tarOf(t, plain("x"), linkTo(tar.TypeSymlink, "s", "x"), linkTo(tar.TypeLink, "h", "s"))}, "h"},
		"hard link to none": {[][]byte{tarOf(t, linkTo(tar.TypeLink, "h", "none"))}, "h"},
		"device":            {[][]byte{tarOf(t, linkTo(tar.TypeChar, "dev", ""))}, "dev"},
		"pipe":              {[][]byte{tarOf(t, linkTo(tar.TypeFifo, "p", ""))}, "p"},
		"setuid":            {[][]byte{tarOf(t, entry{tar.Header{Name: "su", Mode: 0o4755}, "x"})}, "su"},
		"setgid":            {[][]byte{tarOf(t, entry{tar.Header{Name: "sg", Mode: 0o2755}, "x"})}, "sg"},
		"twice":             {[][]byte{tarOf(t, plain("a"), plain("./a"))}, "a"},
		"file and folder":   {[][]byte{tarOf(t, plain("a"), plain("a/b"))}, "a/b"},
		"folder and file":   {[][]byte{tarOf(t, plain("a/b"), plain("a"))}, "a"},
		"too deep":          {[][]byte{tarOf(t, plain(deep))}, "d/d"},
		"long name":         {[][]byte{tarOf(t, plain(strings.Repeat("n", 2000)))}, "nnn"},
		"odd whiteout":      {[][]byte{tarOf(t, plain("a/.wh..."), plain("a/.wh.."))}, ".wh."},
		"no tar":            {[][]byte{bytes.Repeat([]byte("junk"), 1000)}, "proper tar"},
		"cut":               {[][]byte{tarOf(t, entry{tar.Header{Name: "a"}, strings.Repeat("x", 2000)})[:1500]}, "entry \"a\""},
		"too many":          {[][]byte{tarOf(t, many(60)...)}, "f50"},
		"too many folders":  {[][]byte{tarOf(t, plain(strings.Repeat("d/", 60)+"x"))}, "d/d"},
		"too large":         {[][]byte{tarOf(t, entry{tar.Header{Name: "big"}, strings.Repeat("x", 5001)})}, "big"},
		"large in layers":   {[][]byte{tarOf(t, entry{tar.Header{Name: "b1"}, strings.Repeat("x", 3000)}), tarOf(t, entry{tar.Header{Name: "b2"}, strings.Repeat("x", 3000)})}, "b2"},
		"bomb":              {[][]byte{zipped(t, make([]byte, 1<<20))}, "more than"},
		"broken gzip":       {[][]byte{zipped(t, tarOf(t, plain("a")))[:30]}, "proper tar"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := artifact.Open(t.TempDir(), artifact.Options{MaxFiles: 50, MaxUnpacked: 5000})
			if err != nil {
				t.Fatal(err)
			}
			outside := t.TempDir()
			dir := filepath.Join(outside, "in", "shop")
			err = r.Unpack(t.Context(), push(t, r, c.layers...), dir)
			if davit.KindOf(err) != davit.Invalid || !strings.Contains(err.Error(), c.entry) {
				t.Errorf("got %v, want it to name %s", err, c.entry)
			}
			if got := read(t, outside); !same(got, map[string]string{"in/": ""}) {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

func many(n int) (all []entry) {
	for i := range n {
		all = append(all, plain("f"+strconv.Itoa(i)))
	}
	return all
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestUnpackImages(t *testing.T) {
	r := open(t, t.TempDir())
	base := tarOf(t, plain("etc/a"), plain("etc/b"), plain("gone/x"), plain("gone/y"), plain("turns/into"), plain("file"), linkTo(tar.TypeLink, "hard", "file"), linkTo(tar.TypeSymlink, "soft", "./file"), entry{tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o1777}, ""})
	top := tarOf(t, plain("etc/.wh.a"), plain("gone/.wh..wh..opq"), plain("gone/z"), entry{tar.Header{Name: "turns", Mode: 0o777}, "file now"}, entry{tar.Header{Name: "file/", Typeflag: tar.TypeDir, Mode: 0o2755}, ""}, plain("file/now"), plain(".wh.never"))
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"etc/b": "x", "gone/z": "x", "turns*": "file now", "file/now": "x", "hard": "x", "soft": "-> ./file"}
	for name, d := range map[string]davit.Digest{
		"plain": push(t, r, base, top), "gzip": push(t, r, zipped(t, base), zipped(t, top)), "zstd": push(t, r, z.EncodeAll(base, nil), top),
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := r.Unpack(t.Context(), d, dir); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := read(t, dir); !same(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestUnpackNoticesChangedBlobs(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	d := push(t, r, tarOf(t, entry{tar.Header{Name: "a"}, "content"}))
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	if err != nil || len(blobs) != 3 {
		t.Fatalf("%v, %v", blobs, err)
	}
	for i, b := range blobs {
		content, err := os.ReadFile(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b, bytes.Replace(content, []byte("content"), []byte("CONTENT"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "out")
		err = r.Unpack(t.Context(), d, out)
		if changed := bytes.Contains(content, []byte("content")); (err != nil) != changed || (changed && !strings.Contains(err.Error(), "changed on disk")) {
			t.Errorf("blob %d: %v", i, err)
		}
		os.WriteFile(b, content, 0o600)
	}
}
