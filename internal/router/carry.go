package router

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// errGone says that the client, not the instance, broke the exchange.
var errGone = errors.New("client is gone")

// readBody reads a small body whole, before an instance is claimed: a slow
// sender then holds no connection to one, and the body can be sent again. A
// larger or unknown one is streamed.
func (p *plane) readBody(x *exchange) bool {
	n := x.r.ContentLength
	if n == 0 {
		return true
	}
	if n < 0 || n > replayLimit {
		x.streamed = true
		return true
	}
	if cap(x.body) < int(n) {
		x.body = make([]byte, 0, max(n, 4<<10))
	}
	x.body = x.body[:n]
	for done := 0; done < int(n); {
		if done > 0 || n > 8<<10 { // most small ones came with the head
			x.readBy(p.opts.ProgressWithin)
		}
		m, err := x.r.Body.Read(x.body[done:])
		if done += m; done < int(n) && err != nil {
			x.gone = true
			x.w.Header().Set("Connection", "close")
			if x.r.Context().Err() == nil {
				x.gone = false
				x.refuse(http.StatusRequestTimeout, "the request's body did not come")
			}
			return false
		}
	}
	x.readBy(0)
	return true
}

// readBy and writeBy bound the time for the next bytes of a body from and to
// the client. The bound on reading must be lifted, by 0, when the body is over.
func (x *exchange) readBy(within time.Duration) {
	if within == 0 && !x.hurried {
		return
	}
	if w, ok := x.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		var by time.Time
		if within > 0 {
			by = time.Now().Add(within)
		}
		x.hurried = within > 0
		_ = w.SetReadDeadline(by)
	}
}

func (x *exchange) writeBy(within time.Duration) {
	if w, ok := x.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = w.SetWriteDeadline(time.Now().Add(within))
	}
}

// carry takes the request to an instance over HTTP/1.1 and its answer back. It
// tries again only while nothing of an answer came, within the same version.
func (p *plane) carry(x *exchange) {
	ctx := x.r.Context()
	upgrade := upgradeOf(x.r)
	for {
		x.backend = x.lane.pick(momentOf(x.start), x.backend)
		u, a, up, err := p.attempt(ctx, x, upgrade)
		if err == nil {
			p.deliver(x, u, a, up)
			return
		}
		if errors.Is(err, errGone) || ctx.Err() != nil {
			x.gone = true
			if up != nil {
				up.abandon(x, u)
			}
			return
		}
		if up != nil {
			up.abandon(x, u)
		}
		if !p.again(x, err) {
			p.lost(x, err)
			return
		}
		x.tries++
	}
}

// attempt sends the request once and reads the head of the answer. The
// connection is the caller's if there is no error, or an upload is under way.
func (p *plane) attempt(ctx context.Context, x *exchange, upgrade string) (*upstream, answer, *upload, error) {
	b := x.backend
	u := b.take(ctx, now(), !x.idempotent())
	if u == nil {
		var err error
		if u, err = b.dial(ctx, p.opts.ConnectWithin); err != nil {
			b.cells[x.mark].refuse()
			return nil, answer{}, nil, &attemptError{err: err, unsent: true}
		}
	}
	reused := u.reused
	up, err := p.send(x, u, upgrade)
	if err == nil {
		var a answer
		if a, err = p.await(x, u); err == nil {
			return u, a, up, nil
		}
		if up == nil {
			err = &attemptError{err: err, stale: reused && x.idempotent(), cut: cut(u.cut.Load())}
		} else {
			err = &attemptError{err: err, sent: true, cut: cut(u.cut.Load())}
		}
	} else {
		// What could not be written whole was not understood as a request.
		err = &attemptError{err: err, stale: reused && up == nil, cut: cut(u.cut.Load())}
	}
	if up == nil {
		b.drop(u)
	}
	return u, answer{}, up, err
}

// attemptError says why an attempt came to nothing.
type attemptError struct {
	err    error
	unsent bool // no connection
	stale  bool // a connection that was idle had been closed by the instance
	sent   bool // part of a body is spent
	cut    cut
}

func (e *attemptError) Error() string { return e.err.Error() }
func (e *attemptError) Unwrap() error { return e.err }

