package router

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/davit-cd/davit"
)

// Client speaks to a running router over its control socket. It is safe for
// use by several goroutines.
type Client struct {
	path string
	http *http.Client
}

// patience is how long a call is tried again while the worker is being
// replaced.
const patience = 10 * time.Second

// NewClient returns a client of the router of a data folder. Nothing is
// connected yet.
func NewClient(data string) *Client { return newClient(socketPath(data)) }

func newClient(path string) *Client {
	var d net.Dialer
	return &Client{path: path, http: &http.Client{Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
		IdleConnTimeout: 10 * time.Second,
	}}}
}

// Put makes r the route of its service and environment. It returns when the
// route is durable and in effect. A lower epoch or revision than the highest
// seen is a Conflict; the very same route again is none.
func (c *Client) Put(ctx context.Context, r davit.Route) error {
	return c.call(ctx, http.MethodPut, "/v1/route", r, nil)
}

// Delete takes away the route of a service and environment. The epochs seen
// stay: a late Put of an older one is still refused. No route is no error.
func (c *Client) Delete(ctx context.Context, service, environment string, epoch uint64) error {
	q := url.Values{"service": {service}, "environment": {environment}, "epoch": {strconv.FormatUint(epoch, 10)}}
	return c.call(ctx, http.MethodDelete, "/v1/route?"+q.Encode(), nil, nil)
}

// Routes returns the routes in effect, in no order.
func (c *Client) Routes(ctx context.Context) ([]RouteState, error) {
	var list []RouteState
	err := c.call(ctx, http.MethodGet, "/v1/routes", nil, &list)
	return list, err
}

// Tag says by which flags requests of a service in an environment are told
// apart. It returns when that is durable and in effect. A lower epoch than the
// highest seen is a Conflict; the very same again is none.
func (c *Client) Tag(ctx context.Context, t davit.Tagging) error {
	return c.call(ctx, http.MethodPut, "/v1/tagging", t, nil)
}

// Taggings returns what is told apart, in no order.
func (c *Client) Taggings(ctx context.Context) ([]davit.Tagging, error) {
	var list []davit.Tagging
	err := c.call(ctx, http.MethodGet, "/v1/taggings", nil, &list)
	return list, err
}

// Drain waits until nothing is under way on a release to which no requests are
// sent any more, at most for the given time; requests that are late are cut
// then, tunnels are not. A release that still has traffic is a Conflict.
func (c *Client) Drain(ctx context.Context, service, environment, release string, within time.Duration) (Drained, error) {
	var d Drained
	err := c.call(ctx, http.MethodPost, "/v1/drain", drainRequest{service, environment, release, within}, &d)
	return d, err
}

// Upgrade replaces the worker by one of the given program, without losing a
// request; empty and nil take what the holder was started with. It returns when
// the successor serves; if that fails, the old worker goes on serving.
func (c *Client) Upgrade(ctx context.Context, executable string, args []string) error {
	return c.call(ctx, http.MethodPost, "/v1/upgrade", upgradeRequest{executable, args}, nil)
}

// State describes the worker that serves now.
func (c *Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.call(ctx, http.MethodGet, "/v1/state", nil, &s)
	return s, err
}

// Samples calls fn with what was measured in each second after since (unix
// seconds), as soon as it is over, until ctx is done or fn fails. Seconds come
// in order, each once, empty ones too; the last ten minutes are kept for who was
// away (0: all of them). It connects again by itself.
//
// A second has one sample for each version, instance and mark that had traffic;
// a version's numbers are their sums. Requests that reached no instance have an
// empty Instance. A sample may carry an earlier Second than its batch if it was
// late; it counts in addition to what came before.
func (c *Client) Samples(ctx context.Context, since int64, fn func(Batch) error) error {
	for {
		err := c.stream(ctx, since, func(b Batch) error {
			since = max(since, b.Second)
			if err := fn(b); err != nil {
				return &stopError{err}
			}
			return nil
		})
		if stop, ok := errors.AsType[*stopError](err); ok {
			return stop.err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stopError carries an error of the caller's function.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }

// stream reads one stream of batches to its end.
func (c *Client) stream(ctx context.Context, since int64, fn func(Batch) error) error {
	res, err := c.do(ctx, http.MethodGet, "/v1/samples?since="+strconv.FormatInt(since, 10), nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	dec := json.NewDecoder(bufio.NewReaderSize(res.Body, 64<<10))
	for {
		var b Batch
		if err := dec.Decode(&b); err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
	}
}

func (c *Client) history(ctx context.Context) (history, error) {
	var h history
	err := c.once(ctx, http.MethodGet, "/v1/history", nil, &h)
	return h, err
}

// call does one request, again if the worker is just being replaced: all of
// them may be repeated.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for until := time.Now().Add(patience); ; {
		err := c.once(ctx, method, path, in, out)
		if err == nil || !again(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// again reports whether an error passes by itself at once: the worker is
// leaving, or ended before it could answer.
func again(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	return errors.Is(err, errLeaving) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err)
}

func (c *Client) once(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("router %s %s: %w", method, path, err)
		}
	}
	res, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return readError(res)
	}
	if out == nil {
		_, _ = io.Copy(io.Discard, res.Body)
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("router %s %s: read the answer: %w", method, path, err)
	}
	return nil
}

func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://router"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, &davit.Error{Kind: davit.Unavailable, Text: "speak to the router", Err: err}
	}
	return res, nil
}

func readError(res *http.Response) error {
	var e controlError
	if err := json.NewDecoder(res.Body).Decode(&e); err != nil || e.Kind == "" {
		return &davit.Error{Kind: davit.Internal, Text: fmt.Sprintf("the router answered %s", res.Status)}
	}
	if e.Again {
		return errLeaving
	}
	return &davit.Error{Kind: e.Kind, Text: e.Text, Hint: e.Hint}
}
