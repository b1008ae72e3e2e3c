package store

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Lease takes or renews the lease of this name for holder until now+ttl. ok is
// false while somebody else holds it. The token grows each time the lease is
// taken and stays while it is renewed in time: whoever does something under
// the lease carries it, and what has seen a higher token refuses a lower one.
// A holder's name must be unique to the process.
func (s *Store) Lease(ctx context.Context, name, holder string, ttl time.Duration, now time.Time) (token int64, ok bool, err error) {
	if name == "" || holder == "" || ttl <= 0 {
		return 0, false, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("take lease %q for %q: it needs a name, a holder and a duration", name, holder)}
	}
	err = s.write(ctx, func(t *txn) (err error) {
		ok, err = t.one(`INSERT INTO lease (name, holder, expires, token) VALUES (?, ?, ?, 1)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires,
				token = CASE WHEN lease.holder = excluded.holder AND lease.expires > ? THEN lease.token ELSE lease.token + 1 END
			WHERE lease.holder = excluded.holder OR lease.expires <= ?
			RETURNING token`,
			[]any{name, holder, nanos(now.Add(ttl)), nanos(now), nanos(now)}, &token)
		return err
	})
	if err != nil || !ok {
		return 0, false, err
	}
	return token, true, nil
}

// Release gives a lease back before its time; the next holder gets a higher
// token. Releasing what one does not hold does nothing.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	return s.write(ctx, func(t *txn) error {
		return t.exec("UPDATE lease SET expires = 0 WHERE name = ? AND holder = ?", name, holder)
	})
}
