package flagd

import (
	"context"
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/davit-cd/davit/internal/flag"
)

// The kinds of events that flagd's clients know.
const (
	eventReady  = "provider_ready"
	eventChange = "configuration_change"
	eventAlive  = "keep_alive"
)

// events sends to a client that the set is there, then which of its flags
// changed, as it happens, until the stream is over. A client that keeps answers
// drops those of the flags that are named.
func (s *service) events(ctx context.Context, head http.Header, send func(kind string, data *structpb.Struct) error) error {
	id, set, err := s.selected(ctx, head, "")
	if err != nil {
		return err
	}
	// What changed while the client was away is not known: a client that comes
	// back drops all its answers when it is told that the server is ready.
	if err := send(eventReady, &structpb.Struct{}); err != nil {
		return err
	}
	sent := pictureOf(set)
	return s.follow(ctx, id, set, func(next *flag.Set) error {
		picture := pictureOf(next)
		changes := picture.since(sent, id)
		sent = picture
		if len(changes) == 0 {
			return nil // only the set's metadata
		}
		data, err := structpb.NewStruct(map[string]any{"flags": changes})
		if err != nil {
			return s.failed(ctx, err)
		}
		return send(eventChange, data)
	}, func() error { return send(eventAlive, nil) })
}

// follow calls changed with each version of a set after the known one, and
// idle, unless it is nil, every so often, until the stream is over or one of
// them fails. A set that is gone leaves what was last known as it is.
func (s *service) follow(ctx context.Context, id string, known *flag.Set, changed func(*flag.Set) error, idle func() error) error {
	tick := time.NewTicker(s.options.KeepAlive)
	defer tick.Stop()
	stopping := s.options.Stopping(ctx)
	for {
		news := s.options.Book.Changed() // before reading: nothing is missed in between
		if set, err := s.options.Book.Set(id); err == nil && set.Revision() != known.Revision() {
			if err := s.options.Still(ctx); err != nil {
				return s.failed(ctx, err)
			}
			if err := changed(set); err != nil {
				return err
			}
			known = set
		}
		select {
		case <-ctx.Done():
			return ended(ctx, false)
		case <-stopping:
			return ended(ctx, true)
		case <-news:
		case <-tick.C:
			if err := s.options.Still(ctx); err != nil {
				return s.failed(ctx, err)
			}
			if idle != nil {
				if err := idle(); err != nil {
					return err
				}
			}
		}
	}
}
