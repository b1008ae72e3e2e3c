package flag

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep arrays and objects may nest, in documents and contexts.
const maxDepth = 128

// scanner reads JSON (RFC 8259) from src. Its methods expect pos at the first
// byte of what they read and leave it behind the last.
type scanner struct {
	src string
	pos int
	bad string // what was expected where pos is; empty: all is well
}

// fail notes that want was expected here; the first failure counts.
func (s *scanner) fail(want string) bool {
	if s.bad == "" {
		s.bad = want
	}
	return false
}

// space skips white space.
func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

// word reads w.
func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.src[s.pos:], w) {
		return s.fail("a value")
	}
	s.pos += len(w)
	return true
}

// text reads a string. What is not UTF-8 becomes U+FFFD.
func (s *scanner) text() (string, bool) {
	if s.peek() != '"' {
		return "", s.fail(`a string, in "`)
	}
	start := s.pos + 1
	plain := true
	for i := start; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.pos = i + 1
			if t := s.src[start:i]; plain || utf8.ValidString(t) {
				return t, true
			}
			return strings.ToValidUTF8(s.src[start:i], "\uFFFD"), true
		case c == '\\':
			return s.escaped(start, i)
		case c < ' ':
			s.pos = i
			return "", s.fail(`no control character in a string: write \n, \t or \u00XX`)
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	s.pos = len(s.src)
	return "", s.fail(`the string's closing "`)
}

// escaped reads on in a string that begins at start and has its first
// backslash at i.
func (s *scanner) escaped(start, i int) (string, bool) {
	var b strings.Builder
	b.WriteString(s.src[start:i])
	for i < len(s.src) {
		c := s.src[i]
		if c == '"' {
			s.pos = i + 1
			return strings.ToValidUTF8(b.String(), "\uFFFD"), true
		}
		if c < ' ' {
			s.pos = i
			return "", s.fail(`no control character in a string: write \n, \t or \u00XX`)
		}
		if c != '\\' {
			b.WriteByte(c)
			i++
			continue
		}
		s.pos = i
		n, ok := s.escape(&b)
		if !ok {
			return "", false
		}
		i += n
	}
	s.pos = len(s.src)
	return "", s.fail(`the string's closing "`)
}

// escape reads one escape at pos into b and returns its length.
func (s *scanner) escape(b *strings.Builder) (int, bool) {
	if s.pos+1 >= len(s.src) {
		return 0, s.fail("something behind the backslash")
	}
	switch c := s.src[s.pos+1]; c {
	case '"', '\\', '/':
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		r, ok := hex4(s.src, s.pos+2)
		if !ok {
			return 0, s.fail(`four hexadecimal digits behind \u`)
		}
		if !utf16.IsSurrogate(r) {
			b.WriteRune(r)
			return 6, true
		}
		if strings.HasPrefix(s.src[min(s.pos+6, len(s.src)):], `\u`) {
			if low, ok := hex4(s.src, s.pos+8); ok {
				if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
					b.WriteRune(both)
					return 12, true
				}
			}
		}
		b.WriteRune(utf8.RuneError)
		return 6, true
	default:
		return 0, s.fail(`one of " \ / b f n r t u behind the backslash`)
	}
	return 2, true
}

func hex4(src string, at int) (rune, bool) {
	if at+4 > len(src) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(src[at : at+4]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// number reads a number. digits is its text if it is a whole number that a
// float64 may not hold exactly, else empty.
func (s *scanner) number() (n float64, digits string, ok bool) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	first := s.pos
	n = s.digits()
	whole := s.pos - first
	if whole == 0 || whole > 1 && s.src[first] == '0' {
		s.pos = start
		return 0, "", s.fail("a value")
	}
	integer := true
	if s.peek() == '.' {
		integer = false
		s.pos++
		if from := s.pos; s.digits() < 0 || s.pos == from {
			return 0, "", s.fail("a digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		integer = false
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if from := s.pos; s.digits() < 0 || s.pos == from {
			return 0, "", s.fail("a digit")
		}
	}
	if integer && whole <= 15 {
		if first != start {
			n = -n
		}
		return n, "", true
	}
	n, err := strconv.ParseFloat(s.src[start:s.pos], 64)
	if err != nil { // too large: infinite
		s.pos = start
		return 0, "", s.fail("a number within ±1.8e308")
	}
	if integer && whole <= 20 {
		digits = s.src[start:s.pos]
	}
	return n, digits, true
}

// digits reads decimal digits and returns them as a number, exact up to 15.
func (s *scanner) digits() float64 {
	var n float64
	for s.pos < len(s.src) && s.src[s.pos]-'0' <= 9 {
		n = n*10 + float64(s.src[s.pos]-'0')
		s.pos++
	}
	return n
}

// place is the line and column of a byte, both from 1.
func place(src string, pos int) (line, column int) {
	pos = min(pos, len(src))
	line = 1 + strings.Count(src[:pos], "\n")
	return line, pos - strings.LastIndexByte(src[:pos], '\n')
}

// quote is s in quotation marks, cut if it is long.
func quote(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return strconv.Quote(s)
}
