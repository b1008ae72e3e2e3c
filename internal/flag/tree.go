package flag

import (
	"slices"
	"strings"
)

// tree is a JSON value of a document, with the places of its parts.
type tree struct {
	form   form
	pos    int32
	end    int32 // of an array or object: behind its last byte
	keyPos int32 // of its name, if it is a member of an object
	num    float64
	str    string // a text; of a number what was written
	key    string // its name, if it is a member of an object
	items  []tree // of an array or object
}

// planter reads documents into trees. Trees lie in large pieces of memory:
// there are many of them, and they are all given up together.
type planter struct {
	scanner
	open []tree // the items so far of all that is open, outermost first
	slab []tree
	late string // the member of the outermost object that is passed over, for each to read
}

// parseTree reads a document but for its member late, which is passed over.
func parseTree(src, late string) (tree, *planter) {
	p := &planter{scanner: scanner{src: src}, late: late}
	p.space()
	t, ok := p.tree(0)
	if ok {
		if p.space(); p.pos < len(src) {
			p.fail("the end of the document")
		}
	}
	p.open, p.slab = nil, nil // what is read afterwards lies elsewhere
	return t, p
}

// keep gives the items from there on a place of their own.
func (p *planter) keep(from int) []tree {
	n := len(p.open) - from
	if n > cap(p.slab)-len(p.slab) {
		p.slab = make([]tree, 0, max(n, 256))
	}
	at := len(p.slab)
	p.slab = append(p.slab, p.open[from:]...)
	p.open = p.open[:from]
	return p.slab[at : at+n : at+n]
}

// tree reads a value at depth.
func (p *planter) tree(depth int) (tree, bool) {
	t := tree{pos: int32(p.pos)}
	if depth > maxDepth {
		return t, p.fail("no more than 128 levels of nesting")
	}
	switch p.peek() {
	case '{':
		return p.object(t, depth)
	case '[':
		return p.array(t, depth)
	case '"':
		str, ok := p.text()
		t.form, t.str = isText, str
		return t, ok
	case 't':
		t.form, t.num = isBool, 1
		return t, p.word("true")
	case 'f':
		t.form = isBool
		return t, p.word("false")
	case 'n':
		return t, p.word("null")
	}
	n, _, ok := p.number()
	t.form, t.num, t.str = isNumber, n, p.src[t.pos:p.pos]
	return t, ok
}

func (p *planter) object(t tree, depth int) (tree, bool) {
	t.form = isObject
	from := len(p.open)
	p.pos++
	p.space()
	if p.peek() == '}' {
		p.pos++
		t.end = int32(p.pos)
		return t, true
	}
	for {
		keyPos := p.pos
		key, ok := p.text()
		if !ok {
			return t, false
		}
		if p.space(); p.peek() != ':' {
			return t, p.fail("a colon")
		}
		p.pos++
		p.space()
		var item tree
		if depth == 0 && p.late != "" && key == p.late && (p.peek() == '{' || p.peek() == '[') {
			item, ok = p.passed()
		} else {
			item, ok = p.tree(depth + 1)
		}
		if !ok {
			return t, false
		}
		item.key, item.keyPos = key, int32(keyPos)
		p.open = append(p.open, item)
		switch p.space(); p.peek() {
		case ',':
			p.pos++
			p.space()
		case '}':
			p.pos++
			t.items, t.end = p.keep(from), int32(p.pos)
			return t, true
		default:
			return t, p.fail("a comma or }")
		}
	}
}

func (p *planter) array(t tree, depth int) (tree, bool) {
	t.form = isArray
	from := len(p.open)
	p.pos++
	p.space()
	if p.peek() == ']' {
		p.pos++
		t.end = int32(p.pos)
		return t, true
	}
	for {
		item, ok := p.tree(depth + 1)
		if !ok {
			return t, false
		}
		p.open = append(p.open, item)
		switch p.space(); p.peek() {
		case ',':
			p.pos++
			p.space()
		case ']':
			p.pos++
			t.items, t.end = p.keep(from), int32(p.pos)
			return t, true
		default:
			return t, p.fail("a comma or ]")
		}
	}
}

// member returns the member of that name, of equal ones the last.
func (t *tree) member(key string) *tree {
	for i := len(t.items) - 1; i >= 0; i-- {
		if t.items[i].key == key {
			return &t.items[i]
		}
	}
	return nil
}

// plain reports whether no rule can be in t.
func (t *tree) plain() bool {
	for i := range t.items {
		if f := t.items[i].form; f == isObject || f == isArray && !t.items[i].plain() {
			return false
		}
	}
	return t.form != isObject
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
		v.list = &list{vals: make([]val, len(t.items))}
		if t.form == isObject {
			v.list.keys = make([]string, len(t.items))
		}
		for i := range t.items {
			if t.form == isObject {
				v.list.keys[i] = t.items[i].key
			}
			v.list.vals[i] = t.items[i].val()
		}
		if len(v.list.keys) > largeObject {
			v.list.makeIndex()
		}
	}
	return v
}

// appendInlined appends t as canonical JSON: compact, members sorted by name,
// of equal names the last; and with every $ref replaced by the evaluator it
// refers to, if there is one.
func appendInlined(b []byte, t *tree, evaluators map[string]*tree) []byte {
	switch t.form {
	case isArray:
		b = append(b, '[')
		for i := range t.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendInlined(b, &t.items[i], evaluators)
		}
		return append(b, ']')
	case isObject:
		if len(t.items) == 1 {
			item := &t.items[0]
			if item.key == "$ref" && evaluators[item.str] != nil {
				return appendInlined(b, evaluators[item.str], evaluators)
			}
			b = append(appendQuoted(append(b, '{'), item.key), ':')
			return append(appendInlined(b, item, evaluators), '}')
		}
		b = append(b, '{')
		var room [8]int
		for n, i := range t.sorted(room[:0]) {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, t.items[i].key), ':')
			b = appendInlined(b, &t.items[i], evaluators)
		}
		return append(b, '}')
	}
	return appendJSON(b, t.val())
}

// written appends t as it stands in src, without white space.
func (t *tree) written(b []byte, src string) []byte {
	if t.form < isArray {
		return appendJSON(b, t.val())
	}
	from := int(t.pos) // of what is not yet appended
	for i := from; i < int(t.end); i++ {
		switch src[i] {
		case '"':
			for i++; src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case ' ', '\t', '\n', '\r':
			b = append(b, src[from:i]...)
			from = i + 1
		}
	}
	return append(b, src[from:t.end]...)
}

// sorted appends to out the numbers of an object's members by name, without
// those that a later one of the same name replaces.
func (t *tree) sorted(out []int) []int {
	for i := range t.items {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b int) int {
		if c := strings.Compare(t.items[a].key, t.items[b].key); c != 0 {
			return c
		}
		return a - b
	})
	kept := out[:0]
	for n, i := range out {
		if n+1 < len(out) && t.items[out[n+1]].key == t.items[i].key {
			continue
		}
		kept = append(kept, i)
	}
	return kept
}
