package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/davit-cd/davit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// shipped returns the migrations of this binary.
func shipped() (fs.FS, error) { return fs.Sub(migrations, "migrations") }

// migrate brings the tables up to date. There is no way back: an older Davit
// refuses the database, and the way back is the copy that is made here before
// anything is changed, "<path>.schema-<n>".
func migrate(ctx context.Context, db *sql.DB, path string, files fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > known {
		return &davit.Error{
			Kind: davit.Conflict,
			Text: fmt.Sprintf("the database has schema %d and this davit knows schemas up to %d: it was written by a newer davit", current, known),
			Hint: fmt.Sprintf("run the davit that wrote it, or a newer one, or restore the copy made before the upgrade, state.db.schema-%d", known),
		}
	}
	if current == known {
		return nil
	}
	if current > 0 {
		if err := backup(ctx, db, fmt.Sprintf("%s.schema-%d", path, current)); err != nil {
			return fmt.Errorf("copy the database before its migration: %w", err)
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from %d to %d: %w", current, known, err)
	}
	return nil
}
