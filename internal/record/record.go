// Package record reads and writes the bodies of what the store keeps: each is
// the JSON of one type of the room that keeps it.
package record

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/davit-cd/davit"
)

// page is how many records are read at once.
const page = 500

// Reader finds records.
type Reader interface {
	// Record returns one record; NotFound if there is none.
	Record(ctx context.Context, kind, id string) (davit.Record, error)
	// Records returns the records that q selects, at most q.Limit, and what to
	// put into q.Before for those behind them; empty: there are no more.
	Records(ctx context.Context, q davit.Query) ([]davit.Record, string, error)
}

// Load reads a record and its body.
func Load[T any](ctx context.Context, r Reader, kind, id string) (davit.Record, T, error) {
	var body T
	rec, err := r.Record(ctx, kind, id)
	if err != nil {
		return rec, body, err
	}
	return rec, body, Decode(rec, &body)
}

// LoadOr reads a record and its body, or returns the fresh ones if there is
// none.
func LoadOr[T any](ctx context.Context, r Reader, fresh davit.Record, body T) (davit.Record, T, error) {
	rec, kept, err := Load[T](ctx, r, fresh.Kind, fresh.ID)
	if davit.KindOf(err) == davit.NotFound {
		return fresh, body, nil
	}
	return rec, kept, err
}

// Decode reads the body of a record.
func Decode(rec davit.Record, into any) error {
	if err := json.Unmarshal(rec.Body, into); err != nil {
		return fmt.Errorf("read %s %s: %w", rec.Kind, rec.ID, err)
	}
	return nil
}

// With returns a record with a new body.
func With(rec davit.Record, body any) (davit.Record, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return rec, fmt.Errorf("keep %s %s: %w", rec.Kind, rec.ID, err)
	}
	rec.Body = b
	return rec, nil
}

// All gives every record that q selects to each, in order, reading page by page.
// It ends at the first error.
func All(ctx context.Context, r Reader, q davit.Query, each func(davit.Record) error) error {
	q.Limit = page
	for {
		some, next, err := r.Records(ctx, q)
		if err != nil {
			return err
		}
		for _, rec := range some {
			if err := each(rec); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		q.Before = next
	}
}
