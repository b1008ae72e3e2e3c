package artifact

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/davit-cd/davit"
)

// keep lets the draft file at path, whose content has digest d and is synced,
// appear as a blob. A blob that is there already is kept and counts as new, so
// that it is not collected before a manifest names it.
func (r *Registry) keep(path string, d davit.Digest, h *hold) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.add(d)
	to := r.blobPath(d)
	written, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("keep blob %s: %w", d.Short(), err)
	}
	// One that a broken disk has cut short is replaced.
	if r.blobSize(d) == written.Size() {
		now := time.Now()
		return os.Chtimes(to, now, now)
	}
	if err := os.Rename(path, to); err != nil {
		return fmt.Errorf("keep blob %s: %w", d.Short(), err)
	}
	return syncFolder(r.dir + "/blobs/sha256")
}

// keepBytes keeps a small blob.
func (r *Registry) keepBytes(b []byte, h *hold) (davit.Digest, error) {
	w, err := r.newDraft()
	if err != nil {
		return "", err
	}
	defer w.drop()
	if _, err := w.Write(b); err != nil {
		return "", err
	}
	if err := w.sync(); err != nil {
		return "", err
	}
	return w.digest(), r.keep(w.file.Name(), w.digest(), h)
}

// keepReader keeps what src holds, which must have digest want.
func (r *Registry) keepReader(src io.Reader, want davit.Digest, h *hold) error {
	w, err := r.newDraft()
	if err != nil {
		return err
	}
	defer w.drop()
	if _, err := io.Copy(w, io.LimitReader(src, r.options.MaxBlob+1)); err != nil {
		return err
	}
	if w.size > r.options.MaxBlob {
		return r.tooLarge()
	}
	if w.digest() != want {
		return wrongDigest(want, w.digest())
	}
	if err := w.sync(); err != nil {
		return err
	}
	return r.keep(w.file.Name(), want, h)
}

func (r *Registry) tooLarge() error {
	return &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("the blob is larger than %d bytes, the most this registry takes", r.options.MaxBlob)}
}

func wrongDigest(want, got davit.Digest) error {
	return invalid("what arrived has digest %s, not %s", got, want)
}

// openBlob opens a blob for reading.
func (r *Registry) openBlob(d davit.Digest) (*os.File, fs.FileInfo, error) {
	f, err := os.Open(r.blobPath(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, notFound("blob %s is not in the registry", d)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open blob: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("open blob: %w", err)
	}
	return f, info, nil
}

// readBlob reads a small blob and checks it against its digest: a disk may lie.
func (r *Registry) readBlob(d davit.Digest, most int64) ([]byte, error) {
	f, info, err := r.openBlob(d)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > most {
		return nil, invalid("blob %s has %d bytes, more than the %d of a manifest or configuration", d, info.Size(), most)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", d.Short(), err)
	}
	if got := davit.DigestOf(b); got != d {
		return nil, fmt.Errorf("read blob %s: it was changed on disk, its content now has digest %s", d, got)
	}
	return b, nil
}

// blobSize returns the size of a blob, or -1 if there is none.
func (r *Registry) blobSize(d davit.Digest) int64 {
	info, err := os.Stat(r.blobPath(d))
	if err != nil {
		return -1
	}
	return info.Size()
}

// touch makes a blob young again, because a client was told that it need not
// send it. It reports whether the blob is there.
func (r *Registry) touch(d davit.Digest) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	return os.Chtimes(r.blobPath(d), now, now) == nil
}
