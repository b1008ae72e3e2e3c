package flag

import (
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// toNumber is v as a number as JavaScript's Number gives it; NaN if it is none.
func toNumber(v val) float64 {
	switch v.form {
	case isNull:
		return 0
	case isBool, isNumber:
		return v.num
	case isText:
		return parseNumber(v.str)
	}
	return math.NaN()
}

// parseNumber reads a decimal number between white space; nothing is 0.
func parseNumber(s string) float64 {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return math.NaN()
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(n, 0) {
		return math.NaN()
	}
	return n
}

// operand is v as arithmetic takes it: numbers, and texts that hold one.
// Anything else makes the operator fail.
func operand(v val) float64 {
	if v.form == isNumber || v.form == isText && strings.TrimSpace(v.str) != "" {
		return toNumber(v)
	}
	return math.NaN()
}

// answer is n, or null if it is no number.
func answer(n float64) val {
	if math.IsNaN(n) {
		return val{}
	}
	return number(n)
}

// appendText appends v as cat and names take it: null is nothing, items of an
// array are joined by commas.
func appendText(b []byte, v val) []byte {
	switch v.form {
	case isBool:
		return strconv.AppendBool(b, v.num != 0)
	case isNumber:
		switch {
		case math.IsNaN(v.num):
			return append(b, "NaN"...)
		case math.IsInf(v.num, 1):
			return append(b, "Infinity"...)
		case math.IsInf(v.num, -1):
			return append(b, "-Infinity"...)
		}
		return appendNumber(b, v.num)
	case isText:
		return append(b, v.str...)
	case isArray:
		for i, item := range v.list.vals {
			if i > 0 {
				b = append(b, ',')
			}
			if len(b) > 2*longestText { // too long for its purpose anyhow
				return b
			}
			b = appendText(b, item)
		}
	case isObject:
		return append(b, "[object Object]"...)
	}
	return b
}

// text is v as a text. It may lie in the memory of e, where it is good until
// the evaluation is over.
func (e *eval) text(v val) string {
	if v.form == isText {
		return v.str
	}
	from := len(e.buf)
	e.buf = appendText(e.buf, v)
	return e.written(from)
}

// written is what was appended to e.buf from there on, as a text. Nothing
// before the buffer's end is ever written to again during an evaluation, so
// the text does not change under those who hold it.
func (e *eval) written(from int) string {
	if from == len(e.buf) {
		return ""
	}
	return unsafe.String(&e.buf[from], len(e.buf)-from)
}
