package store

import "context"

func (s *Store) forgetClaims(ctx context.Context) error {
	return s.write(ctx, func(t *txn) error { return t.exec("DELETE FROM idempotency WHERE status = 0") })
}
