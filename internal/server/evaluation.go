package server

import (
	"context"
	"net/http"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
)

// Evaluation is how flags are served to SDKs, by protocols that are not ours,
// whose addresses, answers and errors are theirs, and to the package flags. The handlers ask FlagGrant,
// FlagsStill, FlagsStopping and Server.StreamToken.
type Evaluation struct {
	OFREP http.Handler // below /ofrep/
	Flagd http.Handler // below /flagd.<service>/
	Feed  http.Handler // below /flagfeed/

	Origins   []string // of pages that may ask from a browser; "*": all; none: only the server's own
	Rate      float64  // requests a second for each token; 0: no limit
	StreamKey []byte   // seals the addresses of event streams; none: they carry no credential
}

const (
	ofrepBase = "/ofrep/"
	flagdBase = "/flagd."
	feedBase  = "/flagfeed/"
)

// evaluated passes requests for flags on to their handlers. They come this way
// and not by the table of addresses because a flag's key may hold anything, and
// that table tidies up "//" and "..".
func (s *Server) evaluated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.evaluate(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// evaluate answers a request for flags; false if it is none.
func (s *Server) evaluate(w http.ResponseWriter, r *http.Request) bool {
	var handler http.Handler
	switch {
	case strings.HasPrefix(r.URL.Path, ofrepBase):
		handler = s.options.Evaluation.OFREP
	case strings.HasPrefix(r.URL.Path, flagdBase):
		handler = s.options.Evaluation.Flagd
	case strings.HasPrefix(r.URL.Path, feedBase):
		handler = s.options.Evaluation.Feed
	}
	if handler == nil {
		return false
	}
	if s.crossed(w, r) || s.limited(w, r) {
		return true
	}
	handler.ServeHTTP(w, r)
	return true
}

// evaluates reports whether a request is for flags.
func evaluates(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, ofrepBase) || strings.HasPrefix(r.URL.Path, flagdBase) || strings.HasPrefix(r.URL.Path, feedBase)
}

// FlagGrant returns what the credential of a request gives; Unauthorized if it
// has none. The handlers of Evaluation ask it.
func FlagGrant(ctx context.Context) (access.Grant, error) {
	c := who(ctx)
	if c.Name == "" {
		return access.Grant{}, &davit.Error{
			Kind: davit.Unauthorized, Text: "this needs a valid token",
			Hint: `send it as "Authorization: Bearer", as X-API-Key, or in the selector, "token=dvt_…"`,
		}
	}
	return access.Grant{Name: c.Name, Role: c.Role, Flags: c.Flags}, nil
}

// FlagsStill says whether the credential of a request is still valid, in the
// middle of a stream.
func FlagsStill(ctx context.Context) error {
	if c := who(ctx); c.again != nil {
		return c.again(ctx)
	}
	return nil
}

// FlagsStopping returns a channel that is closed when the server stops.
func FlagsStopping(ctx context.Context) <-chan struct{} { return who(ctx).quit }

// StreamToken makes the credential that the address of an event stream of one
// flag set carries; empty for those who need none.
func (s *Server) StreamToken(ctx context.Context, set string) string {
	c := who(ctx)
	if c.token == "" || len(s.options.Evaluation.StreamKey) == 0 {
		return ""
	}
	return access.NewStreamToken(s.options.Evaluation.StreamKey, c.token, set, s.options.Now())
}

// flagCredential finds out who asks for flags, where that is not said in the
// usual way: some clients can only send a selector, and a browser's stream can
// only send an address. It returns the hash of the token, empty if there is none.
func (s *Server) flagCredential(r *http.Request) (hash string, sets []string) {
	if secret := access.SelectorToken(r.Header.Get("Flagd-Selector")); secret != "" {
		return access.HashToken(secret), nil
	}
	if r.Method != http.MethodGet || r.URL.RawQuery == "" || len(s.options.Evaluation.StreamKey) == 0 {
		return "", nil
	}
	hash, set, err := access.ReadStreamToken(s.options.Evaluation.StreamKey, r.URL.Query().Get("token"), s.options.Now())
	if err != nil {
		return "", nil
	}
	return hash, []string{set}
}

// anyone lets whoever asks evaluate the flags of sets, without a token, and
// nothing else.
func (s *Server) anyone(sets []string) http.Handler {
	c := credential{Name: "anyone", Role: davit.Client, Flags: sets, quit: s.quit}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.evaluate(w, r.WithContext(context.WithValue(r.Context(), credentialKey{}, c))):
		case r.URL.Path == "/healthz":
			s.healthz(w, r)
		case r.URL.Path == "/readyz":
			s.readyz(w, r)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
}
