package flag

import (
	"strings"
	"unicode/utf8"
)

// longestText is the longest text that a rule may build, in bytes.
const longestText = 1 << 20

func concatenate(e *eval, args []node) val {
	if len(args) == 1 {
		if v := args[0].eval(e); v.form == isText {
			return v
		} else {
			return text(e.text(v))
		}
	}
	var room [8]val
	vals := room[:0]
	for _, a := range args { // first: they write into e.buf too
		vals = append(vals, a.eval(e))
	}
	from := len(e.buf)
	for _, v := range vals {
		e.buf = appendText(e.buf, v)
		if len(e.buf)-from > longestText || !e.spend(1+(len(e.buf)-from)/64) {
			e.steps = -1
			return val{}
		}
	}
	return text(e.written(from))
}

// substring counts in characters (Unicode code points).
func substring(e *eval, args []node) val {
	s := e.text(arg(e, args, 0))
	n := utf8.RuneCountInString(s)
	from := clamp(toNumber(arg(e, args, 1)), n)
	if from < 0 {
		from = max(0, n+from)
	}
	to := n
	if len(args) > 2 {
		length := arg(e, args, 2)
		if to = clamp(toNumber(length), n); to < 0 {
			to = n + to
		} else if length.form != isNull {
			to = min(n, from+to)
		} else {
			to = n
		}
	}
	if from >= to {
		return text("")
	}
	return text(s[byteOf(s, from):byteOf(s, to)])
}

// clamp is f as an integer within ±n; NaN is 0.
func clamp(f float64, n int) int {
	switch {
	case f >= float64(n):
		return n
	case f <= float64(-n):
		return -n
	case f != f:
		return 0
	}
	return int(f)
}

// byteOf is where character i of s begins.
func byteOf(s string, i int) int {
	if i <= 0 {
		return 0
	}
	for at := range s {
		if i == 0 {
			return at
		}
		i--
	}
	return len(s)
}

// contains is in: a text within a text, or a value among an array's items.
func contains(e *eval, args []node) val {
	a, b := arg(e, args, 0), arg(e, args, 1)
	switch b.form {
	case isText:
		if a.form == isArray || a.form == isObject || a.form == isNull {
			return boolean(false)
		}
		return boolean(strings.Contains(b.str, e.text(a)))
	case isArray:
		for _, item := range b.list.vals {
			if identical(a, item) {
				return boolean(true)
			}
		}
	}
	return boolean(false)
}

// membership is in with a literal array, which is a set made beforehand.
type membership struct {
	what    node
	list    node // as it was written
	texts   map[string]struct{}
	numbers map[float64]struct{}
	others  [3]bool // null, false, true
}

func newMembership(what, list node, items []val) *membership {
	n := &membership{what: what, list: list, texts: map[string]struct{}{}, numbers: map[float64]struct{}{}}
	for _, v := range items {
		switch v.form {
		case isText:
			n.texts[v.str] = struct{}{}
		case isNumber:
			n.numbers[v.num] = struct{}{}
		case isNull:
			n.others[0] = true
		case isBool:
			n.others[1+int(v.num)] = true
		}
	}
	return n
}

func (n *membership) eval(e *eval) val {
	v := n.what.eval(e)
	ok := false
	switch v.form {
	case isText:
		_, ok = n.texts[v.str]
	case isNumber:
		_, ok = n.numbers[v.num]
	case isNull:
		ok = n.others[0]
	case isBool:
		ok = n.others[1+int(v.num)]
	}
	return boolean(ok)
}

func (n *membership) name() string { return "in" }
func (n *membership) args() []node { return []node{n.what, n.list} }

// affix is starts_with or ends_with. Anything but two texts gives null.
func affix(test func(s, part string) bool) func(e *eval, args []node) val {
	return func(e *eval, args []node) val {
		if len(args) != 2 {
			return val{}
		}
		s, part := args[0].eval(e), args[1].eval(e)
		if s.form != isText || part.form != isText {
			return val{}
		}
		return boolean(test(s.str, part.str))
	}
}
