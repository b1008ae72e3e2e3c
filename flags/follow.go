package flags

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/flag"
)

const (
	feedPath  = "/flagfeed/v1/stream"
	silence   = 45 * time.Second // the server says something every 15 s
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second
)

// follow listens to the server until ctx is done.
func (c *Client) follow(ctx context.Context) {
	wait := firstWait
	for {
		began := c.o.Now()
		err := c.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		c.o.Log.WarnContext(ctx, "the server of the flags is not heard", "set", c.o.Set, "error", err)
		c.note(func() { c.connected, c.tried, c.err = false, true, err })
		if c.o.Now().Sub(began) > longWait { // it had worked
			wait = firstWait
		}
		pause := time.NewTimer(wait/2 + rand.N(wait))
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		wait = min(2*wait, longWait)
	}
}

// listen reads one stream to its end.
func (c *Client) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := time.AfterFunc(silence, func() { cancel(errors.New("the server has been silent for 45 s")) })
	defer quiet.Stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.o.Endpoint, "/")+feedPath, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Flagd-Selector", "flagSetId="+c.o.Set)
	if c.o.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.o.Token)
	}
	if h := c.held.Load(); h != nil {
		r.Header.Set("Last-Event-ID", h.revision)
	}
	resp, err := c.o.HTTP.Do(r)
	if err != nil {
		return cause(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		return fmt.Errorf("the server answers %s: %s", resp.Status, bytes.TrimSpace(said))
	}
	return cause(ctx, c.read(resp.Body, func() { quiet.Reset(silence) }))
}

// cause is why ctx was cancelled, if it was, else err.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// read reads events; alive is called whenever something came.
func (c *Client) read(body io.Reader, alive func()) error {
	lines := bufio.NewReaderSize(body, 16<<10)
	var name, id string
	var data []byte
	for {
		line, err := readLine(lines)
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
		alive()
		c.hear()
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "event":
			name = string(value)
		case "id":
			id = string(value)
		case "data":
			data = append(data, value...)
		case "":
			if len(line) > 0 {
				continue // a comment
			}
			switch name {
			case "set":
				c.receive(id, data)
			case "current":
				c.note(func() { c.err, c.tried = nil, true })
			}
			name, id, data = "", "", nil
		}
	}
}

// hear notes that the server is there.
func (c *Client) hear() {
	now := c.o.Now()
	c.mu.Lock()
	known := c.connected
	c.heard = now
	c.mu.Unlock()
	if !known {
		c.note(func() { c.connected = true })
	}
}

// receive takes a set that the server sent. One that does not parse changes
// nothing.
func (c *Client) receive(id string, data []byte) {
	k := kept{}
	err := json.Unmarshal(data, &k)
	if err == nil {
		k.Set, k.Revision = c.o.Set, id
		err = c.take(k, fromServer)
	}
	if err != nil {
		err = fmt.Errorf("the server sent a set that cannot be read, so the last good one stays: %w", err)
		c.o.Log.Error("bad flags", "error", err)
		c.note(func() { c.err, c.tried = err, true })
		return
	}
	if c.o.File != "" {
		if err = c.writeFile(k); err != nil {
			err = fmt.Errorf("keep the flags in %s: %w", c.o.File, err)
			c.o.Log.Warn("the flags are in memory only", "error", err)
		}
	}
	c.note(func() { c.err, c.tried = err, true })
}

// readLine reads a line of at most what a document may be long.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			return bytes.TrimRight(line, "\r\n"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if len(line) > flag.MaxDocument+1024 {
			return nil, errors.New("a line longer than 64 MiB")
		}
	}
}
