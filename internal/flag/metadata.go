package flag

import "iter"

// Metadata are the facts that a set or a flag carries along: bool, string or
// float64 by name. A flag's are those of its set and, over them, its own.
type Metadata struct {
	names  []string
	values []any
	json   []byte
}

// Len is how many there are.
func (m Metadata) Len() int { return len(m.names) }

// Get returns the fact of that name.
func (m Metadata) Get(name string) (any, bool) {
	for i, n := range m.names {
		if n == name {
			return m.values[i], true
		}
	}
	return nil, false
}

// All runs over the facts, by name.
func (m Metadata) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i, n := range m.names {
			if !yield(n, m.values[i]) {
				return
			}
		}
	}
}

// JSON is the metadata as a JSON object. The caller must not change it.
func (m Metadata) JSON() []byte {
	if m.json == nil {
		return []byte("{}")
	}
	return m.json
}

// under returns the facts of outer with those of m over them.
func (m Metadata) under(outer Metadata) Metadata {
	if len(outer.names) == 0 {
		return m
	}
	if len(m.names) == 0 {
		return outer
	}
	n := len(m.names) + len(outer.names)
	out := Metadata{names: make([]string, 0, n), values: make([]any, 0, n), json: make([]byte, 0, len(m.json)+len(outer.json))}
	i, j := 0, 0
	for i < len(m.names) || j < len(outer.names) {
		switch {
		case j == len(outer.names) || i < len(m.names) && m.names[i] < outer.names[j]:
			out.add(m.names[i], m.values[i])
			i++
		case i == len(m.names) || outer.names[j] < m.names[i]:
			out.add(outer.names[j], outer.values[j])
			j++
		default:
			out.add(m.names[i], m.values[i])
			i, j = i+1, j+1
		}
	}
	out.json = append(out.json, '}')
	return out
}

// add puts a fact behind the others; the end of the object is left to do.
func (m *Metadata) add(name string, fact any) {
	sep := byte(',')
	if len(m.names) == 0 {
		sep = '{'
	}
	m.names, m.values = append(m.names, name), append(m.values, fact)
	m.json = append(appendQuoted(append(m.json, sep), name), ':')
	m.json = appendJSON(m.json, factVal(fact))
}

// factVal is a fact, a bool, float64 or string, as rules see it.
func factVal(fact any) val {
	switch v := fact.(type) {
	case bool:
		return boolean(v)
	case float64:
		return number(v)
	case string:
		return text(v)
	}
	return val{}
}
