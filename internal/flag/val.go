package flag

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// form is what a val is.
type form uint8

const (
	isNull form = iota
	isBool
	isNumber
	isText
	isArray
	isObject
)

// val is any JSON value, small enough for registers.
type val struct {
	form form
	num  float64 // of a number; 1 for true
	str  string  // of a text; the digits of a whole number beyond 2^53
	list *list   // of an array or object
}

// list holds the items of an array or the members of an object.
type list struct {
	keys  []string // nil for an array
	vals  []val
	index map[string]int32 // of a large object: where each key's last member is
}

// largeObject is the number of members from which an object gets an index.
const largeObject = 16

func text(s string) val    { return val{form: isText, str: s} }
func number(n float64) val { return val{form: isNumber, num: n} }

func boolean(b bool) val {
	if b {
		return val{form: isBool, num: 1}
	}
	return val{form: isBool}
}

// member returns the object's member of that name; of equal ones the last.
func (l *list) member(name string) (val, bool) {
	if l.index != nil {
		if i, ok := l.index[name]; ok {
			return l.vals[i], true
		}
		return val{}, false
	}
	for i, key := range slices.Backward(l.keys) {
		if key == name {
			return l.vals[i], true
		}
	}
	return val{}, false
}

// child steps into v: a member by name or an item by number; null if there is none.
func (v val) child(name string) val {
	switch v.form {
	case isObject:
		found, _ := v.list.member(name)
		return found
	case isArray:
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v.list.vals) {
			return v.list.vals[i]
		}
	}
	return val{}
}

// truthy is JSONLogic's: empty arrays are false, empty objects too, as they
// are for flagd.
func (v val) truthy() bool {
	switch v.form {
	case isBool:
		return v.num != 0
	case isNumber:
		return v.num != 0 && !math.IsNaN(v.num)
	case isText:
		return v.str != ""
	case isArray, isObject:
		return len(v.list.vals) > 0
	}
	return false
}

// any is v as encoding/json decodes it.
func (v val) any() any {
	switch v.form {
	case isBool:
		return v.num != 0
	case isNumber:
		return v.num
	case isText:
		return v.str
	case isArray:
		out := make([]any, len(v.list.vals))
		for i, item := range v.list.vals {
			out[i] = item.any()
		}
		return out
	case isObject:
		out := make(map[string]any, len(v.list.vals))
		for i, key := range v.list.keys {
			out[key] = v.list.vals[i].any()
		}
		return out
	}
	return nil
}

// appendJSON appends v as compact JSON. What JSON cannot say, as NaN, is null.
func appendJSON(b []byte, v val) []byte {
	switch v.form {
	case isBool:
		return strconv.AppendBool(b, v.num != 0)
	case isNumber:
		if v.str != "" {
			return append(b, v.str...)
		}
		return appendNumber(b, v.num)
	case isText:
		return appendQuoted(b, v.str)
	case isArray:
		b = append(b, '[')
		for i, item := range v.list.vals {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case isObject:
		b = append(b, '{')
		n := 0
		for i, key := range v.list.keys {
			if !v.list.last(i) {
				continue
			}
			if n++; n > 1 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, key), ':')
			b = appendJSON(b, v.list.vals[i])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// last reports whether member i is the last of its name, the one that counts.
func (l *list) last(i int) bool {
	if l.index != nil {
		return l.index[l.keys[i]] == int32(i)
	}
	for j := i + 1; j < len(l.keys); j++ {
		if l.keys[j] == l.keys[i] {
			return false
		}
	}
	return true
}

// appendNumber appends n as encoding/json writes it.
func appendNumber(b []byte, n float64) []byte {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return append(b, "null"...)
	}
	abs := math.Abs(n)
	if n == math.Trunc(n) && abs < 1e15 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	format := byte('f')
	if abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	start := len(b)
	b = strconv.AppendFloat(b, n, format, -1, 64)
	if n := len(b); format == 'e' && n-start >= 4 && b[n-4] == 'e' && b[n-3] == '-' && b[n-2] == '0' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// appendQuoted appends s as a JSON string.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r) // what is not UTF-8 becomes U+FFFD
			i += n
			continue
		}
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}

// makeIndex notes where each name's last member is.
func (l *list) makeIndex() {
	l.index = make(map[string]int32, len(l.keys))
	for i, key := range l.keys {
		l.index[key] = int32(i)
	}
}

// String is the form in text for people.
func (f form) String() string {
	return [...]string{"null", "a boolean", "a number", "a text", "an array", "an object"}[f]
}

func itoa(n int) string { return strconv.Itoa(n) }
