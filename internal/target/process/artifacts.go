package process

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/davit-cd/davit"
)

// artifacts keeps one unpacked, read-only copy of each artifact in use.
type artifacts struct {
	dir    string
	unpack func(context.Context, davit.Digest, string) error

	mu   sync.Mutex
	busy map[davit.Digest]*sync.Mutex
}

// ensure returns the folder of an artifact, unpacking it if it is not there.
func (a *artifacts) ensure(ctx context.Context, d davit.Digest) (string, error) {
	if _, err := davit.ParseDigest(string(d)); err != nil {
		return "", err
	}
	path := a.path(d)
	one := a.lockOf(d)
	one.Lock()
	defer one.Unlock()
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if a.unpack == nil {
		return "", fmt.Errorf("unpack %s: there is no registry", d.Short())
	}
	tmp, err := os.MkdirTemp(a.dir, ".new-")
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", d.Short(), err)
	}
	if err := a.unpack(ctx, d, tmp); err != nil {
		_ = remove(tmp)
		return "", fmt.Errorf("unpack %s: %w", d.Short(), err)
	}
	// A complete copy appears in one step; a crash leaves only a .new- folder.
	if err = freeze(tmp); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = remove(tmp)
		return "", fmt.Errorf("unpack %s: %w", d.Short(), err)
	}
	return path, syncDir(a.dir)
}

// collect removes every copy that used does not name, and what crashes left.
func (a *artifacts) collect(used func() map[davit.Digest]bool) {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".old-") {
			_ = remove(filepath.Join(a.dir, e.Name()))
			continue
		}
		d, err := davit.ParseDigest("sha256:" + e.Name())
		if err != nil || used()[d] {
			continue
		}
		one := a.lockOf(d)
		one.Lock()
		if !used()[d] { // asked again: an intent may have come in between
			old := filepath.Join(a.dir, ".old-"+e.Name())
			if os.Rename(a.path(d), old) == nil {
				_ = remove(old)
			}
		}
		one.Unlock()
	}
}

// sweep removes what a crash left half made; only before anything is unpacked.
func (a *artifacts) sweep() {
	entries, _ := os.ReadDir(a.dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			_ = remove(filepath.Join(a.dir, e.Name()))
		}
	}
}

func (a *artifacts) path(d davit.Digest) string {
	return filepath.Join(a.dir, strings.TrimPrefix(string(d), "sha256:"))
}

func (a *artifacts) lockOf(d davit.Digest) *sync.Mutex {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy == nil {
		a.busy = map[davit.Digest]*sync.Mutex{}
	}
	if a.busy[d] == nil {
		a.busy[d] = &sync.Mutex{}
	}
	return a.busy[d]
}

// freeze takes the right to write from everything below dir. The folder itself
// keeps it until it has been renamed.
func freeze(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		return os.Chmod(path, info.Mode().Perm()&^0o222)
	})
}

// remove removes dir though its folders may not be written.
func remove(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return err
	})
	return os.RemoveAll(dir)
}
