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
	facts := make(map[string]any, len(m.names)+len(outer.names))
	for name, v := range outer.All() {
		facts[name] = v
	}
	for name, v := range m.All() {
		facts[name] = v
	}
	return newMetadata(facts)
}
