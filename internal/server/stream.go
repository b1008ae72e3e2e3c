package server

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

const (
	heartbeat   = 15 * time.Second // a comment, so that proxies and clients see the stream is alive
	writeWithin = 10 * time.Second // a reader that takes longer for one message is dropped
)

// sender writes server-sent events.
type sender struct {
	still   func() error // whether whoever reads may go on reading
	w       http.ResponseWriter
	control *http.ResponseController
}

func newSender(w http.ResponseWriter, still func() error) *sender {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &sender{still, w, http.NewResponseController(w)}
}

// send writes one message; id 0 and an empty name are left out.
func (m *sender) send(id int64, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text := ""
	if id > 0 {
		text = fmt.Sprintf("id: %d\n", id)
	}
	if name != "" {
		text += "event: " + name + "\n"
	}
	return m.write(text + "data: " + string(data) + "\n\n")
}

// beat writes a comment. It ends the stream of somebody whose token or session
// is over.
func (m *sender) beat() error {
	if err := m.still(); err != nil {
		return err
	}
	return m.write(": alive\n\n")
}

// still says whether the token or session that a stream began with is good.
func still(ctx context.Context) error {
	if again := who(ctx).again; again != nil {
		return again(ctx)
	}
	return nil
}

func (m *sender) write(text string) error {
	_ = m.control.SetWriteDeadline(time.Now().Add(writeWithin)) // recorders in tests have none
	if _, err := m.w.Write([]byte(text)); err != nil {
		return err
	}
	_ = m.control.Flush()
	return nil
}

// streaming makes a stream of f; the stream ends with the request, or when the
// server stops.
func (s *Server) streaming(f func(ctx context.Context, m *sender) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(h huma.Context) {
		_, w := humago.Unwrap(h)
		ctx, cancel := s.untilQuit(h.Context())
		defer cancel()
		if err := f(ctx, newSender(w, func() error { return still(ctx) })); err != nil && ctx.Err() == nil {
			s.options.Log.DebugContext(ctx, "stream ended", "error", err)
		}
	}}
}

// untilQuit is ctx, ended when the server stops.
func (s *Server) untilQuit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// lines streams a log: one message a line, then "end".
func (s *Server) lines(read func(context.Context) iter.Seq2[api.LogLine, error]) *huma.StreamResponse {
	return s.streaming(func(ctx context.Context, m *sender) error {
		reading, cancel := context.WithCancel(ctx)
		defer cancel()
		type item struct {
			line api.LogLine
			err  error
		}
		items := make(chan item)
		go func() {
			defer close(items)
			for line, err := range read(reading) {
				select {
				case items <- item{line, err}:
				case <-reading.Done():
					return
				}
			}
		}()
		tick := time.NewTicker(heartbeat)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				if err := m.beat(); err != nil {
					return err
				}
			case i, open := <-items:
				if !open {
					return m.send(0, "end", api.End{Reason: "end of the log"})
				}
				if i.err != nil {
					return m.send(0, "problem", s.problem(ctx, "read log", i.err))
				}
				if err := m.send(i.line.Sequence, "line", i.line); err != nil {
					return err
				}
			}
		}
	})
}

// follow calls f with each event after seq that q selects, as it happens, and
// idle when nothing happened for a while, until ctx ends or one of them fails.
func (s *Server) follow(ctx context.Context, q davit.EventQuery, f func(davit.Event) error, idle func() error) error {
	const page = 500
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		news := s.options.Records.Changed() // before reading: nothing is missed in between
		q.Limit, q.Newest = page, false
		events, err := s.options.Records.Events(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f(e); err != nil {
				return err
			}
			q.After = e.Seq
		}
		if len(events) == page {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		case <-tick.C:
			if err := idle(); err != nil {
				return err
			}
		}
	}
}

// last returns the sequence number of the newest event.
func (s *Server) last(ctx context.Context) (int64, error) {
	events, err := s.options.Records.Events(ctx, davit.EventQuery{Newest: true, Limit: 1})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	return events[0].Seq, nil
}
