package server

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

const (
	linkWithin = 10 * time.Minute // how long a link opens the page
	linksMost  = 1000             // links that are open at a time
)

// links are codes that open one session each. They are in memory only: a
// restart ends them, which is no loss.
type links struct {
	mu    sync.Mutex
	codes map[string]link // by the hash of the code
}

type link struct {
	token string // its hash
	until time.Time
}

// add keeps a code until a time.
func (l *links) add(code, token string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.codes == nil {
		l.codes = map[string]link{}
	}
	oldest, at := "", time.Time{}
	for hash, one := range l.codes {
		if !now.Before(one.until) {
			delete(l.codes, hash)
		} else if at.IsZero() || one.until.Before(at) {
			oldest, at = hash, one.until
		}
	}
	if len(l.codes) >= linksMost {
		delete(l.codes, oldest)
	}
	l.codes[code] = link{token, now.Add(linkWithin)}
}

// take returns the token of a code, once.
func (l *links) take(code string, now time.Time) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one, ok := l.codes[code]
	delete(l.codes, code)
	return one.token, ok && now.Before(one.until)
}

// Link makes the address that opens the page, once and within ten minutes, as
// the owner of a token. The code stands behind the #, so that neither servers
// nor proxies see it.
func (s *Server) Link(tokenHash string) api.Link {
	code, now := rand.Text(), s.options.Now()
	s.links.add(access.HashToken(code), tokenHash, now)
	return api.Link{Path: "/login#code=" + code, Expires: now.Add(linkWithin).UTC()}
}

// link answers a request for a link.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	if !s.admits(w, r, davit.Viewer) {
		return
	}
	c := who(r.Context())
	if c.token == "" {
		s.refuse(w, api.NewProblem(davit.Forbidden, "a session cannot make links", "run davit open with a token"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(s.Link(c.token)) // the caller is gone, or reads it
}
