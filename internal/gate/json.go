package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// differs says in what a JSON body differs from what is wanted of it: dotted
// paths to values as JSON. It is empty if it does not.
func differs(body []byte, want map[string]string) string {
	if len(want) == 0 {
		return ""
	}
	got, err := decode(body)
	if err != nil {
		return "the answer is not JSON"
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		expected, err := decode([]byte(want[path]))
		if err != nil {
			return fmt.Sprintf("the test wants %s to be %s, which is not JSON", path, want[path])
		}
		value, ok := at(got, path)
		if !ok {
			return fmt.Sprintf("%s is missing, want %s", path, want[path])
		}
		if !equal(value, expected) {
			return fmt.Sprintf("%s is %s, want %s", path, short(value), want[path])
		}
	}
	return ""
}

func decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one value")
	}
	return v, nil
}

// at follows a path such as "items.0.id". A dot that belongs to a name is
// written \. and the path "" or "." is the whole.
func at(v any, path string) (any, bool) {
	if path == "" || path == "." {
		return v, true
	}
	for _, step := range split(path) {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func split(path string) []string {
	const stop = "\x00"
	steps := strings.Split(strings.ReplaceAll(path, `\.`, stop), ".")
	for i := range steps {
		steps[i] = strings.ReplaceAll(steps[i], stop, ".")
	}
	return steps
}

// equal compares values with their types: 1 and 1.0 are one number, 1 and "1"
// are not equal.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a.String(), b.String())
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equal)
	}
	return a == b // text, true, false, null
}

// sameNumber compares exactly where that is cheap: 1e999999999 is not.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err1 != nil || err2 != nil || x != y {
		return false
	}
	if len(a) > 40 || len(b) > 40 || strings.ContainsAny(a+b, "eE") {
		return true
	}
	p, ok1 := new(big.Rat).SetString(a)
	q, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && p.Cmp(q) == 0
}

func short(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "unreadable"
	}
	if len(b) > 100 {
		return string(b[:100]) + "…"
	}
	return string(b)
}
