package flag

// passed passes over an object or array without reading what is in it.
func (p *planter) passed() (tree, bool) {
	t := tree{form: isObject, pos: int32(p.pos)}
	if p.peek() == '[' {
		t.form = isArray
	}
	deep := 0
	for ; p.pos < len(p.src); p.pos++ {
		switch p.src[p.pos] {
		case '{', '[':
			deep++
		case '}', ']':
			if deep--; deep == 0 {
				p.pos++
				t.end = int32(p.pos)
				return t, true
			}
		case '"':
			for p.pos++; p.pos < len(p.src) && p.src[p.pos] != '"'; p.pos++ {
				if p.src[p.pos] == '\\' {
					p.pos++
				}
			}
		}
	}
	p.pos = len(p.src)
	return t, p.fail("a closing bracket")
}

// each reads the members or items of t, which was passed over, one by one,
// and forgets each when do returns: only one of them is in memory. It ends at
// the first that is broken, and reports whether none was.
func (p *planter) each(t *tree, do func(i int, item *tree)) bool {
	p.pos = int(t.pos) + 1
	end := byte('}')
	if t.form == isArray {
		end = ']'
	}
	if p.space(); p.peek() == end {
		p.pos++
		return true
	}
	for i := 0; ; i++ {
		p.open, p.slab = p.open[:0], p.slab[:0]
		item, ok := p.entry(t.form)
		if !ok {
			return false
		}
		do(i, &item)
		switch p.space(); p.peek() {
		case ',':
			p.pos++
			p.space()
		case end:
			p.pos++
			return p.pos == int(t.end) || p.fail("a comma or "+string(end))
		default:
			return p.fail("a comma or " + string(end))
		}
	}
}

// entry reads one member of an object or one item of an array.
func (p *planter) entry(of form) (tree, bool) {
	if of == isArray {
		return p.tree(2)
	}
	keyPos := p.pos
	key, ok := p.text()
	if !ok {
		return tree{}, false
	}
	if p.space(); p.peek() != ':' {
		return tree{}, p.fail("a colon")
	}
	p.pos++
	p.space()
	item, ok := p.tree(2)
	item.key, item.keyPos = key, int32(keyPos)
	return item, ok
}
