package app

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// credentials shows the server the tokens.
type credentials struct{ store *store.Store }

// TokenByHash finds a token by the hash of its secret.
func (c credentials) TokenByHash(ctx context.Context, hash string) (server.Token, error) {
	t, err := c.store.TokenByHash(ctx, hash)
	return server.Token(t), err
}

// TouchToken notes that a token was used.
func (c credentials) TouchToken(ctx context.Context, id string) error {
	return c.store.TouchToken(ctx, id)
}

// Tokens lists all tokens, without secrets.
func (c credentials) Tokens(ctx context.Context) ([]server.Token, error) {
	kept, err := c.store.Tokens(ctx)
	var list []server.Token
	for _, t := range kept {
		list = append(list, server.Token(t))
	}
	return list, err
}

// PutToken keeps a token.
func (c credentials) PutToken(ctx context.Context, t server.Token, change davit.Change) ([]davit.Event, error) {
	return c.store.PutToken(ctx, store.Token(t), change)
}

// RevokeToken ends a token.
func (c credentials) RevokeToken(ctx context.Context, id string, change davit.Change) ([]davit.Event, error) {
	return c.store.RevokeToken(ctx, id, change)
}

// memory remembers the answers to writes with an idempotency key.
type memory struct{ store *store.Store }

// Remember claims a key or returns the kept answer.
func (m memory) Remember(ctx context.Context, actor, key, requestHash string) (*server.Answer, error) {
	r, err := m.store.Remember(ctx, actor, key, requestHash)
	if r == nil {
		return nil, err
	}
	return &server.Answer{Status: r.Status, Body: r.Body}, err
}

// Answer keeps the answer for a key.
func (m memory) Answer(ctx context.Context, actor, key string, a server.Answer) error {
	return m.store.Answer(ctx, actor, key, store.Response{Status: a.Status, Body: a.Body})
}

// Forget gives up a claimed key.
func (m memory) Forget(ctx context.Context, actor, key string) error {
	return m.store.Forget(ctx, actor, key)
}

// PutSession keeps a session of a browser.
func (c credentials) PutSession(ctx context.Context, k server.Session, change davit.Change) ([]davit.Event, error) {
	return c.store.PutSession(ctx, store.Session(k), change)
}

// SessionByHash finds a session.
func (c credentials) SessionByHash(ctx context.Context, hash string) (server.Session, error) {
	k, err := c.store.SessionByHash(ctx, hash)
	return server.Session(k), err
}

// ProlongSession moves the expiry of a session.
func (c credentials) ProlongSession(ctx context.Context, hash string, expires time.Time) error {
	return c.store.ProlongSession(ctx, hash, expires)
}

// EndSession forgets a session.
func (c credentials) EndSession(ctx context.Context, hash string, change davit.Change) ([]davit.Event, error) {
	return c.store.EndSession(ctx, hash, change)
}
