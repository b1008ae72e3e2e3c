package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

// ServeStatic serves the files of dir at addr until ctx is over, then lets the
// requests under way finish. It is what `davit static DIR` does for services
// that are nothing but files. It never leaves dir, shows no folder listings and
// no files whose name begins with a dot (but /.well-known/), and answers an
// unknown path with the site's 404.html if it has one.
func ServeStatic(ctx context.Context, dir, addr string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	defer root.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	s := &http.Server{
		Handler:           site{files: root.FS(), tags: &sync.Map{}},
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", dir, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		return fmt.Errorf("serve %s: %w", dir, err)
	}
	return nil
}

// tagged is the size up to which a file is told from its next version by its
// content; larger ones are sent whole every time.
const tagged = 8 << 20

// site is a folder of files as a web site.
type site struct {
	files fs.FS
	tags  *sync.Map // file name, size and time to entity tag
}

// ServeHTTP answers with a file.
func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	clean := path.Clean("/" + r.URL.Path)
	if hidden(clean) {
		s.unknown(w, r)
		return
	}
	name := strings.TrimPrefix(clean, "/")
	if name == "" {
		name = "."
	}
	info, err := fs.Stat(s.files, name)
	switch {
	case err != nil:
		if page, err := fs.Stat(s.files, name+".html"); err == nil && page.Mode().IsRegular() && name != "." {
			s.file(w, r, name+".html", http.StatusOK)
			return
		}
		s.unknown(w, r)
	case info.IsDir() && name != "." && !strings.HasSuffix(r.URL.Path, "/"):
		// Relative links in the folder's page need the slash. The path begins
		// with exactly one slash, so it cannot name another host.
		http.Redirect(w, r, (&url.URL{Path: clean + "/", RawQuery: r.URL.RawQuery}).String(), http.StatusMovedPermanently)
	case info.IsDir():
		s.file(w, r, path.Join(name, "index.html"), http.StatusOK)
	default:
		s.file(w, r, name, http.StatusOK)
	}
}

// file sends a file, or says that it is not there.
func (s site) file(w http.ResponseWriter, r *http.Request, name string, status int) {
	f, err := s.files.Open(name)
	if err != nil {
		s.unknown(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	content, seeks := f.(io.ReadSeeker)
	if err != nil || !seeks || !info.Mode().IsRegular() {
		s.unknown(w, r)
		return
	}
	if status != http.StatusOK {
		w = &fixedStatus{ResponseWriter: w, status: status}
		r = r.Clone(r.Context())
		r.Header = http.Header{} // no ranges and no 304 of an error page
	}
	// Files of an artifact carry no useful time; asking again is cheap.
	w.Header().Set("Cache-Control", "no-cache")
	if tag := s.tag(name, info, content); tag != "" {
		w.Header().Set("ETag", tag)
	}
	http.ServeContent(w, r, path.Base(name), time.Time{}, content)
}

// tag returns the entity tag of a file: of its content, for the times of files
// in an artifact say nothing.
func (s site) tag(name string, info fs.FileInfo, content io.ReadSeeker) string {
	if info.Size() > tagged {
		return ""
	}
	key := fmt.Sprint(name, "\x00", info.Size(), "\x00", info.ModTime().UnixNano())
	if known, ok := s.tags.Load(key); ok {
		return known.(string)
	}
	h := sha256.New()
	_, err := io.Copy(h, content)
	if _, back := content.Seek(0, io.SeekStart); err != nil || back != nil {
		return ""
	}
	tag := `"` + hex.EncodeToString(h.Sum(nil)[:12]) + `"`
	s.tags.Store(key, tag)
	return tag
}

// unknown answers 404 with the site's own page if it has one.
func (s site) unknown(w http.ResponseWriter, r *http.Request) {
	if _, fixed := w.(*fixedStatus); !fixed {
		if _, err := fs.Stat(s.files, "404.html"); err == nil {
			s.file(w, r, "404.html", http.StatusNotFound)
			return
		} else if !errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "the site cannot be read", http.StatusInternalServerError)
			return
		}
	}
	http.NotFound(w, r)
}

// hidden reports whether a part of the path begins with a dot.
func hidden(clean string) bool {
	for part := range strings.SplitSeq(clean, "/") {
		if strings.HasPrefix(part, ".") && part != ".well-known" {
			return true
		}
	}
	return false
}

// fixedStatus answers with one status whatever the handler says.
type fixedStatus struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the fixed status.
func (w *fixedStatus) WriteHeader(int) { w.ResponseWriter.WriteHeader(w.status) }
