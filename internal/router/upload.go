package router

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// upload is a request body on its way to an instance, beside the goroutine that
// waits for the answer.
type upload struct{ done chan error }

func startUpload(x *exchange, u *upstream, within time.Duration) *upload {
	if w, ok := x.w.(interface{ EnableFullDuplex() error }); ok {
		_ = w.EnableFullDuplex()
	}
	up := &upload{done: make(chan error, 1)}
	body, trailer, chunked := x.r.Body, x.r.Trailer, x.r.ContentLength < 0
	left := x.r.ContentLength
	go func() {
		err := copyUp(x, u, body, left, trailer, chunked, within)
		if errors.Is(err, errGone) { // no answer can come to half a request
			u.backend.cut(u, cutClient)
		}
		up.done <- err
	}()
	return up
}

// copyUp sends the body and, after a chunked one, its trailer.
func copyUp(x *exchange, u *upstream, body io.Reader, left int64, trailer http.Header, chunked bool, within time.Duration) error {
	const room = 16 // for the size of a chunk
	buf := make([]byte, room+32<<10)
	for chunked || left > 0 {
		x.readBy(within)
		n, err := body.Read(buf[room : len(buf)-2])
		if n > 0 {
			u.begun.CompareAndSwap(u.begun.Load(), awaitFrom(u)) // the answer's time begins when the body is over
			piece := buf[room : room+n]
			if chunked {
				piece = chunk(buf, room, n)
			}
			left -= int64(n)
			if _, werr := u.Write(piece); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(errGone, err)
		}
	}
	x.readBy(0)
	if left > 0 {
		return errors.Join(errGone, io.ErrUnexpectedEOF)
	}
	if !chunked {
		return nil
	}
	end := []byte("0\r\n")
	for name, values := range trailer {
		for _, v := range values {
			if trailerAllowed(name) && validValue(v) {
				end = appendField(end, name, v)
			}
		}
	}
	_, err := u.Write(append(end, "\r\n"...))
	return err
}

// awaitFrom returns since when the answer is awaited: now, unless it has begun.
func awaitFrom(u *upstream) int64 {
	if u.begun.Load() == 0 {
		return 0
	}
	return int64(now())
}

// chunk frames the n bytes that stand after room in buf, in place.
func chunk(buf []byte, room, n int) []byte {
	const digits = "0123456789abcdef"
	at := room - 2
	buf[at], buf[at+1] = '\r', '\n'
	for v := n; v > 0; v >>= 4 {
		at--
		buf[at] = digits[v&15]
	}
	buf[room+n], buf[room+n+1] = '\r', '\n'
	return buf[at : room+n+2]
}

// finish ends the upload after the answer and reports whether it was complete:
// an answer may come before all of the body was read, the rest is not sent.
func (up *upload) finish(x *exchange, u *upstream) bool {
	select {
	case err := <-up.done:
		return err == nil
	default:
		up.stop(x, u)
		return false
	}
}

// abandon ends the upload of an attempt that came to nothing.
func (up *upload) abandon(x *exchange, u *upstream) {
	up.stop(x, u)
	u.backend.drop(u)
}

// stop makes the copying fail on both sides and waits for its end: the handler
// must not return while the body is being read.
func (up *upload) stop(x *exchange, u *upstream) {
	_ = u.SetDeadline(time.Unix(1, 0))
	if w, ok := x.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = w.SetReadDeadline(time.Unix(1, 0))
	}
	<-up.done
}

// appendTrailerNames announces the fields that come after the body.
func appendTrailerNames(b []byte, trailer http.Header) []byte {
	var names []string
	for name := range trailer {
		if trailerAllowed(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return b
	}
	return appendField(b, "Trailer", strings.Join(names, ", "))
}
