package router

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"time"
)

// newH2 makes the client for instances that speak HTTP/2 without TLS, gRPC for
// one.
func newH2(opts Options) http.RoundTripper {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	d := net.Dialer{Timeout: opts.ConnectWithin, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Protocols:           &protocols,
		DialContext:         d.DialContext,
		DisableCompression:  true,
		IdleConnTimeout:     upstreamIdle,
		MaxIdleConnsPerHost: upstreamSpare,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}
}

// carryH2 takes the request to an instance over HTTP/2. Both bodies stream at
// the same time.
func (p *plane) carryH2(x *exchange) {
	ctx, cancel := context.WithCancelCause(x.r.Context())
	defer cancel(nil)
	v := x.lane.version
	v.mu.Lock()
	v.streams[x] = func() { cancel(errDrained) }
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		delete(v.streams, x)
		v.mu.Unlock()
	}()
	if x.streamed {
		x.upward = &streamedBody{from: x.r.Body}
		defer x.upward.stop(x.w)
	}
	awaited := time.AfterFunc(p.opts.AnswerWithin, func() { cancel(errSlow) })
	defer awaited.Stop()
	for {
		x.backend = x.lane.pick(momentOf(x.start), x.backend)
		res, err := p.h2.RoundTrip(p.outward(ctx, x))
		if err == nil {
			if x.backend.misses.Load() != 0 {
				x.backend.misses.Store(0)
				x.backend.ejected.Store(0)
			}
			awaited.Stop()
			p.deliverH2(x, res)
			return
		}
		var op *net.OpError
		unsent := errors.As(err, &op) && op.Op == "dial" && ctx.Err() == nil
		if unsent {
			x.backend.refused()
			x.backend.cells[x.mark].refuse()
		}
		retry := unsent && !x.streamed || !x.streamed && x.idempotent() && ctx.Err() == nil
		if !retry || x.tries >= 2 || len(x.lane.backends) < 2 || !x.lane.retries.spend() {
			p.lostH2(ctx, x)
			return
		}
		x.tries++
	}
}

var (
	errDrained = errors.New("drained")
	errSlow    = errors.New("slow")
)

func (p *plane) lostH2(ctx context.Context, x *exchange) {
	e := &attemptError{err: errAnswer}
	switch {
	case x.r.Context().Err() != nil:
		x.gone = true
		return
	case errors.Is(context.Cause(ctx), errDrained):
		e.cut = cutDrain
	case errors.Is(context.Cause(ctx), errSlow):
		e.cut = cutSlow
	}
	p.lost(x, e)
}

// outward makes the request for the instance.
func (p *plane) outward(ctx context.Context, x *exchange) *http.Request {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		to := x.w.Header()
		maps.Copy(to, h)
		x.w.WriteHeader(code)
		clear(to)
		return nil
	}})
	out := x.r.WithContext(ctx)
	u := *x.r.URL
	u.Scheme, u.Host = "http", x.backend.Address
	out.URL, out.Host, out.RequestURI, out.Close = &u, x.r.Host, "", false
	out.Header = http.Header{}
	_, head, _ := strings.Cut(string(x.appendHead(nil)), "\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok && name != "Host" {
			out.Header[name] = append(out.Header[name], value)
		}
	}
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = []string{""} // none came, so none goes
	}
	switch {
	case x.streamed:
		out.Body = x.upward
		if w, ok := x.w.(interface{ EnableFullDuplex() error }); ok {
			_ = w.EnableFullDuplex()
		}
	case len(x.body) > 0:
		out.Body = io.NopCloser(bytes.NewReader(bytes.Clone(x.body))) // it may be read after the answer
	default:
		out.Body = http.NoBody
	}
	return out
}

// deliverH2 passes the answer on, each piece at once, and the trailer, which
// for gRPC holds the real status.
func (p *plane) deliverH2(x *exchange, res *http.Response) {
	defer res.Body.Close()
	h := x.w.Header()
	for name, values := range res.Header {
		switch name {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding", "Upgrade", "Trailer":
		default:
			h[name] = values
		}
	}
	x.sign(h)
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil
	}
	announced := len(res.Trailer)
	for name := range res.Trailer {
		h.Add("Trailer", name)
	}
	x.status = res.StatusCode
	x.w.WriteHeader(res.StatusCode)
	err := x.copyStream(res.Body, res.ContentLength < 0, p.opts.ProgressWithin)
	if err != nil {
		if errors.Is(err, errGone) || x.r.Context().Err() != nil {
			x.gone = true
		} else {
			x.failed = true
		}
		panic(http.ErrAbortHandler)
	}
	for name, values := range res.Trailer {
		if len(res.Trailer) != announced {
			name = http.TrailerPrefix + name
		}
		h[name] = values
	}
}

// streamedBody is the client's body on its way out. Who sends it may still be
// reading when the answer is over.
type streamedBody struct {
	from io.Reader
	over atomic.Bool
}

func (b *streamedBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if err != nil {
		b.over.Store(true)
	}
	return n, err
}

// Close does nothing: the server closes the body when the handler returns.
func (b *streamedBody) Close() error { return nil }

// stop makes a read under way fail, so that the handler can return.
func (b *streamedBody) stop(w http.ResponseWriter) {
	if b.over.Load() {
		return
	}
	if d, ok := w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = d.SetReadDeadline(time.Unix(1, 0))
	}
}
