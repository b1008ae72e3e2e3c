package flag

import (
	"strings"
	"unicode/utf8"
)

// longestText is the longest text that a rule may build, in bytes.
const longestText = 1 << 20

func concatenate(e *eval, args []node) val {
	if len(args) == 1 {
		v := args[0].eval(e)
		if v.form == isText {
			return v
		}
		return text(e.text(v))
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

// membership is in with a literal array, which is searched or, if it is long,
// a set made beforehand.
type membership struct {
	what node
	list node // as it was written
	few  []val
	many map[val]struct{} // texts and numbers
	rest [3]bool          // null, false, true
}

// manyItems is the number of items from which a list becomes a set.
const manyItems = 8

func newMembership(what, list node, items []val) *membership {
	n := &membership{what: what, list: list}
	if len(items) > manyItems {
		n.many = make(map[val]struct{}, len(items))
	}
	for _, v := range items {
		v.str, v.list = textOf(v), nil
		switch v.form {
		case isText, isNumber:
			if n.many != nil {
				n.many[v] = struct{}{}
			} else {
				n.few = append(n.few, v)
			}
		case isNull:
			n.rest[0] = true
		case isBool:
			n.rest[1+int(v.num)] = true
		}
	}
	return n
}

// textOf is the text of a text, empty for all else.
func textOf(v val) string {
	if v.form == isText {
		return v.str
	}
	return ""
}

func (n *membership) eval(e *eval) val { return boolean(n.holds(e)) }

func (n *membership) holds(e *eval) bool {
	v := n.what.eval(e)
	switch v.form {
	case isText:
		for i := range n.few {
			if n.few[i].form == isText && n.few[i].str == v.str {
				return true
			}
		}
	case isNumber:
		v.str = ""
		for i := range n.few {
			if n.few[i].form == isNumber && n.few[i].num == v.num {
				return true
			}
		}
	case isNull:
		return n.rest[0]
	case isBool:
		return n.rest[1+int(v.num)]
	default:
		return false
	}
	if n.many == nil {
		return false
	}
	_, ok := n.many[v]
	return ok
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

// ending is starts_with or ends_with with a literal.
type ending struct {
	what node
	part *literal
	last bool // ends_with
}

func (n *ending) eval(e *eval) val {
	s := n.what.eval(e)
	switch {
	case s.form != isText:
		return val{}
	case n.last:
		return boolean(strings.HasSuffix(s.str, n.part.v.str))
	}
	return boolean(strings.HasPrefix(s.str, n.part.v.str))
}

func (n *ending) holds(e *eval) bool {
	s := n.what.eval(e)
	switch {
	case s.form != isText:
		return false
	case n.last:
		return strings.HasSuffix(s.str, n.part.v.str)
	}
	return strings.HasPrefix(s.str, n.part.v.str)
}

func (n *ending) name() string {
	if n.last {
		return "ends_with"
	}
	return "starts_with"
}

func (n *ending) args() []node { return []node{n.what, n.part} }
