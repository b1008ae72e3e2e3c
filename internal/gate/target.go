package gate

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/mask"
)

// Names of the fields with which requests say to the router that they are
// Davit's own, and which release they are for.
const (
	probeHeader   = "X-Davit-Probe"
	releaseHeader = "X-Davit-Release"
)

// maxBody is the most of an answer that is read.
const maxBody = 1 << 20

// Target is a version behind a router.
type Target struct {
	RouterAddr string // host:port of the router
	Host       string // of the service
	Release    string // id; also one that gets no traffic
	ProbeToken string // proves to the router that the request is Davit's own
	// Named says that the router names in its answers to probes, in the field
	// X-Davit-Release, the release that gave them. One without the right name is
	// then another version's or the router's own, and fails.
	Named bool
}

// client returns an HTTP client that speaks to the router and to nobody else.
func (t Target) client() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "tcp", t.RouterAddr)
			},
			DisableCompression:     true,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        10 * time.Second,
		},
	}
}

// request is one request to a version.
type request struct {
	method, path, body string
	headers            map[string]string
	timeout            time.Duration
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// send sends a request to a release and reads the answer to its end.
func (t Target) send(ctx context.Context, c *http.Client, r request) (reply, error) {
	if !strings.HasPrefix(r.path, "/") {
		return reply{}, fmt.Errorf("path %q does not begin with /", r.path)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, r.method, "http://"+t.Host+r.path, strings.NewReader(r.body))
	if err != nil {
		return reply{}, err
	}
	q.Header.Set("User-Agent", "davit")
	for k, v := range r.headers {
		q.Header.Set(k, v)
	}
	q.Header.Set(probeHeader, t.ProbeToken)
	q.Header.Set(releaseHeader, t.Release)
	start := time.Now()
	a, err := c.Do(q)
	if err != nil {
		return reply{}, err
	}
	defer a.Body.Close()
	body, err := io.ReadAll(io.LimitReader(a.Body, maxBody))
	got := reply{a.StatusCode, a.Header, body, time.Since(start)}
	if err != nil {
		return got, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	return got, nil
}

// answered says what is wrong with who gave the answer.
func (t Target) answered(a reply) string {
	switch by := a.header.Get(releaseHeader); {
	case by == t.Release:
		return ""
	case by != "":
		return fmt.Sprintf("%q answered, not %s", by, t.Release)
	case t.Named:
		return "the router itself answered, " + t.Release + " was not reached"
	}
	return ""
}

// quote returns the beginning of a body for people: short, escaped, and without
// the token, should a service print the fields it was sent.
func (t Target) quote(body []byte) string {
	const most = 200
	s := mask.New(t.ProbeToken).String(string(body[:min(len(body), most+len(t.ProbeToken))]))
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
