package demo

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests at a steady rate, as users do: a slow answer does not
// keep the next user from coming.
type load struct {
	client *http.Client
	url    string // of the router
	host   string
	rate   int // requests a second

	sent     atomic.Int64
	bad      atomic.Int64 // the service answered with an error of its own
	switched atomic.Int64 // the router refused, or no answer came: the switching's fault
	under    sync.WaitGroup
}

func newLoad(router, host string, rate int) *load {
	return &load{
		url: "http://" + router, host: host, rate: rate,
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 256, DisableCompression: true, IdleConnTimeout: 30 * time.Second,
		}},
	}
}

// run sends until ctx ends and returns when the last answer is there.
func (l *load) run(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begun, sent := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			l.under.Wait()
			return
		case at := <-tick.C:
			for due := int(at.Sub(begun).Seconds() * float64(l.rate)); sent < due; sent++ {
				l.under.Go(l.one)
			}
		}
	}
}

// one is one user's request. A request under way when the demo ends is seen
// through: a real user would not be cut off either.
func (l *load) one() {
	path := "/"
	if rand.IntN(5) == 0 {
		path = "/cart"
	}
	q, err := http.NewRequest(http.MethodGet, l.url+path, nil) //nolint:noctx // has the client's timeout
	if err != nil {
		return
	}
	q.Host = l.host
	l.sent.Add(1)
	a, err := l.client.Do(q)
	if err != nil {
		l.switched.Add(1)
		return
	}
	_, err = io.Copy(io.Discard, a.Body)
	_ = a.Body.Close()
	switch {
	case err != nil, a.StatusCode == http.StatusBadGateway, a.StatusCode == http.StatusServiceUnavailable,
		a.StatusCode == http.StatusGatewayTimeout, a.StatusCode == http.StatusNotFound:
		l.switched.Add(1)
	case a.StatusCode >= http.StatusInternalServerError:
		l.bad.Add(1)
	}
}
