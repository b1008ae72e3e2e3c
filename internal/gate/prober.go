package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of synthetic probes.
const (
	maxRate  = 100 // pairs a second
	maxPairs = 16  // under way at once; when a version is slow, further ones are left out
)

// ProberOptions say what is probed.
type ProberOptions struct {
	Target             // its Release is not used
	Releases [2]string // the old version and the new one
	Method   string    // default GET
	Path     string
	Rate     float64       // requests a second to each version, at most 100
	Timeout  time.Duration // default 5 s
}

// Prober sends the same requests to both versions while traffic is scarce. They
// go in pairs, so that both versions see the same seconds, and in alternating
// order, so that neither always finds what the other has warmed. The router
// counts them, marked; the prober's own counts are for people.
type Prober struct {
	options ProberOptions
	client  *http.Client

	pairs, skipped atomic.Uint64
	failed         [2]atomic.Uint64
}

// ProberCounts are a prober's counts so far.
type ProberCounts struct {
	Pairs   uint64    // sent
	Skipped uint64    // left out because too many were under way
	Failed  [2]uint64 // by version: no answer, or a server error
}

// NewProber returns a prober; it sends nothing before Run.
func NewProber(o ProberOptions) (*Prober, error) {
	if !(o.Rate > 0 && o.Rate <= maxRate) {
		return nil, fmt.Errorf("probe %s: a rate of %g a second is not between 0 and %d", o.Path, o.Rate, maxRate)
	}
	if o.Releases[0] == "" || o.Releases[1] == "" {
		return nil, errors.New("probe: two releases are needed")
	}
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	if o.Path == "" {
		o.Path = "/"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	return &Prober{options: o, client: o.client()}, nil
}

// Run sends pairs until ctx ends, and returns when the last of them is over.
func (p *Prober) Run(ctx context.Context) {
	defer p.client.CloseIdleConnections()
	tick := time.NewTicker(time.Duration(float64(time.Second) / p.options.Rate))
	defer tick.Stop()
	places := make(chan struct{}, maxPairs)
	var under sync.WaitGroup
	defer under.Wait()
	for n := 0; ; n++ {
		select {
		case places <- struct{}{}:
			p.pairs.Add(1)
			under.Go(func() {
				defer func() { <-places }()
				p.pair(ctx, n%2)
			})
		default:
			p.skipped.Add(1)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// pair sends the request to both versions, beginning with one of them.
func (p *Prober) pair(ctx context.Context, first int) {
	for _, i := range []int{first, 1 - first} {
		t := p.options.Target
		t.Release = p.options.Releases[i]
		a, err := t.send(ctx, p.client, request{method: p.options.Method, path: p.options.Path, timeout: p.options.Timeout})
		if ctx.Err() != nil {
			return
		}
		if err != nil || a.status >= 500 || t.answered(a) != "" {
			p.failed[i].Add(1)
		}
	}
}

// Counts returns the counts so far.
func (p *Prober) Counts() ProberCounts {
	return ProberCounts{p.pairs.Load(), p.skipped.Load(), [2]uint64{p.failed[0].Load(), p.failed[1].Load()}}
}
