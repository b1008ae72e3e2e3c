package main

import (
	"context"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// keptTokens shows the server the store's tokens.
type keptTokens struct{ *store.Store }

func (k keptTokens) TokenByHash(ctx context.Context, hash string) (server.Token, error) {
	t, err := k.Store.TokenByHash(ctx, hash)
	return server.Token(t), err
}

func (k keptTokens) Tokens(ctx context.Context) ([]server.Token, error) {
	kept, err := k.Store.Tokens(ctx)
	var list []server.Token
	for _, t := range kept {
		list = append(list, server.Token(t))
	}
	return list, err
}

func (k keptTokens) PutToken(ctx context.Context, t server.Token, c davit.Change) ([]davit.Event, error) {
	return k.Store.PutToken(ctx, store.Token(t), c)
}
