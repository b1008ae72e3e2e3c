package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

// Session is a browser that has shown a token; the secret itself is not kept,
// only its hash.
type Session struct {
	Hash    string
	Token   string // hash of the token it speaks for
	Created time.Time
	Expires time.Time // unless it is used before
	Ends    time.Time // whether it is used or not
}

// Sessions keeps sessions. Opening and ending one leaves an event.
type Sessions interface {
	PutSession(ctx context.Context, s Session, c davit.Change) ([]davit.Event, error)
	// SessionByHash returns a session, good or not.
	SessionByHash(ctx context.Context, hash string) (Session, error)
	ProlongSession(ctx context.Context, hash string, expires time.Time) error
	EndSession(ctx context.Context, hash string, c davit.Change) ([]davit.Event, error)
}

const (
	sessionIdle  = 12 * time.Hour      // a session that is not used ends after this
	sessionMost  = 30 * 24 * time.Hour // and after this in any case
	sessionNote  = 10 * time.Minute    // how exactly the use of a session is noted
	sessionAsked = "X-Davit-Page"      // header of every write in a session: a form of another site cannot send it
	cookiePath   = "/"                 //
	maxLogin     = 4 << 10             // bytes of a request to log in
)

// signedIn returns the credential of a request that carries a session; false
// when it was answered already.
func (s *Server) signedIn(w http.ResponseWriter, r *http.Request) (credential, bool) {
	c, err := r.Cookie(cookieName(r.Host))
	if s.options.Sessions == nil || err != nil || !inPage(r.URL.Path) {
		return credential{}, true
	}
	found, err := s.sessionOf(r.Context(), access.HashToken(c.Value))
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "look up session", err))
		return credential{}, false
	}
	if found.Name == "" {
		return found, true
	}
	if err := s.ownPage(r); err != nil {
		s.refuse(w, s.problem(r.Context(), "check where a request comes from", err))
		return credential{}, false
	}
	return found, true
}

// inPage reports whether a session may be used for a path: git and container
// tools bring tokens.
func inPage(path string) bool {
	return strings.HasPrefix(path, api.Base+"/") || path == "/openapi.json" || path == api.SessionPath || path == api.SessionPath+"/link"
}

// ownPage refuses a write that was not sent by Davit's own page. Browsers send
// cookies along with what other pages make them send; those cannot set a header
// of ours, and browsers say where a request comes from.
func (s *Server) ownPage(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if err := s.crossing.Check(r); err != nil || r.Header.Get(sessionAsked) == "" {
		return &davit.Error{Kind: davit.Forbidden, Text: "a session is for Davit's own page", Hint: "programs send a token: Authorization: Bearer dvt_…"}
	}
	return nil
}

// sessionOf returns who a session speaks for; nobody when it, or its token, is
// over.
func (s *Server) sessionOf(ctx context.Context, hash string) (credential, error) {
	k, err := s.options.Sessions.SessionByHash(ctx, hash)
	if davit.KindOf(err) == davit.NotFound && err != nil {
		return credential{}, nil //nolint:nilerr // a session that is not there speaks for nobody
	}
	if err != nil {
		return credential{}, err
	}
	now := s.options.Now()
	t, err := s.valid(ctx, k.Token)
	if davit.KindOf(err) == davit.Unauthorized || !now.Before(k.Expires) || !now.Before(k.Ends) {
		return credential{}, nil
	}
	if err != nil {
		return credential{}, err
	}
	expires := earlier(now.Add(sessionIdle), k.Ends)
	if expires.Sub(k.Expires) > sessionNote {
		if err := s.options.Sessions.ProlongSession(ctx, hash, expires); err != nil {
			s.options.Log.WarnContext(ctx, "prolong session", "error", err)
		}
	}
	return credential{Name: t.Name, Role: t.Role, Flags: t.Flags, session: hash, until: expires, again: s.sessionAgain(hash)}, nil
}

