package ofrep

import (
	"context"
	"net/http"
	"time"
)

const (
	writeWithin = 10 * time.Second // a reader that takes longer for one message is dropped
	streamBegin = "retry: 2000\n\n"
	streamAlive = ": alive\n\n"
)

// stream tells a client when to evaluate again. The id of a message is the
// revision of the set, so a client that comes back says what it knows, also to
// another process. A client that does not say is told at once: what changed
// between its evaluation and now must not be missed, and evaluating again
// costs it an answer without a body if nothing did.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	g, err := h.options.Grant(r.Context())
	id := ""
	if err == nil {
		if id, err = choose(g, r, h.options.Book.Sets); err == nil {
			_, err = h.options.Book.Set(id)
		}
	}
	if err != nil {
		h.refuse(w, r, "", false, err)
		return
	}
	h.streams.Add(1)
	defer h.streams.Add(-1)
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("X-Accel-Buffering", "no")
	out := &sender{w, http.NewResponseController(w)}
	defer func() { _ = out.control.SetWriteDeadline(time.Time{}) }() // the connection may live on
	if out.send([]byte(streamBegin)) != nil {
		return
	}
	if err := h.follow(r.Context(), out, id, r.Header.Get("Last-Event-ID")); err != nil && r.Context().Err() == nil {
		h.dropped.Add(1)
		h.options.Log.WarnContext(r.Context(), "a stream's reader was too slow and is dropped", "for", g.Name, "set", id, "dropped", h.dropped.Load(), "error", err)
	}
}

// follow sends a message for each version of a set that is not the known one,
// until the stream is over. The error is that of writing.
func (h *Handler) follow(ctx context.Context, out *sender, id, known string) error {
	tick := time.NewTicker(h.options.KeepAlive)
	defer tick.Stop()
	stopping := h.options.Stopping(ctx)
	for {
		news := h.options.Book.Changed() // before reading: nothing is missed in between
		if set, err := h.options.Book.Set(id); err == nil && set.Revision() != known {
			if h.options.Still(ctx) != nil {
				return nil // it is not his to know any more
			}
			if err := out.send(h.partsOf(id, set).event); err != nil {
				return err
			}
			known = set.Revision()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-stopping:
			return nil
		case <-news:
		case <-tick.C:
			if h.options.Still(ctx) != nil {
				return nil
			}
			if err := out.send([]byte(streamAlive)); err != nil {
				return err
			}
		}
	}
}

// sender writes to a stream.
type sender struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *sender) send(text []byte) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(writeWithin)) // recorders in tests have none
	if _, err := s.w.Write(text); err != nil {
		return err
	}
	return s.control.Flush()
}
