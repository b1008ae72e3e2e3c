package ofrep

import (
	"encoding/json"

	"github.com/davit-cd/davit/internal/flag"
)

// append appends the result of one flag, good or bad, as the protocol writes it.
func (h *Handler) append(b []byte, p *flagParts, r flag.Result) []byte {
	b = append(b, p.head...)
	if r.Code != "" {
		b = append(b, `,"errorCode":"`...)
		b = append(b, r.Code...)
		b = append(b, '"')
		if r.Detail != "" {
			b = appendText(append(b, `,"errorDetails":`...), r.Detail)
		}
		return append(b, '}')
	}
	if r.Value != nil {
		b = append(append(b, `,"value":`...), r.Value.JSON()...)
	}
	b = append(b, `,"reason":"`...)
	b = append(b, h.reason(r)...)
	b = append(b, '"')
	if r.Variant != "" {
		b = appendText(append(b, `,"variant":`...), r.Variant)
	}
	return append(b, p.tail...)
}

// The protocol's word for a reason that is not known.
const unknown flag.Reason = "UNKNOWN"

// reason is the reason as it is told. The schema does not list DEFAULT, but
// every provider takes it; those who validate answers ask for strictness.
func (h *Handler) reason(r flag.Result) flag.Reason {
	switch {
	case !h.options.Strict || r.Reason != flag.Default:
		return r.Reason
	case r.Value != nil:
		return flag.Static
	}
	return unknown
}

// appendText appends s as a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
