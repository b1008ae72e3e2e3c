package flagfeed

import (
	"context"
	"net/http"
	"time"
)

// Options is what the handler needs. Book and Select must be there.
type Options struct {
	Book Book
	// Select returns the id of the set that a request is about and may read.
	Select func(*http.Request) (string, error)
	// Still says whether the request's credential is still valid, in the middle
	// of a stream; nil: always.
	Still func(context.Context) error
	// Stopping returns a channel that is closed when streams must end; nil: never.
	Stopping func(context.Context) <-chan struct{}
	// KeepAlive is how often an idle stream gets a comment; default 15 s.
	KeepAlive time.Duration
}

func (o Options) withDefaults() Options {
	if o.Still == nil {
		o.Still = func(context.Context) error { return nil }
	}
	if o.Stopping == nil {
		o.Stopping = func(context.Context) <-chan struct{} { return nil }
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 15 * time.Second
	}
	return o
}
