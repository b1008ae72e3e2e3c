package flags

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit/internal/flag"
)

// Client evaluates the flags of one set. Many goroutines may use it.
type Client struct {
	o      Options
	held   atomic.Pointer[held]
	cancel context.CancelFunc
	done   chan struct{}

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever the set or the connection changes
	connected bool
	heard     time.Time
	err       error
	tried     bool // the first attempt to reach the server is over
}

// held is the set that answers come from.
type held struct {
	set      *flag.Set
	revision string
	source   string
}

// Open returns a client. It reads the file, turns to the server, and waits for
// a set up to Options.Wait or until ctx is done; with or without one it then
// returns a client that works. The error is about options that cannot work.
// The client lives until Close, whatever becomes of ctx.
func Open(ctx context.Context, o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Client{o: o, changed: make(chan struct{}), done: make(chan struct{})}
	c.readFile()
	following, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	if o.Endpoint == "" {
		close(c.done)
		return c, nil
	}
	go func() {
		defer close(c.done)
		c.follow(following)
	}()
	c.await(ctx)
	return c, nil
}

// await waits for a set from the server, or, where a file gave one, for the
// outcome of the first attempt.
func (c *Client) await(ctx context.Context) {
	if c.o.Wait < 0 {
		return
	}
	limit := time.NewTimer(c.o.Wait)
	defer limit.Stop()
	for {
		news := c.Changed()
		h := c.held.Load()
		c.mu.Lock()
		tried := c.tried
		c.mu.Unlock()
		if h != nil && (h.source == fromServer || tried) {
			return
		}
		select {
		case <-news:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the client's work in the background. Evaluations go on with what
// is there.
func (c *Client) Close() error {
	c.cancel()
	<-c.done
	return nil
}

// Changed returns a channel that is closed at the next change of the set or of
// the connection.
func (c *Client) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// note changes what Status says.
func (c *Client) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// Status says how the client is.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{Connected: c.connected, Heard: c.heard, Err: c.err}
	if h := c.held.Load(); h != nil {
		s.Ready, s.Revision, s.Source = true, h.revision, h.source
	}
	s.Stale = c.o.Endpoint != "" && c.o.Now().Sub(c.heard) >= c.o.Stale
	return s
}
