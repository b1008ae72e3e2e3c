package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Token is a credential; the secret itself is not kept, only its hash.
type Token struct {
	ID       string
	Name     string // of whom or what it is for; the actor of its events
	Role     davit.Role
	Hash     string // as access.HashToken makes it
	Created  time.Time
	Expires  time.Time // zero: never
	Revoked  time.Time // zero: not revoked
	LastUsed time.Time // to the minute; zero: never
}

const tokenColumns = "id, name, role, hash, created, expires, revoked, last_used"

// PutToken keeps a new token together with c, which must hold the event that
// says so.
func (s *Store) PutToken(ctx context.Context, k Token, c davit.Change) ([]davit.Event, error) {
	if k.ID == "" || k.Name == "" || k.Hash == "" || !k.Role.Includes(davit.Viewer) {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("keep token %q: it needs an id, a name, a role and a hash", k.Name)}
	}
	return s.journaled(ctx, "keep token", c, func(t *txn) error {
		created := k.Created
		if created.IsZero() {
			created = t.now
		}
		err := t.exec("INSERT INTO token ("+tokenColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			k.ID, k.Name, string(k.Role), k.Hash, nanos(created), nanos(k.Expires), nanos(k.Revoked), nanos(k.LastUsed))
		if constraint(err) {
			return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("keep token %q: it is there already", k.ID)}
		}
		return err
	})
}

// RevokeToken ends a token together with c, which must hold the event that says
// so. Revoking twice is a Conflict.
func (s *Store) RevokeToken(ctx context.Context, id string, c davit.Change) ([]davit.Event, error) {
	return s.journaled(ctx, "revoke token", c, func(t *txn) error {
		n, err := t.change("UPDATE token SET revoked = ? WHERE id = ? AND revoked = 0", nanos(t.now), id)
		if err != nil || n == 1 {
			return err
		}
		if found, err := t.one("SELECT 1 FROM token WHERE id = ?", []any{id}, new(int)); err != nil || !found {
			return errors.Join(err, noToken(id))
		}
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("token %q is revoked already", id)}
	})
}

// TokenByHash returns the token with this hash, whether it is still good or
// not: the caller looks at Expires and Revoked.
func (s *Store) TokenByHash(ctx context.Context, hash string) (Token, error) {
	k, err := scanToken(s.reading.QueryRowContext(ctx, "SELECT "+tokenColumns+" FROM token WHERE hash = ?", hash))
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, noToken("")
	}
	return k, plain(err)
}

// Tokens returns all tokens, oldest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.reading.QueryContext(ctx, "SELECT "+tokenColumns+" FROM token ORDER BY created, id")
	if err != nil {
		return nil, plain(err)
	}
	return collect(rows, scanToken)
}

// TouchToken notes that a token was used. It writes at most once a minute for
// each token, so that reading the page costs no write.
func (s *Store) TouchToken(ctx context.Context, id string) error {
	now := s.options.Now()
	if last, ok := s.touched.Load(id); ok && now.Sub(last.(time.Time)) < time.Minute {
		return nil
	}
	s.touched.Store(id, now)
	return s.write(ctx, func(t *txn) error {
		return t.exec("UPDATE token SET last_used = ? WHERE id = ?", nanos(t.now), id)
	})
}

// journaled is keepWith for what must not change without a line in the journal.
func (s *Store) journaled(ctx context.Context, tried string, c davit.Change, more func(*txn) error) ([]davit.Event, error) {
	if len(c.Events) == 0 {
		return nil, &davit.Error{Kind: davit.Invalid, Text: tried + ": the change has no event for the journal"}
	}
	return s.keepWith(ctx, c, more)
}

func noToken(id string) error {
	text := "there is no such token"
	if id != "" {
		text = fmt.Sprintf("there is no token %q", id)
	}
	return &davit.Error{Kind: davit.NotFound, Text: text}
}

func scanToken(row scanner) (Token, error) {
	var k Token
	var created, expires, revoked, used int64
	err := row.Scan(&k.ID, &k.Name, &k.Role, &k.Hash, &created, &expires, &revoked, &used)
	k.Created, k.Expires, k.Revoked, k.LastUsed = instant(created), instant(expires), instant(revoked), instant(used)
	return k, err
}
