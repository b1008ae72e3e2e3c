package store

import (
	"context"

	"github.com/davit-cd/davit"
)

// Effects returns all effects that are still to be done, in the order in which
// they were asked for.
func (s *Store) Effects(ctx context.Context) ([]davit.Effect, error) {
	rows, err := s.reading.QueryContext(ctx, "SELECT key, kind, subject, epoch, body, created FROM effect ORDER BY ord, key")
	if err != nil {
		return nil, plain(err)
	}
	return collect(rows, func(row scanner) (davit.Effect, error) {
		var e davit.Effect
		var epoch, created int64
		err := row.Scan(&e.Key, &e.Kind, &e.Subject, &epoch, &e.Body, &created)
		e.Epoch, e.Created = uint64(epoch), instant(created)
		return e, err
	})
}