// again reports whether another attempt may be made.
func (p *plane) again(x *exchange, err error) bool {
	var e *attemptError
	if !errors.As(err, &e) || e.cut != 0 || e.sent || x.tries >= 2 || errors.Is(err, errAnswer) {
		return false
	}
	switch {
	case e.unsent: // another instance of the version, if there is one
		return len(x.lane.backends) > 1 && x.lane.retries.spend()
	case e.stale:
		return !x.streamed && x.lane.retries.spend()
	default: // the connection ended before any byte of an answer
		return !x.streamed && x.idempotent() && len(x.lane.backends) > 1 && x.lane.retries.spend()
	}
}

// lost answers for an instance that did not.
func (p *plane) lost(x *exchange, err error) {
	x.failed = true
	if e, ok := errors.AsType[*attemptError](err); ok {
		switch e.cut {
		case cutClient:
			x.gone = true
			return
		case cutSlow:
			x.refuse(http.StatusGatewayTimeout, "the service did not answer in time")
			return
		case cutDrain:
			x.refuse(http.StatusServiceUnavailable, "the instance was stopped before it answered")
			return
		}
	}
	x.refuse(http.StatusBadGateway, "the service did not answer")
}

// send writes the request. A body that was not read whole is sent by a second
// goroutine, so that an early answer is heard.
func (p *plane) send(x *exchange, u *upstream, upgrade string) (*upload, error) {
	b := x.appendHead(u.out[:0])
	if upgrade != "" {
		b = append(append(append(b, "Connection: Upgrade\r\nUpgrade: "...), upgrade...), "\r\n"...)
	}
	switch {
	case x.streamed && x.r.ContentLength < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
		b = appendTrailerNames(b, x.r.Trailer)
	case x.r.ContentLength > 0:
		b = appendLength(b, x.r.ContentLength)
	case x.r.Method == http.MethodPost || x.r.Method == http.MethodPut || x.r.Method == http.MethodPatch:
		b = append(b, "Content-Length: 0\r\n"...)
	}
	b = append(b, "\r\n"...)
	u.out = b[:0]
	if !x.streamed {
		_, err := u.Write(append(b, x.body...))
		return nil, err
	}
	if _, err := u.Write(b); err != nil {
		return nil, err
	}
	return startUpload(x, u, p.opts.ProgressWithin), nil
}

// await reads heads until the final one, passing interim ones on.
func (p *plane) await(x *exchange, u *upstream) (answer, error) {
	h := x.w.Header()
	for i := range 16 {
		a, err := u.readHead(h, x.r.Method)
		if err != nil {
			clear(h)
			if i > 0 {
				err = fmt.Errorf("%w: interim only: %w", errAnswer, err)
			}
			return a, err
		}
		if a.status >= 200 || a.status == http.StatusSwitchingProtocols {
			u.begun.Store(0)
			return a, nil
		}
		if a.status != http.StatusContinue && x.r.ProtoAtLeast(1, 1) {
			x.w.WriteHeader(a.status)
		}
		clear(h)
	}
	return answer{}, errAnswer
}

// deliver passes the answer to the client.
func (p *plane) deliver(x *exchange, u *upstream, a answer, up *upload) {
	if a.status == http.StatusSwitchingProtocols {
		p.openTunnel(x, u, a)
		return
	}
	h := x.w.Header()
	if p.lame.Load() && x.r.ProtoMajor == 1 {
		h["Connection"] = []string{"close"}
	}
	x.sign(h)
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // as it came: nothing is guessed
	}
	if _, ok := h["Date"]; !ok {
		h["Date"] = nil
	}
	if len(a.trailer) > 0 {
		h["Trailer"] = a.trailer
	}
	if a.chunked && x.r.ProtoMajor == 1 && x.r.ProtoMinor == 1 { // else a short body would be given a length
		h["Transfer-Encoding"] = []string{"chunked"}
	}
	x.status = a.status
	x.w.WriteHeader(a.status)
	err := x.copyBody(u, a, p.opts.ProgressWithin)
	whole := true
	if up != nil {
		whole = up.finish(x, u)
	}
	over := time.Now()
	if x.took == 0 {
		x.took = over.Sub(x.start)
	}
	if err == nil && whole && !a.close && u.in.Buffered() == 0 {
		x.backend.give(u, momentOf(over))
		return
	}
	why := cut(u.cut.Load())
	x.backend.drop(u)
	switch {
	case err == nil:
	case errors.Is(err, errGone) || why == cutClient || x.r.Context().Err() != nil:
		x.gone = true
		panic(http.ErrAbortHandler)
	default:
		x.failed = true
		panic(http.ErrAbortHandler) // the client must see that this is not all
	}
}
