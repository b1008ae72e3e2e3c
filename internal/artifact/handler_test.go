package artifact_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/artifact"
	"github.com/davit-cd/davit/internal/lab/dockerd"
)

func serve(t testing.TB, r *artifact.Registry) string {
	t.Helper()
	srv := httptest.NewServer(r.Handler())
	t.Cleanup(srv.Close)
	return srv.URL
}

func reference(t testing.TB, url, ref string) name.Reference {
	t.Helper()
	r, err := name.ParseReference(strings.TrimPrefix(url, "http://") + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPushAndPullByClient(t *testing.T) {
	dir := t.TempDir()
	url := serve(t, open(t, dir))
	img, err := random.Image(1000, 3)
	if err != nil {
		t.Fatal(err)
	}
	index, err := random.Index(500, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference(t, url, "team/shop:v1"), img); err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(reference(t, url, "team/shop:both"), index); err != nil {
		t.Fatal(err)
	}
	url = serve(t, open(t, dir)) // a restart
	got, err := remote.Image(reference(t, url, "team/shop:v1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(got); err != nil {
		t.Error(err)
	}
	if _, err := remote.Index(reference(t, url, "team/shop:both")); err != nil {
		t.Error(err)
	}
	tags, err := remote.List(reference(t, url, "team/shop:v1").Context())
	if err != nil || fmt.Sprint(tags) != "[both v1]" {
		t.Errorf("tags %v, %v", tags, err)
	}
	if status, body := do(t, "GET", url+"/v2/team/shop/tags/list?n=1", nil); status != 200 || body != `{"name":"team/shop","tags":["both"]}` {
		t.Errorf("%d %s", status, body)
	}
	if _, body := do(t, "GET", url+"/v2/team/shop/tags/list?last=both", nil); body != `{"name":"team/shop","tags":["v1"]}` {
		t.Error(body)
	}
	if _, body := do(t, "GET", url+"/v2/_catalog", nil); body != `{"repositories":["team/shop"]}` {
		t.Error(body)
	}
}

func TestAttachments(t *testing.T) {
	dir := t.TempDir()
	r := open(t, dir)
	d := pack(t, r, shop)
	sbom := artifact.Attachment{Repository: "shop", Subject: d, Type: "application/vnd.cyclonedx+json", Content: []byte(`{"x":1}`), Annotations: map[string]string{"by": "davit"}}
	if _, err := r.Attach(sbom); err != nil {
		t.Fatal(err)
	}
	url := serve(t, open(t, dir))
	list, err := remote.Referrers(reference(t, url, "shop@"+string(d)).(name.Digest))
	if err != nil {
		t.Fatal(err)
	}
	m, err := list.IndexManifest()
	if err != nil || len(m.Manifests) != 1 || m.Manifests[0].ArtifactType != sbom.Type {
		t.Errorf("referrers %v, %v", m, err)
	}
	if _, err := r.Collect(t.Context(), func(k davit.Digest) bool { return k == d }); err != nil {
		t.Fatal(err)
	}
	got, err := r.Attachments("shop", d, sbom.Type)
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Content, sbom.Content) {
		t.Errorf("attachments after collecting: %v, %v", got, err)
	}
	if freed, err := r.Collect(t.Context(), func(davit.Digest) bool { return false }); err != nil || freed == 0 {
		t.Errorf("freed %d, %v", freed, err)
	}
	if list, err := r.List(); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
	if blobs, _ := os.ReadDir(filepath.Join(dir, "blobs", "sha256")); len(blobs) != 0 {
		t.Errorf("left: %v", blobs)
	}
}

func TestHandlerRefuses(t *testing.T) {
	dir := t.TempDir()
	r, err := artifact.Open(dir, artifact.Options{MaxBlob: 1000})
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, r)
	right, wrong := davit.DigestOf([]byte("content")), davit.DigestOf([]byte("other"))
	missing := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"digest":%q,"size":5},"layers":[]}`, imageType, wrong)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"wrong digest":     {"POST", "/v2/shop/blobs/uploads/?digest=" + string(wrong), "content", 400, "DIGEST_INVALID"},
		"no digest":        {"POST", "/v2/shop/blobs/uploads/?digest=md5:1", "content", 400, "DIGEST_INVALID"},
		"too large":        {"POST", "/v2/shop/blobs/uploads/?digest=" + string(right), strings.Repeat("x", 1001), 413, "DIGEST_INVALID"},
		"unknown upload":   {"PATCH", "/v2/shop/blobs/uploads/ABCDEFGHIJKLMNOPQRSTUVWXYZ", "x", 404, "BLOB_UPLOAD_UNKNOWN"},
		"climbing upload":  {"PATCH", "/v2/shop/blobs/uploads/..%2f..%2fblobs", "x", 404, ""},
		"unknown blob":     {"GET", "/v2/shop/blobs/" + string(wrong), "", 404, "BLOB_UNKNOWN"},
		"odd blob":         {"GET", "/v2/shop/blobs/sha256:..", "", 400, "DIGEST_INVALID"},
		"unknown manifest": {"GET", "/v2/shop/manifests/" + string(wrong), "", 404, "MANIFEST_UNKNOWN"},
		"unknown tag":      {"GET", "/v2/shop/manifests/v9", "", 404, "MANIFEST_UNKNOWN"},
		"odd tag":          {"PUT", "/v2/shop/manifests/-x", "{}", 400, "MANIFEST_INVALID"},
		"no json":          {"PUT", "/v2/shop/manifests/v1", "x", 400, "MANIFEST_INVALID"},
		"no manifest":      {"PUT", "/v2/shop/manifests/v1", "{}", 400, "MANIFEST_INVALID"},
		"missing parts":    {"PUT", "/v2/shop/manifests/v1", missing, 400, "MANIFEST_BLOB_UNKNOWN"},
		"manifest digest":  {"PUT", "/v2/shop/manifests/" + string(right), missing, 400, "DIGEST_INVALID"},
		"delete":           {"DELETE", "/v2/shop/manifests/v1", "", 405, "UNSUPPORTED"},
		"repository name":  {"GET", "/v2/Shop/manifests/v1", "", 400, "NAME_INVALID"},
		"no repository":    {"GET", "/v2/none/tags/list", "", 404, "NAME_UNKNOWN"},
		"elsewhere":        {"GET", "/v2/what", "", 404, "NAME_UNKNOWN"},
	} {
		status, body := do(t, c.method, url+c.path, []byte(c.body))
		if status != c.status || !strings.Contains(body, c.code) || strings.Contains(body, dir) {
			t.Errorf("%s: %d %s, want %d %s", name, status, body, c.status, c.code)
		}
	}
	nothingHalf(t, dir)
}

// nothingHalf holds that nothing half-made is left.
func nothingHalf(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{"uploads", "repositories"} {
		if left, err := os.ReadDir(filepath.Join(dir, d)); err != nil || len(left) > 0 {
			t.Errorf("left in %s: %v, %v", d, left, err)
		}
	}
}

func TestTruncatedUploadsLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	srv := httptest.NewServer(open(t, dir).Handler())
	defer srv.Close()
	c, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "POST /v2/shop/blobs/uploads/?digest=%s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf", davit.DigestOf([]byte("half")))
	c.Close()
	srv.Close() // waits for the request to end
	nothingHalf(t, dir)
	if blobs, _ := os.ReadDir(filepath.Join(dir, "blobs", "sha256")); len(blobs) > 0 {
		t.Errorf("left: %v", blobs)
	}
}

func TestUploadInPieces(t *testing.T) {
	url := serve(t, open(t, t.TempDir()))
	a, err := http.Post(url+"/v2/shop/blobs/uploads/", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	at := url + a.Header.Get("Location")
	piece := func(method, query, contentRange, body string) int {
		q, err := http.NewRequestWithContext(t.Context(), method, at+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Range", contentRange)
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a.StatusCode
	}
	if s := piece("PATCH", "", "0-3", "cont"); s != 202 {
		t.Error(s)
	}
	if s := piece("PATCH", "", "0-3", "cont"); s != 416 {
		t.Errorf("a piece twice: %d", s)
	}
	if s := piece("GET", "", "", ""); s != 204 {
		t.Error(s)
	}
	if s := piece("PUT", "?digest="+string(davit.DigestOf([]byte("content"))), "4-6", "ent"); s != 201 {
		t.Error(s)
	}
	if status, body := do(t, "GET", url+"/v2/shop/blobs/"+string(davit.DigestOf([]byte("content"))), nil); status != 200 || body != "content" {
		t.Errorf("%d %q", status, body)
	}
}

func TestPackLayout(t *testing.T) {
	img, err := random.Image(500, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := img.Digest()
	dir := filepath.Join(t.TempDir(), "layout")
	if _, err := layout.Write(dir, mutate.AppendManifests(noImages, mutate.IndexAddendum{Add: img})); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.WriteToFile(file, reference(t, "x", "shop:v1"), img); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, file} {
		r := open(t, t.TempDir())
		d, size, err := r.PackLayout(t.Context(), artifact.LayoutOptions{Repository: "shop", Path: path, Tag: "shop-1"})
		if err != nil || size < 1000 || !r.Has(d) {
			t.Errorf("%s: %s, %d, %v", path, d, size, err)
		}
		if path == dir && string(d) != want.String() {
			t.Errorf("the image was changed: %s, want %s", d, want)
		}
		if err := r.Unpack(t.Context(), d, filepath.Join(t.TempDir(), "out")); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	blobs, _ := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	for i, b := range blobs {
		content, _ := os.ReadFile(b)
		os.WriteFile(b, append([]byte("x"), content...), 0o644)
		if _, _, err := open(t, t.TempDir()).PackLayout(t.Context(), artifact.LayoutOptions{Repository: "shop", Path: dir}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("blob %d changed: %v", i, err)
		}
		os.WriteFile(b, content, 0o644)
	}
	for _, path := range []string{"/no/such", t.TempDir(), blobs[0], "/dev/null"} {
		if _, _, err := open(t, t.TempDir()).PackLayout(t.Context(), artifact.LayoutOptions{Repository: "shop", Path: path}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%s: %v", path, err)
		}
	}
}

var noImages = empty.Index

// While some pack, push, pull and unpack, others collect: whoever has a digest
// that is kept can always use it.
func TestManyAtOnce(t *testing.T) {
	r := open(t, t.TempDir())
	url := serve(t, r)
	var wg sync.WaitGroup
	var kept sync.Map
	keep := func(d davit.Digest) bool { _, ok := kept.Load(d); return ok }
	stop := make(chan struct{})
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := r.Collect(t.Context(), keep); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	for i := range 4 {
		wg.Go(func() {
			for j := range 5 {
				files := map[string]string{"n": fmt.Sprint(i, j), "same": "in all"}
				dir := t.TempDir()
				write(t, dir, files)
				kept.Store(predict(t, files), true)
				d, _, err := r.PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: dir})
				if err != nil {
					t.Error(err)
					return
				}
				img, err := remote.Image(reference(t, url, "shop@"+string(d)))
				if err != nil {
					t.Errorf("pull: %v", err)
					return
				}
				if err := validate(img); err != nil {
					t.Error(err)
				}
				if err := r.Unpack(t.Context(), d, filepath.Join(dir, "out")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	<-collected
	if list, err := r.List(); err != nil || len(list) != 20 {
		t.Errorf("%d of 20 are left, %v", len(list), err)
	}
}

// predict returns the digest that files will have: equal folders, equal digests.
func predict(t testing.TB, files map[string]string) davit.Digest {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	d, _, err := open(t, t.TempDir()).PackFolder(t.Context(), artifact.PackOptions{Repository: "shop", Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDockerPull(t *testing.T) {
	daemon := dockerd.Start(t)
	r := open(t, t.TempDir())
	d := pack(t, r, shop)
	ref := strings.TrimPrefix(serve(t, r), "http://") + "/shop@" + string(d)
	if out, err := daemon.Docker("pull", ref); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := daemon.Docker("image", "inspect", "--format", "{{.RepoDigests}}", ref)
	if err != nil || !strings.Contains(out, string(d)) {
		t.Errorf("what was pulled is %s, %v; want %s", out, err, d)
	}
	_, _ = daemon.Docker("rmi", ref)
}

// A folder of about 10 MB: 200 files of 50 kB.
func tenMegabytes(b *testing.B) string {
	dir := b.TempDir()
	seed := uint64(time.Now().UnixNano())
	for i := range 200 {
		content := make([]byte, 50_000)
		for j := range content {
			seed = seed*6364136223846793005 + 1442695040888963407
			content[j] = byte(seed >> 56)
		}
		write(b, dir, map[string]string{fmt.Sprintf("d%d/f%d", i%10, i): string(content)})
	}
	return dir
}

func BenchmarkPack10MB(b *testing.B) {
	dir, r := tenMegabytes(b), open(b, b.TempDir())
	for b.Loop() {
		b.StopTimer()
		r.Collect(b.Context(), func(davit.Digest) bool { return false })
		b.StartTimer()
		if _, _, err := r.PackFolder(b.Context(), artifact.PackOptions{Repository: "shop", Folder: dir}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnpack10MB(b *testing.B) {
	dir, r := tenMegabytes(b), open(b, b.TempDir())
	d, _, err := r.PackFolder(b.Context(), artifact.PackOptions{Repository: "shop", Folder: dir})
	if err != nil {
		b.Fatal(err)
	}
	out, n := b.TempDir(), 0
	for b.Loop() {
		n++
		if err := r.Unpack(b.Context(), d, filepath.Join(out, fmt.Sprint(n))); err != nil {
			b.Fatal(err)
		}
	}
}
