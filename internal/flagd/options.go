package flagd

import (
	"context"
	"log/slog"
	"time"

	"github.com/davit-cd/davit/internal/access"
)

// Options is what the handler needs. Book and Grant must be there.
type Options struct {
	Book Book

	// Grant returns what the credential of a request gives; Unauthorized if it
	// has none.
	Grant func(context.Context) (access.Grant, error)
	// Still says whether that credential is still valid, in the middle of a
	// stream; nil: always.
	Still func(context.Context) error
	// Stopping returns a channel that is closed when streams must end; nil: never.
	Stopping func(context.Context) <-chan struct{}

	// KeepAlive is how often a stream of events says that it is alive; default
	// 20 s, as flagd.
	KeepAlive time.Duration
	Now       func() time.Time // default time.Now
	Log       *slog.Logger     // default: discard
}

func (o Options) withDefaults() Options {
	if o.Still == nil {
		o.Still = func(context.Context) error { return nil }
	}
	if o.Stopping == nil {
		o.Stopping = func(context.Context) <-chan struct{} { return nil }
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = 20 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
