package server

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

func (s *Server) serveSecrets() {
	register(s, "list-secrets", func(ctx context.Context, in *struct {
		Service     string `query:"service" maxLength:"63"`
		Environment string `query:"environment" maxLength:"63"`
	},
	) (*answer[api.Page[api.Secret]], error) {
		if s.options.Secrets == nil {
			return nil, absent("keeping secrets")
		}
		list, err := s.options.Secrets.ListSecrets(ctx, in.Service, in.Environment)
		return &answer[api.Page[api.Secret]]{api.Page[api.Secret]{Items: orEmpty(list)}}, err
	})
	register(s, "set-secret", func(ctx context.Context, in *struct{ Body api.SetSecret }) (*answer[api.Done], error) {
		if s.options.Secrets == nil {
			return nil, absent("keeping secrets")
		}
		value, err := base64.StdEncoding.DecodeString(in.Body.Value)
		if err != nil || len(value) == 0 {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "the value must be base64 and not empty"} // never what it is
		}
		secret := api.Secret{Service: in.Body.Service, Environment: in.Body.Environment, Name: in.Body.Name}
		return done(in.Body.Name+" is set", s.options.Secrets.SetSecret(ctx, who(ctx).Name, secret, value))
	})
	register(s, "remove-secret", func(ctx context.Context, in *struct {
		ServiceIn
		Name        string `path:"name" maxLength:"128" pattern:"^[A-Za-z_][A-Za-z0-9_.-]*$"`
		Environment string `query:"environment" maxLength:"63"`
	},
	) (*answer[api.Done], error) {
		if s.options.Secrets == nil {
			return nil, absent("keeping secrets")
		}
		secret := api.Secret{Service: in.Service, Environment: in.Environment, Name: in.Name}
		return done(in.Name+" is removed", s.options.Secrets.RemoveSecret(ctx, who(ctx).Name, secret))
	})
}

func viewToken(t Token) api.Token {
	return api.Token{ID: t.ID, Name: t.Name, Role: string(t.Role), Flags: t.Flags, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed}
}

func (s *Server) serveTokens() {
	register(s, "list-tokens", func(ctx context.Context, _ *none) (*answer[api.Page[api.Token]], error) {
		tokens, err := s.options.Tokens.Tokens(ctx)
		page := api.Page[api.Token]{Items: []api.Token{}}
		for _, t := range tokens {
			if t.Revoked.IsZero() {
				page.Items = append(page.Items, viewToken(t))
			}
		}
		return &answer[api.Page[api.Token]]{page}, err
	})
	register(s, "create-token", s.createToken)
	register(s, "revoke-token", func(ctx context.Context, in *struct {
		Token string `path:"token" maxLength:"64" pattern:"^[a-z0-9]+$"`
	},
	) (*answer[api.Done], error) {
		_, err := s.options.Tokens.RevokeToken(ctx, in.Token, s.said(ctx, "token.revoked", "The token "+in.Token+" was revoked.", "token", in.Token))
		return done("the token "+in.Token+" is revoked", err)
	})
}

func (s *Server) createToken(ctx context.Context, in *struct{ Body api.CreateToken }) (*answer[api.NewToken], error) {
	role, err := access.ParseRole(in.Body.Role)
	if err != nil {
		return nil, err
	}
	t, secret := MakeToken(in.Body.Name, role, s.options.Now())
	if t.Flags, err = boundTo(role, in.Body.Flags); err != nil {
		return nil, err
	}
	if in.Body.Seconds > 0 {
		const most = 10 * 365 * 24 * 3600
		if in.Body.Seconds > most {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "a token is valid for at most ten years"}
		}
		t.Expires = t.Created.Add(time.Duration(in.Body.Seconds * float64(time.Second)))
	}
	text := fmt.Sprintf("A token with the role %s was made for %s.", role, t.Name)
	if len(t.Flags) > 0 {
		text = fmt.Sprintf("A token with the role %s was made for %s, for the flags of %s.", role, t.Name, strings.Join(t.Flags, ", "))
	}
	if _, err := s.options.Tokens.PutToken(ctx, t, s.said(ctx, "token.created", text, "token", t.ID, "role", string(role))); err != nil {
		return nil, err
	}
	return &answer[api.NewToken]{api.NewToken{Token: viewToken(t), Secret: secret}}, nil
}

// boundTo checks the flag sets a new token shall be bound to.
func boundTo(role davit.Role, sets []string) ([]string, error) {
	if len(sets) == 0 {
		return nil, nil
	}
	if role != davit.Client {
		return nil, &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("bind a token with the role %q to flag sets: only a %q can be", role, davit.Client),
			Hint: "leave the flag sets out, or make it a client",
		}
	}
	for _, id := range sets {
		if err := access.CheckFlagSet(id); err != nil {
			return nil, err
		}
	}
	sets = slices.Clone(sets)
	slices.Sort(sets)
	return slices.Compact(sets), nil
}

// MakeToken makes a token out of fresh randomness; what is kept is the first
// result, what its owner gets the second.
func MakeToken(name string, role davit.Role, now time.Time) (Token, string) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret := access.NewToken(random)
	return Token{ID: strings.ToLower(rand.Text())[:12], Name: name, Role: role, Hash: access.HashToken(secret), Created: now}, secret
}

// said is the change that only notes what somebody did.
func (s *Server) said(ctx context.Context, kind, text string, data ...string) davit.Change {
	e := davit.Event{At: s.options.Now(), Kind: kind, Actor: who(ctx).Name, Text: text, Data: map[string]string{}}
	for i := 0; i+1 < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	return davit.Change{Events: []davit.Event{e}}
}
