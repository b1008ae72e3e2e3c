package ofrep

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

const (
	maxBody    = flag.MaxContext + 4<<10 // what is around the context is small
	bodyWithin = 10 * time.Second        // for a body that did not come with its head
	drainMost  = 16 << 20                // of a body that is too large, so that its sender reads the answer
)

// buffers are for bodies and answers.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// release gives a buffer back, unless it grew beyond what is usual.
func release(b *[]byte) {
	if cap(*b) <= 256<<10 {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// readContext reads the body of a request and the context in it.
func readContext(w http.ResponseWriter, r *http.Request) (*flag.Context, error) {
	if r.ContentLength > maxBody {
		drain(w, r)
		return nil, tooLarge()
	}
	buffer := buffers.Get().(*[]byte)
	defer release(buffer)
	body, err := readBody(w, r, (*buffer)[:0])
	*buffer = body
	if err != nil {
		return nil, err
	}
	raw, err := contextIn(body)
	if err != nil {
		return nil, err
	}
	return flag.ParseContext(raw)
}

func readBody(w http.ResponseWriter, r *http.Request, b []byte) ([]byte, error) {
	waiting := false
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > maxBody:
			drain(w, r)
			return b, tooLarge()
		case errors.Is(err, io.EOF):
			if waiting {
				_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			}
			return b, nil
		case err != nil:
			return b, &davit.Error{Kind: davit.Invalid, Text: "the body did not come whole", Err: errBody}
		case !waiting && int64(len(b)) < r.ContentLength:
			waiting = true
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // recorders in tests have none
		}
	}
}

var errBody = errors.New("the connection ended, or was too slow")

func tooLarge() error {
	return &davit.Error{Kind: davit.TooLarge, Text: "the context is larger than 1 MiB", Hint: "send only the attributes that rules ask for"}
}

// drain reads on, so that a sender who does not look at answers before he has
// sent everything sees this one.
func drain(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin))
	w.Header().Set("Connection", "close")
	_, _ = io.CopyN(io.Discard, r.Body, drainMost)
}

// contextIn finds the value of "context" in a body; nothing if it is not there.
// An empty body is one without a context.
func contextIn(body []byte) ([]byte, error) {
	i := space(body, 0)
	if i == len(body) {
		return nil, nil
	}
	if body[i] != '{' {
		return nil, broken(i, "an object")
	}
	var found []byte
	i = space(body, i+1)
	if i < len(body) && body[i] == '}' {
		return nil, ended(body, i+1)
	}
	for {
		keyEnd := skipString(body, i)
		if keyEnd < 0 {
			return nil, broken(i, "a key")
		}
		key := body[i:keyEnd]
		if !json.Valid(key) {
			return nil, broken(i, "a key")
		}
		if i = space(body, keyEnd); i == len(body) || body[i] != ':' {
			return nil, broken(i, "a colon")
		}
		i = space(body, i+1)
		end := skipValue(body, i)
		if end < 0 {
			return nil, broken(i, "a value")
		}
		if isContext(key) {
			found = body[i:end] // its own reader looks at it closely
		} else if !json.Valid(body[i:end]) {
			return nil, broken(i, "a value")
		}
		i = space(body, end)
		switch {
		case i < len(body) && body[i] == ',':
			i = space(body, i+1)
		case i < len(body) && body[i] == '}':
			return found, ended(body, i+1)
		default:
			return nil, broken(i, "a comma or }")
		}
	}
}

func isContext(key []byte) bool {
	if string(key) == `"context"` {
		return true
	}
	var plain string
	return json.Unmarshal(key, &plain) == nil && plain == "context"
}

func ended(body []byte, i int) error {
	if i = space(body, i); i < len(body) {
		return broken(i, "the end of the body")
	}
	return nil
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns where the string that begins at i is over; -1 if none does.
func skipString(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// skipValue returns where the value that begins at i is over, if it is one;
// -1 if none can begin there.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			if i = skipString(b, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return -1
			}
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return -1
			}
			i++
			continue
		default:
			for i < len(b) && !delimits(b[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

func delimits(c byte) bool {
	switch c {
	case ',', ':', '}', ']', '{', '[', '"', ' ', '\n', '\t', '\r':
		return true
	}
	return false
}

// broken is a body that is not JSON, or no object.
func broken(at int, want string) error { return &bodyError{at, want} }
