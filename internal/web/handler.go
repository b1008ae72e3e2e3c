package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

//go:embed all:dist
var embedded embed.FS

// Files returns the files of the page that this binary was built with; there is
// no index.html in them if it was built without.
func Files() fs.FS {
	files, err := fs.Sub(embedded, "dist/page")
	if err != nil {
		panic(err) // the name is valid
	}
	return files
}

// policy lets the page load its own files and ask its own server, and nothing
// else: no inline script or style, no other address, no frame, no form that
// leaves, no plug-in, no base, no string made into code or markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

const (
	index = "index.html"
	// hashed is the folder of the files whose names change with their content.
	hashed = "assets/"
)

// file is one file, in each of its encodings.
type file struct {
	kind  string            // media type
	tag   string            // ETag
	bytes map[string][]byte // by content encoding; "" is always there
}

// Handler serves the page.
type Handler struct {
	files map[string]file // by path without the leading slash
}

// New returns a handler of files, which lie beside their compressed forms
// (name.br, name.gz).
func New(files fs.FS) (*Handler, error) {
	h := &Handler{files: map[string]file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "." {
			return fs.SkipAll // built without a page
		}
		if err != nil || d.IsDir() || path.Ext(name) == ".br" || path.Ext(name) == ".gz" {
			return err
		}
		return h.add(files, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the files of the page: %w", err)
	}
	return h, nil
}

func (h *Handler) add(files fs.FS, name string) error {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(plain)
	f := file{kind: kindOf(name), tag: base64.RawURLEncoding.EncodeToString(sum[:12]), bytes: map[string][]byte{"": plain}}
	for encoding, ext := range map[string]string{"br": ".br", "gzip": ".gz"} {
		packed, err := fs.ReadFile(files, name+ext)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		f.bytes[encoding] = packed
	}
	h.files[name] = f
	return nil
}

// kindOf is the media type of a file. The table of the machine is not asked: it
// differs between machines.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".html", ".css", ".txt":
		return "text/" + map[string]string{".html": "html", ".css": "css", ".txt": "plain"}[ext] + "; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if kind := mime.TypeByExtension(ext); ext == ".png" && kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

// ServeHTTP serves a file, or the page for the address of one of its views.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		nowhere(w)
		return
	}
	if f, ok := h.files[name]; ok && name != index {
		h.serve(w, r, f, strings.HasPrefix(name, hashed))
		return
	}
	if strings.HasPrefix(name, hashed) || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		nowhere(w)
		return
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Header().Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	page, ok := h.files[index]
	if !ok {
		h.without(w)
		return
	}
	h.serve(w, r, page, false)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, f file, forever bool) {
	head := w.Header()
	encoding := encodingFor(r.Header.Get("Accept-Encoding"), f)
	tag := `"` + f.tag + encoding + `"`
	head.Set("ETag", tag)
	head.Set("Cache-Control", "no-cache")
	if forever {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if len(f.bytes) > 1 {
		head.Set("Vary", "Accept-Encoding")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Type", f.kind)
	if encoding != "" {
		head.Set("Content-Encoding", encoding)
	}
	head.Set("Content-Length", fmt.Sprint(len(f.bytes[encoding])))
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.bytes[encoding]) // the caller is gone, or reads it
	}
}

// encodingFor returns the best encoding that the caller takes; a weight of zero
// is a no.
func encodingFor(accepted string, f file) string {
	takes := map[string]bool{}
	for one := range strings.SplitSeq(accepted, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(one), ";")
		weight = strings.ReplaceAll(weight, " ", "")
		takes[strings.ToLower(strings.TrimSpace(name))] = weight != "q=0" && weight != "q=0.0"
	}
	for _, encoding := range []string{"br", "gzip"} {
		if _, ok := f.bytes[encoding]; ok && takes[encoding] {
			return encoding
		}
	}
	return ""
}

// nowhere answers what is no view of the page.
func nowhere(w http.ResponseWriter) {
	p := api.NewProblem(davit.NotFound, "there is nothing at this address for this method", "see docs/reference/api.md")
	w.Header().Set("Content-Type", api.ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone, or reads it
}

// without says how to get the page.
func (h *Handler) without(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNotImplemented)
	_, _ = w.Write([]byte(missing)) // the caller is gone, or reads it
}

const missing = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Davit</title>
<h1>This Davit was built without its page</h1>
<p>The server works: the command line, git and the API do everything that the page does.
Begin with <code>davit status</code>.</p>
<p>To get the page, install Node 20 or newer and run, in Davit's source folder:</p>
<pre>make build</pre>
<p>and start <code>bin/davit server</code> again. Nothing that is deployed is touched by that.</p>
</html>
`
