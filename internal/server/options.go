package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/audit"
)

// Options is what the server needs. Records, Tokens and Memory must be there;
// what else is nil answers "not here" (501 as Unavailable).
type Options struct {
	Records    Records
	Tokens     Tokens
	Memory     Memory
	Sessions   Sessions // nil: no page can log in
	Delivery   Delivery
	Steering   Steering
	Quarantine Quarantine
	Logs       Logs
	World      World
	Measures   Measures
	Secrets    Secrets
	Channels   Channels

	Flags       Flags
	Ramps       Ramps
	Experiments Experiments
	Events      Events

	Pushes Pushes

	Evaluation Evaluation

	Git      http.Handler // below /git/; it asks GitAccess
	Registry http.Handler // below /v2/
	Page     http.Handler // everything else; it brings its own checks

	Head func(context.Context) (audit.Checkpoint, error) // the journal's end, as kept beside it; nil: not known
	// Replay judges a rollout again from its stored counts; nil: not here.
	Replay func(ctx context.Context, rollout string) ([]Replayed, error)

	Version api.Version
	Hosts   []string                 // further names the server may be called by
	Ready   func() map[string]string // what is not ready yet, and why; nil: ready
	URL     func(host string) string // where a host is reached through the router; nil: not known
	Now     func() time.Time         // default time.Now
	Log     *slog.Logger             // default: discard
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	hosts := make([]string, 0, len(o.Hosts))
	for _, h := range o.Hosts {
		hosts = append(hosts, strings.ToLower(strings.TrimSuffix(h, ".")))
	}
	o.Hosts = hosts
	return o
}
