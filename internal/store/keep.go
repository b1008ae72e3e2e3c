package store

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
)

// Keep writes a change, all of it or nothing, and returns when it is on disk.
// Every record must still be in the Version it names, else the error is a
// Conflict. A new record (Version 0) gets Version 1, any other one more than it
// names; Created stays as it first was, Updated is the time of the change. A
// deletion with Version 0 does not compare. The events come back with Seq, At,
// Prev and Hash filled in.
func (s *Store) Keep(ctx context.Context, c davit.Change) ([]davit.Event, error) {
	return s.keepWith(ctx, c, func(*txn) error { return nil })
}

// keepWith writes c and what more does in one transaction.
func (s *Store) keepWith(ctx context.Context, c davit.Change, more func(*txn) error) ([]davit.Event, error) {
	var events []davit.Event
	err := s.write(ctx, func(t *txn) (err error) {
		if err = more(t); err != nil {
			return err
		}
		events, err = t.apply(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}

// nanos returns t for a column.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// instant reads a column that nanos made.
func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
