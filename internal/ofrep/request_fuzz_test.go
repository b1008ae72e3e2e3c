package ofrep

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzContextIn holds that the scanner of bodies agrees with encoding/json on
// what a body is, and on what its context is.
func FuzzContextIn(f *testing.F) {
	for _, s := range []string{
		``, ` `, `{}`, `{"context":{}}`, `{"context":null}`, `{"a":[{"context":1}],"context":{"x":"\"}"}}`, `{"\u0063ontext":{"a":1},"b":1e9}`,
		`{"context":{},"context":{"last":true}}`, `[]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":[}`, `{"a":1}x`, `{"context":{"a":tru}}`, `{"a":"\`, `{`, `"`, `{"a":[1,{"b":"]"}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := contextIn(body)
		var want map[string]json.RawMessage
		invalid := json.Unmarshal(body, &want)
		if err == nil && len(bytes.TrimSpace(body)) > 0 && (got == nil || json.Valid(got)) {
			if invalid != nil {
				t.Fatalf("%q: taken, though %v", body, invalid)
			}
			raw := want["context"]
			if !bytes.Equal(bytes.TrimSpace(raw), got) {
				t.Fatalf("%q: context %q, want %q", body, got, raw)
			}
		}
		if err != nil && invalid == nil && want != nil {
			t.Fatalf("%q: refused: %v", body, err)
		}
	})
}
