package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/davit-cd/davit/internal/web"
)

func handler(t *testing.T, files fstest.MapFS) *web.Handler {
	t.Helper()
	h, err := web.New(files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func page() fstest.MapFS {
	return fstest.MapFS{
		"index.html":          {Data: []byte("<!doctype html>page")},
		"theme.js":            {Data: []byte("theme")},
		"assets/app-1.js":     {Data: []byte("plain")},
		"assets/app-1.js.br":  {Data: []byte("brotli")},
		"assets/app-1.js.gz":  {Data: []byte("gzip")},
		"assets/font-1.woff2": {Data: []byte("font")},
	}
}

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServes(t *testing.T) {
	h := handler(t, page())
	const html = "text/html,*/*;q=0.8"
	for _, c := range []struct {
		name, method, path string
		headers            []string
		status             int
		body, encoding     string
		caching            string
	}{
		{"the page", "GET", "/", []string{"Accept", html}, 200, "<!doctype html>page", "", "no-cache"},
		{"a view", "GET", "/services/shop", []string{"Accept", html}, 200, "<!doctype html>page", "", "no-cache"},
		{"by its name it is a view as well", "GET", "/index.html", []string{"Accept", html}, 200, "<!doctype html>page", "", "no-cache"},
		{"a program gets a problem", "GET", "/services/shop", []string{"Accept", "application/json"}, 404, "", "", ""},
		{"no form is taken", "POST", "/", []string{"Accept", html}, 404, "", "", ""},
		{"an asset", "GET", "/assets/app-1.js", nil, 200, "plain", "", "public, max-age=31536000, immutable"},
		{"brotli before gzip", "GET", "/assets/app-1.js", []string{"Accept-Encoding", "gzip, deflate, br"}, 200, "brotli", "br", "public, max-age=31536000, immutable"},
		{"gzip", "GET", "/assets/app-1.js", []string{"Accept-Encoding", "gzip"}, 200, "gzip", "gzip", "public, max-age=31536000, immutable"},
		{"not brotli", "GET", "/assets/app-1.js", []string{"Accept-Encoding", "br;q=0, gzip;q=0.5"}, 200, "gzip", "gzip", "public, max-age=31536000, immutable"},
		{"an asset of another build is not the page", "GET", "/assets/app-0.js", []string{"Accept", html}, 404, "", "", ""},
		{"outside of assets", "GET", "/theme.js", nil, 200, "theme", "", "no-cache"},
		{"no way out", "GET", "/assets/../../handler.go", nil, 404, "", "", ""},
		{"compressed forms have no address", "GET", "/assets/app-1.js.br", nil, 404, "", "", ""},
		{"a head", "HEAD", "/theme.js", nil, 200, "", "", "no-cache"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(h, c.method, c.path, c.headers...)
			if w.Code != c.status || c.status == 200 && w.Body.String() != c.body {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if got := w.Header().Get("Content-Encoding"); got != c.encoding {
				t.Errorf("encoding %q", got)
			}
			if got := w.Header().Get("Cache-Control"); got != c.caching {
				t.Errorf("caching %q", got)
			}
		})
	}
}

// TestPolicy holds that a page may run no script but its own files.
func TestPolicy(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{"page": page(), "without": {}} {
		policy := ask(handler(t, files), "GET", "/", "Accept", "text/html").Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: %q lacks %s", name, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
			t.Errorf("%s: %q", name, policy)
		}
	}
}

func TestKnownFilesAreNotSentAgain(t *testing.T) {
	h := handler(t, page())
	tag := ask(h, "GET", "/theme.js").Header().Get("ETag")
	if w := ask(h, "GET", "/theme.js", "If-None-Match", tag); tag == "" || w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Fatal(tag, w.Code, w.Body)
	}
	if w := ask(h, "GET", "/theme.js", "If-None-Match", `"other"`); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
}

func TestWithoutPage(t *testing.T) {
	w := ask(handler(t, fstest.MapFS{}), "GET", "/", "Accept", "text/html")
	if w.Code != http.StatusNotImplemented || !strings.Contains(w.Body.String(), "make build") {
		t.Fatal(w.Code, w.Body)
	}
}

// TestEmbedded holds that what is embedded can be served, whether the page was
// built or not.
func TestEmbedded(t *testing.T) {
	h, err := web.New(web.Files())
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(h, "GET", "/", "Accept", "text/html"); w.Code != http.StatusOK && w.Code != http.StatusNotImplemented {
		t.Fatal(w.Code)
	}
}
