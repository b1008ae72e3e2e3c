//go:build !linux

package artifact

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// syncAll makes all files below dir last over a loss of power.
func syncAll(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !(e.IsDir() || e.Type().IsRegular()) {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
