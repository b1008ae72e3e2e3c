package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// leastPart is the length from which on a part of a value (one of its lines, a
// slice of its base64 text) is told from ordinary text.
const leastPart = 8

// forms returns the ways in which programs print v.
func forms(v string) []string {
	plain := []string{v}
	if t := strings.TrimSpace(v); t != v {
		plain = append(plain, t) // files and `echo` add line ends that programs cut off
	}
	if !Hides(v) {
		return nil
	}
	all := append([]string(nil), plain...)
	for _, p := range plain {
		q := url.QueryEscape(p)
		all = append(all, q, strings.ReplaceAll(q, "+", "%20"), lowerEscapes(q), url.PathEscape(p), lowerEscapes(url.PathEscape(p)),
			strings.ReplaceAll(p, "'", `'\''`), quoted(p, true), quoted(p, false), hex.EncodeToString([]byte(p)), strings.ToUpper(hex.EncodeToString([]byte(p))))
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			all = append(all, inBase64(enc, p)...)
		}
	}
	return append(all, lines(v)...)
}

// inBase64 returns what shows of p in base64 text: on its own, at each of the
// three places where it can lie in a longer text (as in "user:password"), and
// wrapped as base64(1) and PEM do.
func inBase64(enc *base64.Encoding, p string) []string {
	whole := enc.EncodeToString([]byte(p))
	all := []string{whole, strings.TrimRight(whole, "=")}
	for before := range 3 {
		// Bits that a digit shares with a neighbour's byte are not p's alone:
		// the digits at the edges are left out.
		text := enc.EncodeToString(append(make([]byte, before), p...))
		from, to := (before*8+5)/6, (before+len(p))*8/6
		if to-from >= leastPart {
			all = append(all, text[from:to])
		}
	}
	for _, width := range []int{64, 76} {
		for i := 0; len(whole) > width && i < len(whole); i += width {
			if part := whole[i:min(i+width, len(whole))]; len(part) >= leastPart {
				all = append(all, part)
			}
		}
	}
	return all
}

// lines returns the lines of a value of several: logs come line by line.
func lines(v string) []string {
	if !strings.Contains(strings.TrimSpace(v), "\n") {
		return nil
	}
	var all []string
	for l := range strings.Lines(v) {
		if l = strings.TrimSpace(l); len(l) >= leastPart {
			all = append(all, l)
		}
	}
	return all
}

// quoted returns p as it stands between the quotes of a JSON string.
func quoted(p string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	if e.Encode(p) != nil {
		return p
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}

// lowerEscapes returns s with %2F written as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
}
