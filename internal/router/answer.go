package router

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
)

// answer is the head of a response as it came from an instance.
type answer struct {
	status  int
	length  int64 // of the body; -1: not known
	chunked bool
	close   bool // the connection ends with the body
	upgrade string
	trailer []string // announced names
}

var errAnswer = errors.New("malformed answer")

// readHead reads one head and puts its end-to-end fields into h.
func (u *upstream) readHead(h http.Header, method string) (answer, error) {
	var head []byte
	for end := -1; end < 0; {
		if b, _ := u.in.Peek(u.in.Buffered()); len(b) > 0 {
			if end = bytes.Index(b, []byte("\r\n\r\n")); end >= 0 {
				head = b[:end+2]
				break
			}
			if end = bytes.Index(b, []byte("\n\n")); end >= 0 { // tolerated, as by most
				return answer{}, fmt.Errorf("%w: bare line feeds", errAnswer)
			}
		}
		if _, err := u.fill(); err != nil {
			return answer{}, err
		}
	}
	text := string(head)
	_, _ = u.in.Discard(len(text) + 2)
	return parseHead(text, h, method)
}

// parseHead reads the status line and the fields of head, each ending in CRLF.
func parseHead(head string, h http.Header, method string) (answer, error) {
	line, head, _ := strings.Cut(head, "\r\n")
	a := answer{length: -1}
	if len(line) < 12 || !strings.HasPrefix(line, "HTTP/1.") || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return a, fmt.Errorf("%w: status line", errAnswer)
	}
	status, err := strconv.ParseUint(line[9:12], 10, 16)
	if err != nil || status < 100 {
		return a, fmt.Errorf("%w: status line", errAnswer)
	}
	a.status = int(status)
	a.close = line[7] == '0'
	var hop []string
	values := make([]string, 0, strings.Count(head, "\r\n"))
	for head != "" {
		line, head, _ = strings.Cut(head, "\r\n")
		colon := strings.IndexByte(line, ':')
		if colon <= 0 || strings.IndexByte(line, '\n') >= 0 || strings.IndexByte(line, '\r') >= 0 {
			return a, fmt.Errorf("%w: field", errAnswer)
		}
		name, value := line[:colon], strings.Trim(line[colon+1:], " \t")
		if !validName(name) || !validValue(value) {
			return a, fmt.Errorf("%w: field", errAnswer)
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		taken, err := a.take(name, value, &hop)
		if err != nil {
			return a, err
		}
		if taken {
			continue
		}
		if old, ok := h[name]; ok {
			h[name] = append(old, value)
			continue
		}
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	for _, name := range hop {
		if name != "Content-Length" {
			delete(h, name)
		}
	}
	return a, a.frame(h, method)
}

// take handles the fields that are about the connection and reports whether
// the field was one.
func (a *answer) take(name, value string, hop *[]string) (bool, error) {
	switch name {
	case "Connection", "Proxy-Connection":
		for token := range strings.SplitSeq(value, ",") {
			switch token = strings.TrimSpace(token); {
			case strings.EqualFold(token, "close"):
				a.close = true
			case strings.EqualFold(token, "keep-alive"):
			default:
				*hop = append(*hop, textproto.CanonicalMIMEHeaderKey(token))
			}
		}
	case "Keep-Alive", "Proxy-Authenticate", "Te":
	case "Upgrade":
		a.upgrade = value
	case "Transfer-Encoding":
		if a.chunked || !strings.EqualFold(value, "chunked") {
			return false, fmt.Errorf("%w: transfer encoding", errAnswer)
		}
		a.chunked = true
	case "Content-Length":
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil || a.length >= 0 && a.length != int64(n) {
			return false, fmt.Errorf("%w: content length", errAnswer)
		}
		known := a.length >= 0
		a.length = int64(n)
		return known, nil
	case "Trailer":
		for token := range strings.SplitSeq(value, ",") {
			if token = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(token)); trailerAllowed(token) {
				a.trailer = append(a.trailer, token)
			}
		}
	default:
		return false, nil
	}
	return true, nil
}

// frame decides how long the body is.
func (a *answer) frame(h http.Header, method string) error {
	if a.chunked && a.length >= 0 { // the length is a lie, and perhaps an attack
		a.length, a.close = -1, true
		delete(h, "Content-Length")
	}
	switch {
	case a.status == http.StatusSwitchingProtocols:
		if a.upgrade == "" || a.chunked || a.length > 0 {
			return fmt.Errorf("%w: switch to nothing", errAnswer)
		}
	case a.status < 200, a.status == http.StatusNoContent, a.status == http.StatusNotModified, method == http.MethodHead:
		a.chunked, a.length = false, 0
	case a.length < 0 && !a.chunked:
		a.close = true
	}
	return nil
}

// trailerAllowed reports whether a field may come after the body.
func trailerAllowed(name string) bool {
	switch name {
	case "Transfer-Encoding", "Content-Length", "Content-Encoding", "Content-Type", "Content-Range", "Trailer", "Host",
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Upgrade", "Set-Cookie", "Authorization", "Cache-Control", "Expect", "Max-Forwards":
		return false
	}
	return validName(name)
}
