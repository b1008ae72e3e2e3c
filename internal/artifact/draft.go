package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/davit-cd/davit"
)

// draft is a file being written: it becomes a blob under the digest of what was
// written, or nothing.
type draft struct {
	file *os.File
	hash hash.Hash
	size int64
}

func (r *Registry) newDraft() (*draft, error) {
	f, err := os.CreateTemp(filepath.Join(r.dir, "uploads"), "draft-*")
	if err != nil {
		return nil, fmt.Errorf("write a blob: %w", err)
	}
	return &draft{file: f, hash: sha256.New()}, nil
}

// Write adds to the draft.
func (d *draft) Write(b []byte) (int, error) {
	n, err := d.file.Write(b)
	d.hash.Write(b[:n])
	d.size += int64(n)
	return n, err
}

func (d *draft) digest() davit.Digest {
	return davit.Digest("sha256:" + hex.EncodeToString(d.hash.Sum(nil)))
}

// sync makes what was written last over a loss of power.
func (d *draft) sync() error { return errors.Join(d.file.Sync(), d.file.Close()) }

// drop removes what was written, unless it has become a blob.
func (d *draft) drop() {
	d.file.Close()
	os.Remove(d.file.Name())
}

// writeFile writes a small file whole or not at all.
func (r *Registry) writeFile(path string, b []byte) error {
	d, err := r.newDraft()
	if err != nil {
		return err
	}
	defer d.drop()
	if _, err := d.Write(b); err != nil {
		return err
	}
	if err := d.sync(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(d.file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes names that appeared in or left a folder last.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func digestOfReader(src io.Reader) (davit.Digest, error) {
	h := sha256.New()
	if _, err := io.Copy(h, src); err != nil {
		return "", err
	}
	return davit.Digest("sha256:" + hex.EncodeToString(h.Sum(nil))), nil
}
