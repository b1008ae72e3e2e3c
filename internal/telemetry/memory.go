package telemetry

import (
	"cmp"
	"slices"

	"github.com/davit-cd/davit"
)

// memory holds the newest samples of each series, encoded: a decoded one takes
// ten times the room, and most are never read again.
type memory struct {
	span   int64 // seconds that are kept
	newest int64
	swept  int64 // the newest second when all series were last trimmed
	series map[key]*recent
}

// recent is one series, sorted by second.
type recent struct{ samples []encoded }

// encoded is the measurements of one second.
type encoded struct {
	second int64
	body   []byte
}

func compareSecond(e encoded, second int64) int { return cmp.Compare(e.second, second) }

func newMemory(span int64) *memory { return &memory{span: span, series: map[key]*recent{}} }

// floor is the first second that is kept.
func (m *memory) floor() int64 { return m.newest - m.span }

func (m *memory) has(k key, second int64) bool {
	r := m.series[k]
	if r == nil {
		return false
	}
	_, found := slices.BinarySearchFunc(r.samples, second, compareSecond)
	return found
}

// add keeps a sample unless it is there or too old.
func (m *memory) add(k key, second int64, body []byte) {
	m.newest = max(m.newest, second)
	if second < m.floor() {
		return
	}
	r := m.series[k]
	if r == nil {
		r = &recent{}
		m.series[k] = r
	}
	i, found := slices.BinarySearchFunc(r.samples, second, compareSecond)
	if !found {
		r.samples = slices.Insert(r.samples, i, encoded{second, body})
	}
}

// sweep drops what is too old, once in a while.
func (m *memory) sweep() {
	if m.newest-m.swept < min(60, m.span/4) {
		return
	}
	m.swept = m.newest
	for k, r := range m.series {
		i, _ := slices.BinarySearchFunc(r.samples, m.floor(), compareSecond)
		if i == len(r.samples) {
			delete(m.series, k)
			continue
		}
		r.samples = slices.Clone(r.samples[i:]) // not a slice of the old one, which would grow forever
	}
}

// each calls f with the samples of one series in a span of seconds.
func (r *recent) each(k key, from, to int64, f func(davit.Sample) error) error {
	i, _ := slices.BinarySearchFunc(r.samples, from, compareSecond)
	for _, e := range r.samples[i:] {
		if e.second > to {
			break
		}
		s := davit.Sample{Second: e.second}
		k.name(&s)
		if err := readSample(e.body, &s); err != nil {
			return err
		}
		if err := f(s); err != nil {
			return err
		}
	}
	return nil
}
