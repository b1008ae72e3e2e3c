package app

import (
	"context"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/store"
)

// steering adds to a person's word the role that it was given in.
type steering struct {
	*engine.Engine
	store *store.Store
}

// Approve adds a person's yes to a rollout. Where several credentials share the
// name, the least of their roles counts, as it does for an override.
func (s steering) Approve(ctx context.Context, actor, rollout, reason string) error {
	least, err := s.roleOf(ctx, actor)
	if err != nil {
		return err
	}
	return s.Engine.Approve(ctx, actor, least, rollout, reason)
}

// Override lets a rollout's release past a gate, in the role that the person has.
func (s steering) Override(ctx context.Context, actor, rollout, gate, reason string, until time.Time) (string, error) {
	least, err := s.roleOf(ctx, actor)
	if err != nil {
		return "", err
	}
	return s.Engine.Override(ctx, engine.Override{Gate: gate, Actor: actor, Role: least, Reason: reason, Until: until}, rollout)
}

// roleOf is the least role of the valid credentials that have a name.
func (s steering) roleOf(ctx context.Context, actor string) (davit.Role, error) {
	tokens, err := s.store.Tokens(ctx)
	if err != nil {
		return "", err
	}
	var roles []davit.Role
	for _, t := range tokens {
		if t.Name == actor && t.Revoked.IsZero() && (t.Expires.IsZero() || time.Now().Before(t.Expires)) {
			roles = append(roles, t.Role)
		}
	}
	if len(roles) == 0 {
		return "", &davit.Error{Kind: davit.Forbidden, Text: actor + " has no valid credential"}
	}
	return slices.MinFunc(roles, func(a, b davit.Role) int {
		switch {
		case a == b:
			return 0
		case a.Includes(b):
			return 1
		}
		return -1
	}), nil
}
