package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

// credential is who asks.
type credential struct {
	Name    string
	Role    davit.Role
	Flags   []string                    // flag sets it may evaluate; none: all
	again   func(context.Context) error // whether it is still valid
	token   string                      // hash of the token that came with the request
	session string                      // or hash of the session
	until   time.Time                   // when the session ends if it is not used
	quit    <-chan struct{}             // closed when the server stops
}

type credentialKey struct{}

// who returns the credential of a request; its zero value has no role.
func who(ctx context.Context) credential {
	c, _ := ctx.Value(credentialKey{}).(credential)
	return c
}

// identified finds out who asks. A request without a valid token goes on as
// nobody, and every route but the health checks refuses nobody.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, sets := "", []string(nil)
		if secret := presented(r); secret != "" {
			hash = access.HashToken(secret)
		} else if evaluates(r) {
			hash, sets = s.flagCredential(r)
		}
		if hash == "" {
			if c, ok := s.signedIn(w, r); ok {
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), credentialKey{}, c)))
			}
			return
		}
		token, err := s.valid(r.Context(), hash)
		if err != nil {
			if davit.KindOf(err) != davit.Unauthorized {
				s.refuse(w, s.problem(r.Context(), "look up token", err))
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		if err := s.options.Tokens.TouchToken(r.Context(), token.ID); err != nil {
			s.options.Log.WarnContext(r.Context(), "note use of token", "token", token.ID, "error", err)
		}
		c := credential{Name: token.Name, Role: token.Role, Flags: token.Flags, again: s.again(hash), token: hash, quit: s.quit}
		if sets != nil { // the address of a stream is good for that stream
			c.Role, c.Flags = davit.Client, sets
		}
		ctx := context.WithValue(r.Context(), credentialKey{}, c)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// valid returns the token with this hash; Unauthorized if there is none or it
// is over.
func (s *Server) valid(ctx context.Context, hash string) (Token, error) {
	token, err := s.options.Tokens.TokenByHash(ctx, hash)
	switch {
	case davit.KindOf(err) == davit.NotFound:
		return token, &davit.Error{Kind: davit.Unauthorized, Text: "there is no such token"}
	case err != nil:
		return token, err
	case !token.Revoked.IsZero():
		return token, &davit.Error{Kind: davit.Unauthorized, Text: "the token is revoked"}
	case !token.Expires.IsZero() && !s.options.Now().Before(token.Expires):
		return token, &davit.Error{Kind: davit.Unauthorized, Text: "the token has expired"}
	}
	return token, nil
}

// again asks once more, in the middle of a stream.
func (s *Server) again(hash string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.valid(ctx, hash)
		return err
	}
}

// presented returns the token a request carries: as bearer, as the password of
// basic authentication, which is what git and container tools send, or as
// X-API-Key, which is what some providers of flags send.
func presented(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return r.Header.Get("X-API-Key")
	}
	return strings.TrimSpace(secret)
}

// allowed lets a request through whose role includes the route's.
func (s *Server) allowed(route api.Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if p := refusal(who(ctx.Context()), route.Role()); p != nil {
			_, w := humago.Unwrap(ctx)
			s.refuse(w, p)
			return
		}
		next(ctx)
	}
}

// admits is allowed for what is not part of the API; it answers a request that
// it does not admit.
func (s *Server) admits(w http.ResponseWriter, r *http.Request, role davit.Role) bool {
	p := refusal(who(r.Context()), role)
	if p != nil {
		s.refuse(w, p)
	}
	return p == nil
}

func refusal(c credential, role davit.Role) *api.Problem {
	switch {
	case c.Name == "" || !c.Role.Includes(davit.Client):
		return api.NewProblem(davit.Unauthorized, "this needs a valid token", "set DAVIT_TOKEN, or run on the server's machine, where davit finds the admin token by itself")
	case !c.Role.Includes(role):
		return api.NewProblem(davit.Forbidden, "this needs the role "+string(role)+"; the token "+c.Name+" has "+string(c.Role), "ask an admin: davit token create --role "+string(role))
	}
	return nil
}
