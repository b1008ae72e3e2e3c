package server

import (
	"net/http"
	"strings"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

// GitAccess says whether who made the request may read, or push to, a
// repository, and returns his name. The git handler asks it.
func GitAccess(r *http.Request, _ string, push bool) (string, error) {
	verb := access.Pull
	if push {
		verb = access.Push
	}
	c := who(r.Context())
	if c.Name == "" {
		return "", &davit.Error{Kind: davit.Unauthorized, Text: "this needs a valid token as password; davit credential gives git one"}
	}
	return c.Name, access.Allow(c.Role, verb)
}

// git passes a request on to the git handler.
func (s *Server) git(w http.ResponseWriter, r *http.Request) {
	if s.options.Git == nil {
		s.nowhere(w, r)
		return
	}
	if r.Header.Get(api.QuietHeader) != "" {
		repo, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/git/"), "/")
		key := strings.TrimSuffix(repo, ".git") + "\x00" + who(r.Context()).Name
		s.quiet.add(key, 1)
		defer s.quiet.add(key, -1)
	}
	http.StripPrefix("/git", s.options.Git).ServeHTTP(w, r)
}

// quiet counts the pushes under way whose pusher follows the run by other
// means, by repository and name.
type quiet struct {
	mu    sync.Mutex
	count map[string]int
}

func (q *quiet) add(key string, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count == nil {
		q.count = map[string]int{}
	}
	if q.count[key] += n; q.count[key] == 0 {
		delete(q.count, key)
	}
}

func (q *quiet) has(repo, actor string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count[repo+"\x00"+actor] > 0
}

// registry passes a request on to the registry: pulling is reading; pushing
// images needs what pushing commits needs.
func (s *Server) registry(w http.ResponseWriter, r *http.Request) {
	role := davit.Viewer
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		role = davit.Deployer
	}
	if p := refusal(who(r.Context()), role); p != nil {
		if p.Status == http.StatusUnauthorized {
			w.Header().Set("Docker-Distribution-API-Version", "registry/2.0")
			// Clients of registries take a bearer challenge for the address of a
			// token service; what they can send here is the token as password.
			w.Header().Set("WWW-Authenticate", `Basic realm="davit"`)
		}
		s.refuse(w, p)
		return
	}
	if s.options.Registry == nil {
		s.nowhere(w, r)
		return
	}
	s.options.Registry.ServeHTTP(w, r)
}
