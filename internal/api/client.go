package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

// Client asks a server.
type Client struct {
	URL   string // of the server, without Base
	Token string // may be empty, which gets nothing but health
	HTTP  *http.Client
}

const (
	answerWithin = 30 * time.Second
	maxAnswer    = 64 << 20
	attempts     = 3
)

// NewClient returns a client of the server at address, such as
// "http://127.0.0.1:7400".
func NewClient(address, token string) *Client {
	return &Client{URL: strings.TrimRight(address, "/"), Token: token, HTTP: &http.Client{
		// A token must not follow a redirection to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Params are the values of a route's parameters by name: those in braces go
// into the path, the others, if not empty, into the query.
type Params map[string]string

// Call makes one request. body and answer may be nil. A write carries an
// idempotency key and is tried again when the connection broke, so it happens
// once.
func (c *Client) Call(ctx context.Context, id string, params Params, body, answer any) error {
	route, address, err := c.address(id, params)
	if err != nil {
		return err
	}
	var raw []byte
	if body != nil {
		if raw, err = json.Marshal(body); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	key := ""
	if route.Write() {
		key = rand.Text()
	}
	res, err := c.try(ctx, route, address, raw, key)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(answer); err != nil {
		return fmt.Errorf("read the answer to %s: %w", id, err)
	}
	return nil
}

// try makes a request until it is answered, a few times at most.
func (c *Client) try(ctx context.Context, route Route, address string, body []byte, key string) (*http.Response, error) {
	for n := 1; ; n++ {
		res, err := c.send(ctx, route, address, body, key)
		if err == nil {
			return res, nil
		}
		var broken *url.Error
		if n == attempts || !errors.As(err, &broken) || !errors.Is(err, io.EOF) && !broken.Timeout() || ctx.Err() != nil {
			return nil, c.explain(err)
		}
	}
}

func (c *Client) send(ctx context.Context, route Route, address string, body []byte, key string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, route.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return c.do(r)
}

func (c *Client) do(r *http.Request) (*http.Response, error) {
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, readProblem(res)
}

func readProblem(res *http.Response) error {
	raw, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	var p Problem
	if err := json.Unmarshal(raw, &p); err != nil || p.Kind == "" {
		return &davit.Error{
			Kind: KindOf(res.StatusCode), Text: fmt.Sprintf("the answer is %s, and not from a davit server", res.Status),
			Hint: "look at --server and DAVIT_SERVER",
		}
	}
	return &p
}

// explain says what to do when nobody answers.
func (c *Client) explain(err error) error {
	var broken *url.Error
	if !errors.As(err, &broken) || errors.Is(err, context.Canceled) {
		return err
	}
	text := "no server answers at " + c.URL
	if broken.Timeout() {
		text = "the server at " + c.URL + " does not answer in time"
	}
	return &davit.Error{Kind: davit.Unavailable, Text: text, Hint: "start one with: davit server (or say where one is: --server URL, or DAVIT_SERVER)"}
}

// address returns the route and its address with params filled in.
func (c *Client) address(id string, params Params) (Route, string, error) {
	route, ok := RouteOf(id)
	if !ok {
		return route, "", fmt.Errorf("there is no route %q", id)
	}
	path, query := route.Path, url.Values{}
	for name, value := range params {
		if hole := "{" + name + "}"; strings.Contains(path, hole) {
			if value == "" || value == "." || value == ".." {
				return route, "", &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%q is not the name of a %s", value, name)}
			}
			path = strings.Replace(path, hole, url.PathEscape(value), 1)
		} else if value != "" {
			query.Set(name, value)
		}
	}
	address := c.URL + Base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return route, address, nil
}

// Get reads one thing.
func Get[T any](ctx context.Context, c *Client, id string, params Params) (T, error) {
	var v T
	err := c.Call(ctx, id, params, nil, &v)
	return v, err
}

// Do writes and reads the answer.
func Do[T any](ctx context.Context, c *Client, id string, params Params, body any) (T, error) {
	var v T
	err := c.Call(ctx, id, params, body, &v)
	return v, err
}

// Stream opens the raw answer of a streamed route; the caller closes it.
func (c *Client) Stream(ctx context.Context, id string, params Params) (io.ReadCloser, error) {
	route, address, err := c.address(id, params)
	if err != nil {
		return nil, err
	}
	res, err := c.send(ctx, route, address, nil, "")
	if err != nil {
		return nil, c.explain(err)
	}
	return res.Body, nil
}

// Alive asks whether a server answers.
func (c *Client) Alive(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := c.do(r)
	if err != nil {
		return c.explain(err)
	}
	return res.Body.Close()
}
