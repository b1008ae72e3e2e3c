package authoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Ordered is a map that keeps the order in which it was written. As JSON it is
// an object.
type Ordered[V any] []Named[V]

// Named is one entry of an Ordered.
type Named[V any] struct {
	Name  string
	Value V
}

// Get returns the value of a name.
func (o Ordered[V]) Get(name string) (V, bool) {
	if i := o.index(name); i >= 0 {
		return o[i].Value, true
	}
	return *new(V), false
}

// Has reports whether there is an entry of that name.
func (o Ordered[V]) Has(name string) bool { return o.index(name) >= 0 }

func (o Ordered[V]) index(name string) int {
	return slices.IndexFunc(o, func(e Named[V]) bool { return e.Name == name })
}

// Names returns the names in order.
func (o Ordered[V]) Names() []string {
	out := make([]string, 0, len(o))
	for _, e := range o {
		out = append(out, e.Name)
	}
	return out
}

// MarshalJSON writes an object with the entries in order.
func (o Ordered[V]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, e := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := marshal(e.Name)
		if err != nil {
			return nil, err
		}
		value, err := marshal(e.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its entries.
func (o *Ordered[V]) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	open, err := d.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return fmt.Errorf("want an object, not %v", open)
	}
	*o = nil
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var e Named[V]
		e.Name, _ = name.(string)
		if err := d.Decode(&e.Value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
