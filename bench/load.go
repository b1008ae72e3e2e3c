package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// answer is what one request through the router got.
type answer struct {
	sent, done time.Time
	version    string // what the service says it is; "" if it did not say
	status     int    // 0: no answer
}

// load sends requests at a steady rate, whether earlier ones are answered or
// not, and remembers every answer.
type load struct {
	client *http.Client
	url    string
	host   string
	rate   int

	mu      sync.Mutex
	answers []answer
	under   sync.WaitGroup
	stop    context.CancelFunc
	over    chan struct{}
}

func startLoad(ctx context.Context, s *server, host string, rate int) *load {
	ctx, stop := context.WithCancel(ctx)
	l := &load{
		url: "http://" + s.router + "/order", host: host, rate: rate, stop: stop, over: make(chan struct{}),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}},
	}
	go l.run(ctx)
	return l
}

func (l *load) run(ctx context.Context) {
	defer close(l.over)
	tick := time.NewTicker(2 * time.Millisecond)
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

// end stops sending and waits for the last answer.
func (l *load) end() {
	l.stop()
	<-l.over
}

// one is one request. It is seen through when the load ends.
func (l *load) one() {
	q, err := http.NewRequest(http.MethodGet, l.url, nil)
	if err != nil {
		return
	}
	q.Host = l.host
	a := answer{sent: time.Now()}
	if res, err := l.client.Do(q); err == nil {
		body, err := io.ReadAll(io.LimitReader(res.Body, 64))
		_ = res.Body.Close()
		if err == nil {
			a.status, a.version = res.StatusCode, string(body)
		}
	}
	a.done = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, a)
}

// since returns the answers to requests sent at or after t.
func (l *load) since(t time.Time) []answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	var some []answer
	for _, a := range l.answers {
		if !a.sent.Before(t) {
			some = append(some, a)
		}
	}
	return some
}

// forget drops what is remembered.
func (l *load) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = nil
}
