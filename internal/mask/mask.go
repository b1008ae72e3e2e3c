package mask

import (
	"bytes"
	"slices"
	"strings"
)

// Least is the number of bytes from which on a value is hidden.
const Least = 4

// Stars is what is written in the place of a value.
const Stars = "***"

// Mask knows what to hide. It never changes once made, so it may be used from
// several goroutines; a Stream may not.
type Mask struct {
	byFirst [256][][]byte // what to hide, by its first byte, longest first
	any     bool
}

// New makes a mask that hides values.
func New(values ...string) *Mask {
	seen := map[string]bool{}
	m := &Mask{}
	for _, v := range values {
		for _, form := range forms(v) {
			if len(form) < Least || seen[form] {
				continue
			}
			seen[form] = true
			m.any = true
			m.byFirst[form[0]] = append(m.byFirst[form[0]], []byte(form))
		}
	}
	for i := range m.byFirst {
		slices.SortFunc(m.byFirst[i], func(a, b []byte) int { return len(b) - len(a) })
	}
	return m
}

// Hides reports whether a value is long enough to be hidden; whoever sets a
// secret warns when it is not.
func Hides(value string) bool { return len(strings.TrimSpace(value)) >= Least }

// String returns s with every value hidden.
func (m *Mask) String(s string) string {
	if m == nil || !m.any {
		return s
	}
	st := m.Stream()
	out := st.Push([]byte(s))
	return string(append(out, st.Flush()...))
}

// Bytes returns b with every value hidden; b is left as it is.
func (m *Mask) Bytes(b []byte) []byte {
	st := m.Stream()
	out := st.Push(b)
	return append(out, st.Flush()...)
}

// Stream returns a new stream of text to hide values in.
func (m *Mask) Stream() *Stream { return &Stream{mask: m} }

// match returns the length of the longest value that rest begins with, and
// whether a longer one might still be coming.
func (m *Mask) match(rest []byte) (n int, open bool) {
	for _, v := range m.byFirst[rest[0]] {
		switch {
		case len(v) > len(rest):
			open = open || bytes.HasPrefix(v, rest)
		case bytes.HasPrefix(rest, v):
			return len(v), open
		}
	}
	return 0, open
}
