package artifact

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/davit-cd/davit"
)

var uploadID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// clearUploads removes uploads and drafts that nobody has written to for long:
// their writers are gone. It is called with the lock held, or before anybody
// else can be there.
func (r *Registry) clearUploads() error {
	entries, err := os.ReadDir(filepath.Join(r.dir, "uploads"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !r.uploads[e.Name()] && time.Since(info.ModTime()) > stale {
			os.Remove(filepath.Join(r.dir, "uploads", e.Name()))
		}
	}
	return nil
}

func (r *Registry) startUpload() (id string, err error) {
	id = rand.Text()
	f, err := os.OpenFile(r.uploadPath(id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("start an upload: %w", err)
	}
	return id, f.Close()
}

func (r *Registry) uploadPath(id string) string { return filepath.Join(r.dir, "uploads", id) }

// claim lets one request at a time write to an upload.
func (r *Registry) claim(id string) (release func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.uploads[id] {
		return nil, &davit.Error{Kind: davit.Conflict, Text: "another request is writing to this upload"}
	}
	r.uploads[id] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.uploads, id)
	}, nil
}

// openUpload opens an upload at its end and says how much has arrived.
func (r *Registry) openUpload(id string) (*os.File, int64, error) {
	if !uploadID.MatchString(id) {
		return nil, 0, notFound("there is no upload %q", id)
	}
	f, err := os.OpenFile(r.uploadPath(id), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, notFound("there is no upload %q", id)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open upload: %w", err)
	}
	n, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		f.Close()
		return nil, 0, fmt.Errorf("open upload: %w", err)
	}
	return f, n, nil
}

// appendUpload adds a body to an upload, all of it or nothing: a cut body leaves
// the upload as it was, and the client may send it again.
func (r *Registry) appendUpload(f *os.File, at int64, body io.Reader) (int64, error) {
	n, err := io.Copy(f, io.LimitReader(body, r.options.MaxBlob-at+1))
	if err == nil && at+n > r.options.MaxBlob {
		err = r.tooLarge()
	}
	if err != nil {
		return at, errors.Join(err, f.Truncate(at))
	}
	return at + n, nil
}

// finishUpload turns an upload into the blob it was said to be. One with the
// wrong digest is gone.
func (r *Registry) finishUpload(f *os.File, id string, want davit.Digest) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	got, err := digestOfReader(f)
	if err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	defer os.Remove(r.uploadPath(id))
	if got != want {
		return wrongDigest(want, got)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("finish upload: %w", err)
	}
	return r.keep(r.uploadPath(id), want, nil)
}
