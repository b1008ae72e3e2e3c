package spec

import (
	"fmt"
	"regexp"
	"unicode/utf8"
)

// The limits of a file. A davit.yaml written by a person stays far below; what
// is above costs the YAML parser, whose work grows with the square of some of
// them, more time than an answer is worth.
const (
	maxBytes  = 1 << 20
	maxLines  = 10_000
	maxLine   = 8 << 10 // bytes
	maxNested = 40
	maxNames  = 1000 // services, stages, environments or variables in one map
)

// heaped is what no person writes and what costs the parser most.
var heaped = regexp.MustCompile(`(\?\s+){5}|([&!]\S*\s+){5}|["']{200}`)

// within holds the file against its limits before anything parses it.
func (r *reader) within(data []byte) bool {
	at := place{line: 1, column: 1}
	if len(data) > maxBytes {
		r.problem(at, "", fmt.Sprintf("the file has %d bytes", len(data)), "at most 1 MiB", "")
		return false
	}
	if len(r.lines) > maxLines {
		r.problem(place{line: maxLines + 1, column: 1}, "", fmt.Sprintf("the file has %d lines", len(r.lines)), fmt.Sprintf("at most %d", maxLines), "")
		return false
	}
	for i, line := range r.lines {
		if at.line = i + 1; len(line) > maxLine {
			r.problem(at, "", fmt.Sprintf("the line has %d bytes", len(line)), fmt.Sprintf("at most %d", maxLine), "break the text with | or >")
			return false
		}
		if m := heaped.FindStringIndex(line); m != nil {
			r.problem(place{line: i + 1, column: utf8.RuneCountInString(line[:m[0]]) + 1}, "", "not YAML that a person would write", "plain values, lists and maps", "")
			return false
		}
	}
	if at, ok := firstBadByte(data); !ok {
		r.problem(at, "", "a character that is not text", "UTF-8 without control characters", "")
		return false
	}
	return true
}

// firstBadByte finds what is not UTF-8, and the characters that would let a
// line look other than it is read.
func firstBadByte(data []byte) (place, bool) {
	at := place{line: 1, column: 1}
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		switch {
		case c == utf8.RuneError && size <= 1, c < ' ' && c != '\n' && c != '\r' && c != '\t', c >= 0x7f && c < 0xa0, c == '\ufeff', c == '\u2028', c == '\u2029',
			c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069':
			return at, false
		case c == '\n':
			at.line, at.column = at.line+1, 0
		}
		i += size
		at.column++
	}
	return at, true
}
