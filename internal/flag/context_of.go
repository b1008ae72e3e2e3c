package flag

import (
	"encoding/json"
	"math"
	"time"
)

// ContextOf makes a context of attributes: nil, bool, text, any number, time
// (as RFC 3339), and maps and slices of these. Other things are taken as
// encoding/json writes them. The error is a *davit.Error.
func ContextOf(attributes map[string]any) (*Context, error) {
	c := NewContext()
	for name, a := range attributes {
		v, ok := c.of(a, 1)
		if !ok {
			c.Release()
			return nil, contextTrouble(InvalidContext, "attribute "+quote(name)+" cannot be written as JSON")
		}
		c.set(name, v)
	}
	return c, nil
}

// of is a as a value.
func (c *Context) of(a any, depth int) (val, bool) {
	if depth > maxDepth {
		return val{}, false
	}
	switch a := a.(type) {
	case nil:
		return val{}, true
	case bool:
		return boolean(a), true
	case string:
		return text(a), true
	case float64:
		return number(a), !math.IsNaN(a) && !math.IsInf(a, 0)
	case float32:
		return c.of(float64(a), depth)
	case int:
		return integer(int64(a)), true
	case int64:
		return integer(a), true
	case int32:
		return number(float64(a)), true
	case time.Time:
		return text(a.Format(time.RFC3339Nano)), true
	case []any:
		return c.items(len(a), func(i int) any { return a[i] }, depth)
	case []string:
		return c.items(len(a), func(i int) any { return a[i] }, depth)
	case map[string]any:
		l := c.take()
		for name, item := range a {
			v, ok := c.of(item, depth+1)
			if !ok {
				return val{}, false
			}
			l.keys, l.vals = append(l.keys, name), append(l.vals, v)
		}
		if len(l.keys) > largeObject {
			l.makeIndex()
		}
		return val{form: isObject, list: l}, true
	}
	b, err := json.Marshal(a)
	if err != nil || len(b) > MaxContext {
		return val{}, false
	}
	s := scanner{src: string(b)}
	return c.value(&s, depth)
}

func (c *Context) items(n int, item func(int) any, depth int) (val, bool) {
	l := c.take()
	for i := range n {
		v, ok := c.of(item(i), depth+1)
		if !ok {
			return val{}, false
		}
		l.vals = append(l.vals, v)
	}
	return val{form: isArray, list: l}, true
}

// integer is a whole number, exact also beyond 2^53.
func integer(n int64) val {
	v := number(float64(n))
	if n > maxInteger || n < -maxInteger {
		v.str = itoa(int(n))
	}
	return v
}
