package router

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// traceparent returns the W3C trace context of the request: the client's if it
// is well-formed, else a new one.
func (x *exchange) traceparent() string {
	if x.trace != "" {
		return x.trace
	}
	if v := x.r.Header["Traceparent"]; len(v) == 1 && validTrace(v[0]) {
		x.trace, x.traced = v[0], true
		return x.trace
	}
	var id [24]byte
	binary.LittleEndian.PutUint64(id[0:], rand.Uint64()|1) // all zero means none
	binary.LittleEndian.PutUint64(id[8:], rand.Uint64())
	binary.LittleEndian.PutUint64(id[16:], rand.Uint64()|1)
	var b [55]byte
	copy(b[:], "00-")
	hex.Encode(b[3:], id[:16])
	b[35] = '-'
	hex.Encode(b[36:], id[16:])
	copy(b[52:], "-01")
	x.trace = string(b[:])
	return x.trace
}

// traceID returns the trace id within the context.
func (x *exchange) traceID() string {
	if len(x.trace) < 35 {
		return ""
	}
	return x.trace[3:35]
}

// validTrace reports whether s is a trace context of version 00, or of a later
// version that begins like one.
func validTrace(s string) bool {
	if len(s) < 55 || len(s) > 256 || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	if len(s) > 55 && (s[:2] == "00" || s[55] != '-') {
		return false
	}
	for i := range 55 {
		c := s[i]
		if i != 2 && i != 35 && i != 52 && (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return s[:2] != "ff" && strings.Trim(s[3:35], "0") != "" && strings.Trim(s[36:52], "0") != ""
}
