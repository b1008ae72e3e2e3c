package app

import (
	"context"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/store"
)

// steering adds to a person's approval the role that it was given in.
type steering struct {
	*engine.Engine
	store *store.Store
}

// Approve adds a person's yes to a rollout. Where several credentials share the
// name, the least of their roles counts.
func (s steering) Approve(ctx context.Context, actor, rollout, reason string) error {
	tokens, err := s.store.Tokens(ctx)
	if err != nil {
		return err
	}
	var roles []davit.Role
	for _, t := range tokens {
		if t.Name == actor && t.Revoked.IsZero() && (t.Expires.IsZero() || time.Now().Before(t.Expires)) {
			roles = append(roles, t.Role)
		}
	}
	if len(roles) == 0 {
		return &davit.Error{Kind: davit.Forbidden, Text: actor + " has no valid credential"}
	}
	least := slices.MinFunc(roles, func(a, b davit.Role) int {
		switch {
		case a == b:
			return 0
		case a.Includes(b):
			return 1
		}
		return -1
	})
	return s.Engine.Approve(ctx, actor, least, rollout, reason)
}
