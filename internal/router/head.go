package router

import (
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

// Names of the fields with which Davit speaks to its own router.
const (
	ProbeHeader   = "X-Davit-Probe"   // the token that proves a request is Davit's own
	ReleaseHeader = "X-Davit-Release" // with it: the release to reach, even a dark one
	shadowHeader  = "X-Shadow"        // set on copies
)

// appendHead appends the request's head as an instance gets it, without the
// fields that frame the body and without the last empty line.
func (x *exchange) appendHead(b []byte) []byte {
	r, trace := x.r, x.traceparent()
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, x.target()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, r.Host...)
	b = append(b, "\r\n"...)
	hop := hopNames(r.Header)
	for name, values := range r.Header {
		if !x.forwards(name, hop) {
			continue
		}
		for _, v := range values {
			if name == "Cookie" {
				if v = withoutSession(v); v == "" {
					continue
				}
			}
			b = appendField(b, name, v)
		}
	}
	if len(r.Header["Te"]) > 0 && httpHas(r.Header["Te"], "trailers") {
		b = append(b, "Te: trailers\r\n"...)
	}
	prior := ""
	if x.trusted {
		prior = strings.Join(r.Header["X-Forwarded-For"], ", ")
	}
	b = append(b, "X-Forwarded-For: "...)
	if prior != "" {
		b = append(append(b, prior...), ", "...)
	}
	b = append(append(b, x.client...), "\r\n"...)
	if !x.trusted || len(r.Header["X-Forwarded-Host"]) == 0 {
		b = appendField(b, "X-Forwarded-Host", r.Host)
	}
	if !x.trusted || len(r.Header["X-Forwarded-Proto"]) == 0 {
		b = appendField(b, "X-Forwarded-Proto", x.scheme())
	}
	return appendField(b, "Traceparent", trace)
}

// withoutSession returns a Cookie field without the sessions of Davit's page.
// Cookies do not know ports: a browser sends them to every service that is
// reached under the server's own host name, and none may act as its user.
func withoutSession(field string) string {
	if !strings.Contains(field, davit.SessionCookie) {
		return field
	}
	kept := make([]string, 0, 8)
	for part := range strings.SplitSeq(field, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(part), "=")
		if rest, ours := strings.CutPrefix(strings.TrimSpace(name), davit.SessionCookie); ours && (rest == "" || rest[0] == '_') {
			continue
		}
		kept = append(kept, strings.TrimSpace(part))
	}
	return strings.Join(kept, "; ")
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

func appendLength(b []byte, n int64) []byte {
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, n, 10)
	return append(b, "\r\n"...)
}

// target returns the request target as the client wrote it, in origin form.
func (x *exchange) target() string {
	if t := x.r.RequestURI; t != "" && (t[0] == '/' || t == "*") {
		return t
	}
	return x.r.URL.RequestURI()
}

func (x *exchange) scheme() string {
	if x.r.TLS != nil {
		return "https"
	}
	return "http"
}

// forwards reports whether a field goes on to the instance as it came. The
// others are about the connection, are replaced, or are the router's own.
func (x *exchange) forwards(name string, hop []string) bool {
	switch name {
	case "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Expect", "Host", "Http2-Settings",
		"X-Forwarded-For", "Traceparent", ProbeHeader, ReleaseHeader, shadowHeader:
		return false
	case "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip":
		return x.trusted
	case "Tracestate":
		return x.traced // the vendor's part is worth nothing without the trace
	}
	if slices.Contains(hop, name) {
		return false
	}
	// Some servers read "_" as "-": X_Forwarded_For must not pass as the client's word.
	if strings.IndexByte(name, '_') >= 0 {
		return x.forwards(textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-")), nil)
	}
	if len(name) > 12 && name[0] == 'X' && strings.HasPrefix(name, "X-Forwarded-") {
		return x.trusted
	}
	return true
}

// hopNames returns the fields that Connection names, canonical.
func hopNames(h http.Header) []string {
	values := h["Connection"]
	if len(values) == 0 {
		return nil
	}
	var names []string
	for _, v := range values {
		for token := range strings.SplitSeq(v, ",") {
			token = strings.TrimSpace(token)
			if token != "" && !strings.EqualFold(token, "keep-alive") && !strings.EqualFold(token, "close") {
				names = append(names, textproto.CanonicalMIMEHeaderKey(token))
			}
		}
	}
	return names
}

// httpHas reports whether a comma-separated field names token.
func httpHas(values []string, token string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			t, _, _ = strings.Cut(t, ";")
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// clientOf returns the address part of a peer, without port.
func clientOf(remote string) string {
	if i := strings.LastIndexByte(remote, ':'); i > 0 && remote[0] != '[' {
		return remote[:i]
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

// trusts reports whether a peer may say for whom it speaks.
func trusts(list []netip.Prefix, client string) bool {
	if len(list) == 0 {
		return false
	}
	a, err := netip.ParseAddr(client)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
