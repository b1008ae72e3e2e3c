package flag

import (
	"sync"

	"github.com/davit-cd/davit"
)

// MaxContext is the size of a context that is still read, in bytes of JSON.
const MaxContext = 1 << 20

// TargetingKey is the name under which a context says who is asking.
const TargetingKey = "targetingKey"

// Context is what is known of the one who asks: a JSON object. It belongs to
// one goroutine at a time, since evaluations work in its memory.
type Context struct {
	root   val
	key    val     // the targeting key, as it was given
	lists  []*list // memory for objects and arrays
	used   int     // so many of them hold this context
	static *static // what was put over it last, and still is
	eval   eval
}

// contexts is memory to use again; what comes out of it is as new.
var contexts = sync.Pool{New: func() any { return new(Context) }}

// NewContext returns an empty context.
func NewContext() *Context {
	c := contexts.Get().(*Context)
	c.used = 0
	c.root = val{form: isObject, list: c.take()}
	c.key = val{}
	c.static = nil
	return c
}

// ParseContext reads a context from a JSON object; nothing and null give an
// empty one. The error is a *davit.Error, Invalid or TooLarge; CodeOf tells
// broken JSON from JSON that is no object.
func ParseContext(json []byte) (*Context, error) {
	if len(json) > MaxContext {
		return nil, &davit.Error{Kind: davit.TooLarge, Err: &contextError{code: InvalidContext, text: "the context is larger than 1 MiB"}, Hint: "send only the attributes that rules ask for"}
	}
	s := scanner{src: string(json)} // one copy, which the texts share
	s.space()
	c := NewContext()
	if s.pos == len(s.src) {
		return c, nil
	}
	c.used = 0
	v, ok := c.value(&s, 0)
	if ok {
		if s.space(); s.pos < len(s.src) {
			ok = s.fail("the end of the context")
		}
	}
	if !ok {
		c.Release()
		return nil, contextTrouble(ParseError, "the context is broken at byte "+itoa(s.pos)+", where "+s.bad+" was expected")
	}
	switch v.form {
	case isNull:
		c.used = 0
		v = val{form: isObject, list: c.take()}
	case isObject:
	default:
		c.Release()
		return nil, contextTrouble(InvalidContext, "the context is "+v.form.String()+", not an object")
	}
	c.root = v
	c.key, _ = v.list.member(TargetingKey)
	return c, nil
}

// Release gives the context's memory back. Nobody may use it afterwards; the
// texts that came from it stay good.
func (c *Context) Release() {
	if c == nil || len(c.lists) > 256 || cap(c.eval.buf) > 16<<10 {
		return
	}
	for _, l := range c.lists {
		if cap(l.vals) > 1024 {
			return
		}
	}
	contexts.Put(c)
}

// TargetingKey says who is asking; empty if nobody said, or not as a text.
func (c *Context) TargetingKey() string {
	if c == nil || c.key.form != isText {
		return ""
	}
	return c.key.str
}

// Get returns a top-level attribute as encoding/json would have decoded it.
func (c *Context) Get(name string) (any, bool) {
	if c == nil {
		return nil, false
	}
	v, ok := c.root.list.member(name)
	return v.any(), ok
}

// SetText sets a top-level attribute.
func (c *Context) SetText(name, value string) { c.set(name, text(value)) }

// SetNumber sets a top-level attribute.
func (c *Context) SetNumber(name string, value float64) { c.set(name, number(value)) }

// SetBool sets a top-level attribute.
func (c *Context) SetBool(name string, value bool) { c.set(name, boolean(value)) }

func (c *Context) set(name string, v val) {
	l := c.root.list
	c.static = nil
	if name == TargetingKey {
		c.key = v
	}
	for i := len(l.keys) - 1; i >= 0; i-- { // of equal names the last counts
		if l.keys[i] == name {
			l.vals[i] = v
			return
		}
	}
	l.keys, l.vals = append(l.keys, name), append(l.vals, v)
	if len(l.keys) > largeObject {
		l.makeIndex()
	}
}

// take returns an empty list.
func (c *Context) take() *list {
	if c.used == len(c.lists) {
		c.lists = append(c.lists, new(list))
	}
	l := c.lists[c.used]
	c.used++
	l.keys, l.vals, l.index = l.keys[:0], l.vals[:0], nil
	return l
}

// value reads a JSON value.
func (c *Context) value(s *scanner, depth int) (val, bool) {
	if depth > maxDepth {
		return val{}, s.fail("no more than 128 levels of nesting")
	}
	switch s.peek() {
	case '"':
		str, ok := s.text()
		return text(str), ok
	case '{':
		return c.object(s, depth)
	case '[':
		return c.array(s, depth)
	case 't':
		return boolean(true), s.word("true")
	case 'f':
		return boolean(false), s.word("false")
	case 'n':
		return val{}, s.word("null")
	}
	n, digits, ok := s.number()
	return val{form: isNumber, num: n, str: digits}, ok
}

func (c *Context) object(s *scanner, depth int) (val, bool) {
	l := c.take()
	v := val{form: isObject, list: l}
	s.pos++
	if s.space(); s.peek() == '}' {
		s.pos++
		return v, true
	}
	for {
		key, ok := s.text()
		if !ok {
			return v, false
		}
		if s.space(); s.peek() != ':' {
			return v, s.fail("a colon")
		}
		s.pos++
		s.space()
		item, ok := c.value(s, depth+1)
		if !ok {
			return v, false
		}
		l.keys, l.vals = append(l.keys, key), append(l.vals, item)
		switch s.space(); s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			if len(l.keys) > largeObject {
				l.makeIndex()
			}
			return v, true
		default:
			return v, s.fail("a comma or }")
		}
	}
}

func (c *Context) array(s *scanner, depth int) (val, bool) {
	l := c.take()
	v := val{form: isArray, list: l}
	s.pos++
	if s.space(); s.peek() == ']' {
		s.pos++
		return v, true
	}
	for {
		item, ok := c.value(s, depth+1)
		if !ok {
			return v, false
		}
		l.vals = append(l.vals, item)
		switch s.space(); s.peek() {
		case ',':
			s.pos++
			s.space()
		case ']':
			s.pos++
			return v, true
		default:
			return v, s.fail("a comma or ]")
		}
	}
}
