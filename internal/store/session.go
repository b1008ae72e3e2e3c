package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/davit-cd/davit"
)

// Session is a browser that has shown a token. Its secret is not kept, only
// its hash.
type Session struct {
	Hash    string // as access.HashToken makes it
	Token   string // hash of the token it speaks for
	Created time.Time
	Expires time.Time // unless it is used before; never later than Ends
	Ends    time.Time // whether it is used or not
}

// PutSession keeps a new session together with c, which must hold the event
// that says so, and forgets sessions that have expired.
func (s *Store) PutSession(ctx context.Context, k Session, c davit.Change) ([]davit.Event, error) {
	if k.Hash == "" || k.Token == "" || k.Expires.IsZero() || k.Ends.Before(k.Expires) {
		return nil, &davit.Error{Kind: davit.Invalid, Text: "keep session: it needs a hash, a token and an end"}
	}
	return s.journaled(ctx, "keep session", c, func(t *txn) error {
		created := k.Created
		if created.IsZero() {
			created = t.now
		}
		if err := t.exec("DELETE FROM session WHERE expires <= ?", nanos(t.now)); err != nil {
			return err
		}
		err := t.exec("INSERT INTO session (hash, token, created, expires, ends) VALUES (?, ?, ?, ?, ?)",
			k.Hash, k.Token, nanos(created), nanos(k.Expires), nanos(k.Ends))
		if constraint(err) {
			return &davit.Error{Kind: davit.Conflict, Text: "keep session: it is there already"}
		}
		return err
	})
}

// SessionByHash returns the session with this hash, whether it is still good or
// not.
func (s *Store) SessionByHash(ctx context.Context, hash string) (Session, error) {
	var k Session
	var created, expires, ends int64
	err := s.reading.QueryRowContext(ctx, "SELECT hash, token, created, expires, ends FROM session WHERE hash = ?", hash).
		Scan(&k.Hash, &k.Token, &created, &expires, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return k, &davit.Error{Kind: davit.NotFound, Text: "there is no such session"}
	}
	k.Created, k.Expires, k.Ends = instant(created), instant(expires), instant(ends)
	return k, plain(err)
}

// ProlongSession moves the expiry of a session that is used. A session that is
// gone stays so.
func (s *Store) ProlongSession(ctx context.Context, hash string, expires time.Time) error {
	return s.write(ctx, func(t *txn) error {
		return t.exec("UPDATE session SET expires = ? WHERE hash = ? AND expires < ?", nanos(expires), hash, nanos(expires))
	})
}

// EndSession forgets a session together with c, which must hold the event that
// says so.
func (s *Store) EndSession(ctx context.Context, hash string, c davit.Change) ([]davit.Event, error) {
	return s.journaled(ctx, "end session", c, func(t *txn) error {
		n, err := t.change("DELETE FROM session WHERE hash = ?", hash)
		if err == nil && n == 0 {
			return &davit.Error{Kind: davit.NotFound, Text: "there is no such session"}
		}
		return err
	})
}
