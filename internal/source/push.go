package source

import (
	"crypto/rand"
	"sync"
	"time"
)

// Push is a push under way: who pushes where.
type Push struct {
	Repo    string
	Pusher  string // name of the credential
	Started time.Time
}

// pushing keeps the pushes under way by the one-time token that their hooks
// show the server.
type pushing struct {
	mu   sync.Mutex
	open map[string]Push
}

func (p *pushing) begin(push Push) (token string) {
	token = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[token] = push
	return token
}

func (p *pushing) end(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, token)
}

// Pushing returns the push that a hook's token belongs to; false when there is
// none, or no longer.
func (r *Repositories) Pushing(token string) (Push, bool) {
	r.pushing.mu.Lock()
	defer r.pushing.mu.Unlock()
	push, ok := r.pushing.open[token]
	return push, ok
}
