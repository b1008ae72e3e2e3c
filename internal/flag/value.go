package flag

import "math"

// maxInteger is the largest whole number that every client holds exactly.
const maxInteger = 1<<53 - 1

// Value is what a variant gives. It is made once, when its set is read, and
// never changed.
type Value struct {
	kind Kind
	v    val
	json []byte
}

// Kind is what the value is.
func (v *Value) Kind() Kind {
	if v == nil {
		return None
	}
	return v.kind
}

// Bool is the value of a Bool, else false.
func (v *Value) Bool() bool { return v.Kind() == Bool && v.v.num != 0 }

// Text is the value of a String, else "".
func (v *Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	return v.v.str
}

// Number is the value of a Number, else 0.
func (v *Value) Number() float64 {
	if v.Kind() != Number {
		return 0
	}
	return v.v.num
}

// Int is the value of a Number as an integer, and whether nothing was lost:
// it has no fraction and lies within ±(2^53−1).
func (v *Value) Int() (int64, bool) {
	n := v.Number()
	if v.Kind() != Number || n != math.Trunc(n) || math.Abs(n) > maxInteger {
		return 0, false
	}
	return int64(n), true
}

// Any is the value as encoding/json would have decoded it: bool, string,
// float64 or map[string]any. Objects are copied.
func (v *Value) Any() any {
	if v == nil {
		return nil
	}
	return v.v.any()
}

// JSON is the value as JSON. The caller must not change it.
func (v *Value) JSON() []byte {
	if v == nil {
		return []byte("null")
	}
	return v.json
}
