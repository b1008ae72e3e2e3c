package router

import (
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// copyBody passes the answer's body to the client as it comes, nothing waits
// for more to fill a buffer. An error that wraps errGone is the client's.
func (x *exchange) copyBody(u *upstream, a answer, within time.Duration) error {
	events := strings.HasPrefix(x.w.Header().Get("Content-Type"), "text/event-stream")
	if events { // its end says nothing about the service's speed
		x.took = time.Since(x.start)
	}
	switch {
	case a.chunked:
		if err := x.copyStream(httputil.NewChunkedReader(u.in), u.in.Buffered() == 0, within); err != nil {
			return err
		}
		return x.copyTrailer(u, a)
	case a.length < 0:
		return x.copyStream(u.in, u.in.Buffered() == 0, within)
	case events:
		return x.copyStream(&exactly{u.in, a.length}, true, within)
	}
	return x.copyExactly(u, a.length, within)
}

// copyExactly passes n bytes on, straight out of the connection's buffer.
func (x *exchange) copyExactly(u *upstream, n int64, within time.Duration) error {
	large := n > replayLimit
	for n > 0 {
		have := u.in.Buffered()
		if have == 0 {
			if _, err := u.in.Peek(1); err != nil {
				return whole(err)
			}
			have = u.in.Buffered()
		}
		b, _ := u.in.Peek(int(min(int64(have), n)))
		if large {
			x.writeBy(within)
		}
		m, err := x.w.Write(b)
		x.bytes += int64(m)
		if err != nil {
			return errors.Join(errGone, err)
		}
		_, _ = u.in.Discard(len(b))
		n -= int64(len(b))
	}
	return nil
}

// copyStream passes on what comes until the end, each piece at once. news says
// that the head does not wait for the first piece.
func (x *exchange) copyStream(from io.Reader, news bool, within time.Duration) error {
	buf := make([]byte, 16<<10)
	flusher, _ := x.w.(http.Flusher)
	if f, ok := x.w.(interface{ FlushError() error }); ok {
		flusher = flushing{f}
	}
	if flusher != nil && news {
		flusher.Flush()
	}
	for {
		n, err := from.Read(buf)
		if n > 0 {
			x.writeBy(within)
			m, werr := x.w.Write(buf[:n])
			x.bytes += int64(m)
			if werr != nil {
				return errors.Join(errGone, werr)
			}
			if err == nil && flusher != nil {
				flusher.Flush()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return whole(err)
		}
	}
}

type flushing struct {
	f interface{ FlushError() error }
}

func (f flushing) Flush() { _ = f.f.FlushError() }

// copyTrailer reads what comes after the last chunk. Fields that were not
// announced are passed on as such.
func (x *exchange) copyTrailer(u *upstream, a answer) error {
	h := x.w.Header()
	for size := 0; ; {
		line, err := u.in.ReadSlice('\n')
		if err != nil {
			return whole(err)
		}
		if size += len(line); size > answerLimit || len(line) < 2 || line[len(line)-2] != '\r' {
			return errAnswer
		}
		if len(line) == 2 {
			return nil
		}
		t := http.Header{}
		if _, err := parseHead("HTTP/1.1 200 OK\r\n"+string(line), t, http.MethodGet); err != nil {
			return err
		}
		for name, values := range t {
			if !trailerAllowed(name) {
				continue
			}
			announced := false
			for _, n := range a.trailer {
				announced = announced || n == name
			}
			if !announced {
				name = http.TrailerPrefix + name
			}
			h[name] = append(h[name], values...)
		}
	}
}

// whole turns the end of a stream in the middle of a body into an error.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// exactly reads n bytes and takes an earlier end for an error.
type exactly struct {
	r io.Reader
	n int64
}

func (e *exactly) Read(b []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(b[:min(int64(len(b)), e.n)])
	e.n -= int64(n)
	if err == io.EOF && e.n > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