// sessionAgain asks once more, in the middle of a stream.
func (s *Server) sessionAgain(hash string) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := s.sessionOf(ctx, hash)
		if err == nil && c.Name == "" {
			return &davit.Error{Kind: davit.Unauthorized, Text: "the session is over"}
		}
		return err
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// cookieName is the session's cookie for the address a browser uses. Cookies do
// not know ports, and two servers on one machine must not end each other's
// sessions.
func cookieName(host string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return davit.SessionCookie + "_" + port
	}
	return davit.SessionCookie
}

// session answers about the session of a browser: GET says whether there is
// one, POST opens it, DELETE ends it.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		s.tellSession(w, who(r.Context()))
	case http.MethodPost:
		s.openSession(w, r)
	case http.MethodDelete:
		s.endSession(w, r)
	default:
		s.nowhere(w, r)
	}
}

func (s *Server) tellSession(w http.ResponseWriter, c credential) {
	v := api.Session{Now: s.options.Now().UTC(), Version: s.options.Version.Version}
	if c.Role.Includes(davit.Viewer) {
		v.Open, v.Name, v.Role, v.Expires = true, c.Name, string(c.Role), c.until
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the caller is gone, or reads it
}

func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	c, err := s.logIn(w, r)
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "log in", err))
		return
	}
	s.tellSession(w, c)
}

// logIn opens a session for a token, or for the code of a link.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) (credential, error) {
	if err := s.crossing.Check(r); err != nil || r.Header.Get(sessionAsked) == "" {
		return credential{}, &davit.Error{Kind: davit.Forbidden, Text: "sessions are opened by Davit's own page", Hint: "programs send a token with each request"}
	}
	var body api.LogIn
	if err := json.NewDecoder(io.LimitReader(r.Body, maxLogin)).Decode(&body); err != nil {
		return credential{}, &davit.Error{Kind: davit.Invalid, Text: "the body is not the JSON of a login", Hint: `send {"token": "dvt_…"} or {"code": "…"}`}
	}
	hash := access.HashToken(strings.TrimSpace(body.Token))
	if body.Code != "" {
		var ok bool
		if hash, ok = s.links.take(access.HashToken(body.Code), s.options.Now()); !ok {
			return credential{}, &davit.Error{Kind: davit.Unauthorized, Text: "this link was used already, or is too old", Hint: "davit open makes a new one"}
		}
	}
	ctx, now := r.Context(), s.options.Now()
	t, err := s.valid(ctx, hash)
	if err != nil && davit.KindOf(err) != davit.Unauthorized {
		return credential{}, err
	}
	if err != nil || !t.Role.Includes(davit.Viewer) || s.options.Sessions == nil {
		return credential{}, &davit.Error{Kind: davit.Unauthorized, Text: "this is not a valid token of this server", Hint: "on the server's machine, davit open opens the page; an admin makes tokens for people with davit token create NAME"}
	}
	secret := rand.Text()
	k := Session{Hash: access.HashToken(secret), Token: hash, Created: now, Expires: now.Add(sessionIdle), Ends: now.Add(sessionMost)}
	if !t.Expires.IsZero() {
		k.Ends = earlier(k.Ends, t.Expires)
		k.Expires = earlier(k.Expires, k.Ends)
	}
	c := credential{Name: t.Name, Role: t.Role, session: k.Hash, until: k.Expires}
	text := fmt.Sprintf("%s opened a session in a browser.", t.Name)
	if _, err := s.options.Sessions.PutSession(ctx, k, s.said(context.WithValue(ctx, credentialKey{}, c), "session.opened", text, "token", t.ID)); err != nil {
		return credential{}, err
	}
	cookie := s.cookie(r, secret)
	cookie.Expires = k.Ends
	http.SetCookie(w, cookie)
	return c, nil
}

func (s *Server) cookie(r *http.Request, value string) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(r.Host), Value: value, Path: cookiePath, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	c := who(r.Context())
	if c.session != "" {
		change := s.said(r.Context(), "session.ended", c.Name+" ended a session in a browser.")
		if _, err := s.options.Sessions.EndSession(r.Context(), c.session, change); err != nil && davit.KindOf(err) != davit.NotFound {
			s.refuse(w, s.problem(r.Context(), "end session", err))
			return
		}
	}
	cookie := s.cookie(r, "")
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
	s.tellSession(w, credential{})
}
