package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Token is a credential; the secret itself is not kept, only its hash.
type Token struct {
	ID       string
	Name     string // of whom or what it is for; the actor of its events
	Role     davit.Role
	Flags    []string // flag sets it may evaluate, "project/environment"; none: all
	Hash     string   // as access.HashToken makes it
	Created  time.Time
	Expires  time.Time // zero: never
	Revoked  time.Time // zero: not revoked
	LastUsed time.Time // to the minute; zero: never
}

const tokenColumns = "id, name, role, hash, created, expires, revoked, last_used, flags"

// PutToken keeps a new token together with c, which must hold the event that
// says so.
func (s *Store) PutToken(ctx context.Context, k Token, c davit.Change) ([]davit.Event, error) {
	if k.ID == "" || k.Name == "" || k.Hash == "" || !k.Role.Includes(davit.Client) {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("keep token %q: it needs an id, a name, a role and a hash", k.Name)}
	}
	return s.journaled(ctx, "keep token", c, func(t *txn) error {
		created := k.Created
		if created.IsZero() {
			created = t.now
		}
		err := t.exec("INSERT INTO token ("+tokenColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			k.ID, k.Name, string(k.Role), k.Hash, nanos(created), nanos(k.Expires), nanos(k.Revoked), nanos(k.LastUsed), strings.Join(k.Flags, "\n"))
		if constraint(err) {
			return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("keep token %q: it is there already", k.ID)}
		}
		return err
	})
}

// RevokeToken ends a token together with c, which must hold the event that says
// so. Revoking twice is a Conflict.
func (s *Store) RevokeToken(ctx context.Context, id string, c davit.Change) ([]davit.Event, error) {
	// Counted when it is durable and before anybody hears of it: from here on
	// nothing that was looked up earlier is believed.
	defer s.revoked.Add(1)
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
// not: the caller looks at Expires and Revoked. What was found once is kept in
// memory until a token is revoked, so that a request costs no query; LastUsed
// may therefore be old. Flags must not be written to.
func (s *Store) TokenByHash(ctx context.Context, hash string) (Token, error) {
	revocations := s.revoked.Load() // before the query: a revocation meanwhile counts as later
	if v, ok := s.known.Load(hash); ok && v.(knownToken).revocations == revocations {
		return v.(knownToken).Token, nil
	}
	k, err := scanToken(s.reading.QueryRowContext(ctx, "SELECT "+tokenColumns+" FROM token WHERE hash = ?", hash))
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, noToken("")
	}
	if err != nil {
		return Token{}, plain(err)
	}
	s.known.Store(hash, knownToken{k, revocations})
	return k, nil
}

// knownToken is a token as it was when there had been so many revocations.
type knownToken struct {
	Token
	revocations int64
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
	var flags string
	err := row.Scan(&k.ID, &k.Name, &k.Role, &k.Hash, &created, &expires, &revoked, &used, &flags)
	k.Created, k.Expires, k.Revoked, k.LastUsed = instant(created), instant(expires), instant(revoked), instant(used)
	if flags != "" {
		k.Flags = strings.Split(flags, "\n")
	}
	return k, err
}
