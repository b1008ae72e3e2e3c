package api

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Message is one server-sent event.
type Message struct {
	ID   int64
	Name string
	Data []byte
}

const maxMessage = 4 << 20

// Messages reads server-sent events until the stream ends.
func Messages(r io.Reader) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 0, 4096), maxMessage)
		var m Message
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case lines.Text() == "":
				if m.Data != nil && !yield(m, nil) {
					return
				}
				m = Message{}
			case name == "id":
				m.ID, _ = strconv.ParseInt(value, 10, 64)
			case name == "event":
				m.Name = value
			case name == "data":
				m.Data = append(m.Data, value...)
			}
		}
		if err := lines.Err(); err != nil {
			yield(Message{}, fmt.Errorf("read stream: %w", err))
		}
	}
}

// reconnectAfter is how long a follower waits before it asks again.
const reconnectAfter = 500 * time.Millisecond

// Follow yields events as they happen, until ctx ends. When the connection
// breaks (the server restarts) it asks again from where it was; it gives up
// with an error that asking again cannot mend, or when down, called each time
// nobody answers, returns an error.
func (c *Client) Follow(ctx context.Context, params Params, after int64, down func(error) error) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for ctx.Err() == nil {
			asked := Params{}
			maps.Copy(asked, params)
			asked["after"] = strconv.FormatInt(after, 10)
			body, err := c.Stream(ctx, "stream-events", asked)
			if err == nil {
				var goOn bool
				if after, goOn = c.pass(body, after, yield); !goOn {
					return
				}
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil && davit.KindOf(err) != davit.Unavailable {
				yield(Event{}, err)
				return
			}
			if gaveUp := down(err); gaveUp != nil {
				yield(Event{}, gaveUp)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(reconnectAfter):
			}
		}
	}
}

// pass yields the events of one connection; it returns the last one's number.
func (c *Client) pass(body io.ReadCloser, after int64, yield func(Event, error) bool) (int64, bool) {
	defer func() { _ = body.Close() }()
	for m, err := range Messages(body) {
		if err != nil {
			return after, true
		}
		var e Event
		if m.Name != "event" || json.Unmarshal(m.Data, &e) != nil {
			continue
		}
		if !yield(e, nil) {
			return after, false
		}
		after = e.Seq
	}
	return after, true
}

// errCut says that a log ended without its last message.
var errCut = errors.New("the log was cut short: the server went away")

// Lines yields the lines of a log until its end.
func (c *Client) Lines(ctx context.Context, id string, params Params) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		body, err := c.Stream(ctx, id, params)
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		defer func() { _ = body.Close() }()
		for m, err := range Messages(body) {
			if ctx.Err() != nil {
				return
			}
			var line LogLine
			switch {
			case err != nil:
				yield(LogLine{}, err)
				return
			case m.Name == "end":
				return
			case m.Name == "problem":
				var p Problem
				if err := json.Unmarshal(m.Data, &p); err != nil {
					yield(LogLine{}, err)
				} else {
					yield(LogLine{}, &p)
				}
				return
			case m.Name != "line" || json.Unmarshal(m.Data, &line) != nil:
				continue
			}
			if !yield(line, nil) {
				return
			}
		}
		if ctx.Err() == nil {
			yield(LogLine{}, errCut)
		}
	}
}
