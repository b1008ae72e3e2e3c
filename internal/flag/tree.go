package flag

import (
	"slices"
	"strings"
)

// tree is a JSON value of a document with the places of its parts.
type tree struct {
	form  form
	pos   int
	num   float64
	str   string // a text; of a number what was written
	names []name // of an object
	items []tree // of an array or object
}

// name is a member's name and its place.
type name struct {
	text string
	pos  int
}

// parseTree reads a document.
func parseTree(src string) (tree, *scanner) {
	s := &scanner{src: src}
	s.space()
	t, ok := s.tree(0)
	if ok {
		if s.space(); s.pos < len(src) {
			s.fail("the end of the document")
		}
	}
	return t, s
}

// tree reads a value at depth.
func (s *scanner) tree(depth int) (tree, bool) {
	t := tree{pos: s.pos}
	if depth > maxDepth {
		return t, s.fail("no more than 128 levels of nesting")
	}
	switch s.peek() {
	case '{':
		return s.object(t, depth)
	case '[':
		return s.array(t, depth)
	case '"':
		str, ok := s.text()
		t.form, t.str = isText, str
		return t, ok
	case 't':
		t.form, t.num = isBool, 1
		return t, s.word("true")
	case 'f':
		t.form = isBool
		return t, s.word("false")
	case 'n':
		return t, s.word("null")
	}
	n, _, ok := s.number()
	t.form, t.num, t.str = isNumber, n, s.src[t.pos:s.pos]
	return t, ok
}

func (s *scanner) object(t tree, depth int) (tree, bool) {
	t.form = isObject
	s.pos++
	s.space()
	if s.peek() == '}' {
		s.pos++
		return t, true
	}
	for {
		key := name{pos: s.pos}
		var ok bool
		if key.text, ok = s.text(); !ok {
			return t, false
		}
		if s.space(); s.peek() != ':' {
			return t, s.fail("a colon")
		}
		s.pos++
		s.space()
		item, ok := s.tree(depth + 1)
		if !ok {
			return t, false
		}
		t.names, t.items = append(t.names, key), append(t.items, item)
		switch s.space(); s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return t, true
		default:
			return t, s.fail("a comma or }")
		}
	}
}

func (s *scanner) array(t tree, depth int) (tree, bool) {
	t.form = isArray
	s.pos++
	s.space()
	if s.peek() == ']' {
		s.pos++
		return t, true
	}
	for {
		item, ok := s.tree(depth + 1)
		if !ok {
			return t, false
		}
		t.items = append(t.items, item)
		switch s.space(); s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return t, true
		default:
			return t, s.fail("a comma or ]")
		}
	}
}

// member returns the member of that name, of equal ones the last.
func (t *tree) member(text string) *tree {
	for i := len(t.names) - 1; i >= 0; i-- {
		if t.names[i].text == text {
			return &t.items[i]
		}
	}
	return nil
}

// val is t as a value.
func (t *tree) val() val {
	v := val{form: t.form, num: t.num}
	switch t.form {
	case isText:
		v.str = t.str
	case isNumber:
		if len(t.str) > 15 && !strings.ContainsAny(t.str, ".eE") && len(t.str) <= 21 {
			v.str = t.str
		}
	case isArray, isObject:
		v.list = &list{}
		for i := range t.items {
			if t.form == isObject {
				v.list.keys = append(v.list.keys, t.names[i].text)
			}
			v.list.vals = append(v.list.vals, t.items[i].val())
		}
		if len(v.list.keys) > largeObject {
			v.list.makeIndex()
		}
	}
	return v
}

// appendTree appends t as canonical JSON: compact, members sorted by name, of
// equal names the last.
func appendTree(b []byte, t *tree) []byte {
	switch t.form {
	case isArray:
		b = append(b, '[')
		for i := range t.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendTree(b, &t.items[i])
		}
		return append(b, ']')
	case isObject:
		b = append(b, '{')
		for n, i := range t.sorted() {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, t.names[i].text), ':')
			b = appendTree(b, &t.items[i])
		}
		return append(b, '}')
	}
	return appendJSON(b, t.val())
}

// sorted are the numbers of an object's members by name, without those that a
// later one of the same name replaces.
func (t *tree) sorted() []int {
	order := make([]int, len(t.items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(t.names[a].text, t.names[b].text) })
	out := order[:0]
	for n, i := range order {
		if n+1 < len(order) && t.names[order[n+1]].text == t.names[i].text {
			continue
		}
		out = append(out, i)
	}
	return out
}
