package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"

	"github.com/davit-cd/davit"
)

// Label is a name and value of a stream, as metrics systems know them.
type Label struct{ Name, Value string }

// Matcher restricts a label: "=", "!=", "=~" or "!~", as in PromQL. Regular
// expressions match the whole value; a missing label is empty.
type Matcher struct{ Name, Operator, Value string }

// Stream is one series with its counters.
type Stream struct {
	Labels  []Label // sorted by name, without empty values
	samples []encoded
	key     key
}

// Count is where the counters of a stream stand at a second. They grow from
// the beginning of the selection on, as counters of a process that started then.
type Count struct {
	Second   int64
	Requests uint64
	Errors   uint64
	Bytes    uint64
	Hist     davit.Hist // all latencies so far; valid until the next one
}

// Select returns the streams that match all matchers, sorted by labels, with
// their samples between two seconds, both included. It has the shape that a
// query engine asks for: streams sorted by labels, each an iterator over time.
func (db *DB) Select(ctx context.Context, matchers []Matcher, from, to int64) ([]Stream, error) {
	match, err := compile(matchers)
	if err != nil {
		return nil, err
	}
	found := map[key][]encoded{}
	// Hours come in order, so each series is in the order of time.
	err = db.scanDisk(ctx, from, to, match, func(k key, second int64, body []byte) error {
		found[k] = append(found[k], encoded{second, body})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select telemetry: %w", plain(err))
	}
	streams := make([]Stream, 0, len(found))
	for _, k := range slices.SortedFunc(maps.Keys(found), compareKeys) {
		streams = append(streams, Stream{Labels: k.labels(), samples: found[k], key: k})
	}
	slices.SortStableFunc(streams, func(a, b Stream) int { return slices.CompareFunc(a.Labels, b.Labels, compareLabels) })
	return streams, nil
}

// Counts iterates over time.
func (s Stream) Counts() iter.Seq2[Count, error] {
	return func(yield func(Count, error) bool) {
		var total sum
		var c Count
		for _, e := range s.samples {
			var one davit.Sample
			if err := readSample(e.body, &one); err != nil {
				yield(c, err)
				return
			}
			total.add(&one)
			c = Count{Second: e.second, Requests: total.requests, Errors: total.errors, Bytes: total.bytes, Hist: total.hist(c.Hist)}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func compareLabels(a, b Label) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
}

// labels returns the key as labels.
func (k key) labels() []Label {
	all := []Label{
		{"environment", k.environment},
		{"instance", k.instance},
		{"mark", string(k.mark)},
		{"release", k.release},
		{"service", k.service},
	}
	return slices.DeleteFunc(all, func(l Label) bool { return l.Value == "" })
}

func (k key) label(name string) string {
	for _, l := range k.labels() {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

func compile(matchers []Matcher) (func(key) bool, error) {
	var tests []func(key) bool
	for _, m := range matchers {
		test, err := m.compile()
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
	}
	return func(k key) bool {
		for _, test := range tests {
			if !test(k) {
				return false
			}
		}
		return true
	}, nil
}

func (m Matcher) compile() (func(key) bool, error) {
	switch m.Operator {
	case "=":
		return func(k key) bool { return k.label(m.Name) == m.Value }, nil
	case "!=":
		return func(k key) bool { return k.label(m.Name) != m.Value }, nil
	case "=~", "!~":
		r, err := regexp.Compile("^(?s:" + m.Value + ")$")
		if err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("select %s %s %q", m.Name, m.Operator, m.Value), Err: err}
		}
		return func(k key) bool { return r.MatchString(k.label(m.Name)) == (m.Operator == "=~") }, nil
	}
	return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("select: there is no operator %q", m.Operator), Hint: "use =, !=, =~ or !~"}
}
