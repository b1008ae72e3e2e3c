package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Secret is a sealed value; the store cannot open it.
type Secret struct {
	Service     string
	Environment string
	Name        string
	Sealed      []byte // nil in a listing
	Created     time.Time
	Updated     time.Time
}

// PutSecret sets a secret together with c, which must hold the event that says
// so (and never the value).
func (s *Store) PutSecret(ctx context.Context, k Secret, c davit.Change) ([]davit.Event, error) {
	if k.Service == "" || k.Name == "" || len(k.Sealed) == 0 {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("set secret %q: it needs a service, a name and a sealed value", k.Name)}
	}
	return s.journaled(ctx, "set secret", c, func(t *txn) error {
		return t.exec(`INSERT INTO secret (service, environment, name, sealed, created, updated) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (service, environment, name) DO UPDATE SET sealed = excluded.sealed, updated = excluded.updated`,
			k.Service, k.Environment, k.Name, base64.StdEncoding.EncodeToString(k.Sealed), nanos(t.now), nanos(t.now))
	})
}

// DeleteSecret removes a secret together with c, which must hold the event that
// says so.
func (s *Store) DeleteSecret(ctx context.Context, service, environment, name string, c davit.Change) ([]davit.Event, error) {
	return s.journaled(ctx, "delete secret", c, func(t *txn) error {
		n, err := t.change("DELETE FROM secret WHERE service = ? AND environment = ? AND name = ?", service, environment, name)
		if err == nil && n == 0 {
			return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no secret %q of %s in %s", name, service, environment)}
		}
		return err
	})
}

// Secrets returns the sealed secrets of a service in one environment, by name.
func (s *Store) Secrets(ctx context.Context, service, environment string) ([]Secret, error) {
	return s.secrets(ctx, "sealed", service, environment)
}

// ListSecrets returns the secrets without their values; an empty service or
// environment means all of them.
func (s *Store) ListSecrets(ctx context.Context, service, environment string) ([]Secret, error) {
	return s.secrets(ctx, "''", service, environment)
}

func (s *Store) secrets(ctx context.Context, value, service, environment string) ([]Secret, error) {
	where := &conditions{}
	if value == "sealed" { // values are never given out wholesale
		where.add("service = ? AND environment = ?", service, environment)
	} else {
		where.equal("service", service)
		where.equal("environment", environment)
	}
	rows, err := s.reading.QueryContext(ctx, "SELECT service, environment, name, "+value+", created, updated FROM secret"+
		where.text()+" ORDER BY service, environment, name", where.all()...)
	if err != nil {
		return nil, plain(err)
	}
	return collect(rows, func(row scanner) (Secret, error) {
		var k Secret
		var sealed string
		var created, updated int64
		if err := row.Scan(&k.Service, &k.Environment, &k.Name, &sealed, &created, &updated); err != nil {
			return k, err
		}
		k.Created, k.Updated = instant(created), instant(updated)
		if sealed == "" {
			return k, nil
		}
		var err error
		k.Sealed, err = base64.StdEncoding.DecodeString(sealed)
		return k, err
	})
}
