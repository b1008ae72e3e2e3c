package flag

import (
	"slices"
	"strings"
)

// AppendCanonical appends the context to b as JSON in its one canonical form:
// names sorted, of equal ones the last, no spaces, the shortest numbers. Two
// contexts with the same form are answered alike.
func (c *Context) AppendCanonical(b []byte) []byte {
	if c == nil {
		return append(b, "{}"...)
	}
	return appendCanonical(b, c.root)
}

func appendCanonical(b []byte, v val) []byte {
	switch v.form {
	case isArray:
		b = append(b, '[')
		for i, item := range v.list.vals {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, item)
		}
		return append(b, ']')
	case isObject:
		return appendCanonicalObject(b, v.list)
	}
	return appendJSON(b, v)
}

func appendCanonicalObject(b []byte, l *list) []byte {
	var room [32]int
	order := room[:0]
	for i := range l.keys {
		if l.last(i) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(l.keys[i], l.keys[j]) })
	b = append(b, '{')
	for n, i := range order {
		if n > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, text(l.keys[i]))
		b = append(b, ':')
		b = appendCanonical(b, l.vals[i])
	}
	return append(b, '}')
}
