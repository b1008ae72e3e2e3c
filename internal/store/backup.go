package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/davit-cd/davit"
)

// Backup writes a whole, compact copy of the database as it stands now to a new
// file that only its owner may read. Writers go on meanwhile.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("back up to %s: there is a file already", path)}
	}
	own, err := filepath.Abs(s.options.Path)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", source(own, "_txlock=deferred")) // the readers' connections may not even copy
	if err != nil {
		return err
	}
	if err := errors.Join(backup(ctx, db, path), db.Close()); err != nil {
		return fmt.Errorf("back up to %s: %w", path, plain(err))
	}
	return nil
}

// backup copies the database to path, which appears only when it is complete
// and on disk.
func backup(ctx context.Context, db *sql.DB, path string) (failed error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600; the database writes into it
	if err != nil {
		return err
	}
	defer func() {
		failed = errors.Join(failed, f.Close())
		if failed != nil {
			failed = errors.Join(failed, os.Remove(f.Name()))
		}
	}()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", f.Name()); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
