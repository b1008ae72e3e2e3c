package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/davit-cd/davit"
)

// Meta returns a named value, "" if there is none.
func (s *Store) Meta(ctx context.Context, key string) (string, error) {
	var value string
	err := s.reading.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = ?", key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, plain(err)
}

// PutMeta sets a named value; an empty one removes it. The head of the journal
// cannot be set.
func (s *Store) PutMeta(ctx context.Context, key, value string) error {
	if key == "" || key == headKey {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("set value %q: this key cannot be set", key)}
	}
	return s.write(ctx, func(t *txn) error {
		if value == "" {
			return t.exec("DELETE FROM meta WHERE key = ?", key)
		}
		return t.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)
	})
}
