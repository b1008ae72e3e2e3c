package flagfeed

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// Path is where the feed is to be found.
const Path = "/flagfeed/v1/stream"

// writeWithin is how long a reader may take for one message.
const writeWithin = 30 * time.Second

// Handler serves the feed: a stream of server-sent events. Each is named set,
// has the set's revision as its id and, in one line, {"hash": 2 or 3,
// "document": {…}} as its data. A client that says in Last-Event-ID which
// revision it has is told the next one, and is first sent an event named
// current if it has the newest. Between events come comments.
type Handler struct{ options Options }

// New returns a handler.
func New(o Options) *Handler { return &Handler{options: o.withDefaults()} }

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != Path {
		refuse(w, &davit.Error{Kind: davit.NotFound, Text: "there is nothing at this address", Hint: "the feed is at " + Path})
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	id, err := h.options.Select(r)
	if err == nil {
		_, err = h.options.Book.Set(id)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	defer func() { _ = out.SetWriteDeadline(time.Time{}) }() // the connection may live on
	send := func(b []byte) error {
		_ = out.SetWriteDeadline(time.Now().Add(writeWithin)) // recorders in tests have none
		if _, err := w.Write(b); err != nil {
			return err
		}
		return out.Flush()
	}
	h.follow(r.Context(), id, r.Header.Get("Last-Event-ID"), send)
}

// follow sends each version of the set that is not the known one.
func (h *Handler) follow(ctx context.Context, id, known string, send func([]byte) error) {
	tick := time.NewTicker(h.options.KeepAlive)
	defer tick.Stop()
	stopping := h.options.Stopping(ctx)
	begin := ": here\n\n"
	if set, err := h.options.Book.Set(id); err == nil && set.Revision() == known {
		begin = "event: current\nid: " + known + "\n\n"
	}
	if send([]byte(begin)) != nil {
		return
	}
	for {
		news := h.options.Book.Changed() // before reading: nothing is missed in between
		if set, err := h.options.Book.Set(id); err == nil && set.Revision() != known {
			if h.options.Still(ctx) != nil || send(event(set)) != nil {
				return
			}
			known = set.Revision()
		}
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			return
		case <-news:
		case <-tick.C:
			if h.options.Still(ctx) != nil || send([]byte(": alive\n\n")) != nil {
				return
			}
		}
	}
}

// event is the message that carries a set.
func event(set *flag.Set) []byte {
	b := make([]byte, 0, len(set.Full())+128)
	b = append(b, "event: set\nid: "+set.Revision()+"\ndata: {\"hash\":"+strconv.Itoa(set.Hash())+",\"document\":"...)
	return append(append(b, set.Full()...), "}\n\n"...)
}

// refuse says what is wrong.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch davit.KindOf(err) {
	case davit.Invalid:
		status = http.StatusBadRequest
	case davit.NotFound:
		status = http.StatusNotFound
	case davit.Unauthorized:
		status = http.StatusUnauthorized
	case davit.Forbidden:
		status = http.StatusForbidden
	case davit.Unavailable:
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
