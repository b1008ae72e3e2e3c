package audit

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/davit-cd/davit"
)

// mostGaps bounds how many spans of missing lines are remembered in case their
// lines come later.
const mostGaps = 1000

// span is a run of lines, both ends included.
type span struct{ from, to int64 }

// Verifier checks a journal line by line, in the order in which it is stored.
// It needs little memory, however long the journal is.
type Verifier struct {
	report  Report
	next    int64            // the number that the next line should have
	stated  string           // hash that the line before states
	actual  string           // hash that the line before should state
	linked  bool             // the line before is known, so the next one must follow from it
	gaps    []span           // missing so far, ascending
	broken  int64            // unreadable lines since the last readable one
	vouched map[int64]string // line → hash, from checkpoints
}

// NewVerifier returns a verifier of a journal that starts at line 1. The
// checkpoints say which hash a line must have; their signatures are checked
// elsewhere (Checkpoint.Verify).
func NewVerifier(vouched ...Checkpoint) *Verifier {
	v := &Verifier{next: 1, linked: true, vouched: map[int64]string{}}
	for _, c := range vouched {
		if c.Seq > 0 {
			v.vouched[c.Seq] = c.Hash
		}
	}
	return v
}

// From makes v expect an extract of the journal: its first line is seq. If
// prev is not empty, it is the hash of the line before.
func (v *Verifier) From(seq int64, prev string) *Verifier {
	v.next, v.stated, v.actual, v.linked = seq, prev, prev, prev != "" || seq == 1
	maps.DeleteFunc(v.vouched, func(s int64, _ string) bool { return s < seq })
	return v
}

// Verify checks a whole journal.
func Verify(events iter.Seq[davit.Event], vouched ...Checkpoint) Report {
	v := NewVerifier(vouched...)
	for e := range events {
		v.Event(e)
	}
	return v.Finish()
}

// Line feeds the next line of an exported journal, without its newline.
func (v *Verifier) Line(line []byte) {
	e, err := ParseLine(line)
	if err == nil {
		v.Event(e)
		return
	}
	if e.Seq == v.next+v.broken {
		v.event(e, true)
		return
	}
	v.report.Lines++
	v.broken++
}

// Event feeds the next line.
func (v *Verifier) Event(e davit.Event) { v.event(e, false) }

// event takes one line; respelled says that its bytes are not canonical though
// its meaning may be.
func (v *Verifier) event(e davit.Event, respelled bool) {
	v.report.Lines++
	actual := Chain(e.Prev, e)
	changed := respelled || actual != e.Hash
	seq := e.Seq
	if changed && v.linked && v.broken == 0 && e.Prev == v.stated {
		seq = v.next // its number may be what was changed; its place is not
	}
	if changed && seq > v.next+v.broken && !v.plausible(seq) {
		v.broken++ // neither number nor link can be believed: judge it by its place
		return
	}
	v.settleBroken(seq)
	switch {
	case seq == v.next:
		v.inOrder(seq, e, actual, changed)
	case seq > v.next:
		v.miss(v.next, seq-1)
		v.linked = false
		v.inOrder(seq, e, actual, changed)
	default:
		v.late(seq, changed)
	}
}

// plausible bounds how far ahead the number of a changed line is believed.
func (v *Verifier) plausible(seq int64) bool { return seq-v.next < 1_000_000 }

func (v *Verifier) inOrder(seq int64, e davit.Event, actual string, changed bool) {
	switch {
	case changed:
		v.report.add(Changed, seq, seq, fmt.Sprintf("line %d: content was changed", seq))
	case v.linked && e.Prev != v.stated && e.Prev != v.actual:
		v.report.add(Replaced, seq, seq, fmt.Sprintf("line %d: does not follow from line %d, one of the two was replaced", seq, seq-1))
	case v.vouched[seq] != "" && v.vouched[seq] != e.Hash:
		v.report.add(Replaced, seq, seq, fmt.Sprintf("line %d: is not the line that was signed, it or lines before it were replaced", seq))
	}
	delete(v.vouched, seq)
	v.next, v.stated, v.actual, v.linked = seq+1, e.Hash, actual, true
}

// late takes a line whose number is lower than it should be at this place.
func (v *Verifier) late(seq int64, changed bool) {
	if !v.fill(seq) {
		v.report.add(Repeated, seq, seq, fmt.Sprintf("line %d stands again after line %d", seq, v.next-1))
		return
	}
	delete(v.vouched, seq)
	text := fmt.Sprintf("line %d stands after %d", seq, v.next-1)
	if changed {
		text += ", and its content was changed"
	}
	v.report.add(Moved, seq, seq, text)
}

// settleBroken decides which numbers the unreadable lines before line seq had.
func (v *Verifier) settleBroken(seq int64) {
	n := v.broken
	v.broken = 0
	room := max(seq-v.next, 0)
	for range min(n, room) {
		v.report.add(Changed, v.next, v.next, fmt.Sprintf("line %d: content was changed, it cannot be read", v.next))
		v.next++
		v.linked = false
	}
	if n > room {
		v.report.add(Foreign, v.next-1, v.next-1, fmt.Sprintf("after line %d: something stands there that is no line of the journal", v.next-1))
	}
}

func (v *Verifier) miss(from, to int64) {
	if len(v.gaps) < mostGaps {
		v.gaps = append(v.gaps, span{from, to})
		return
	}
	v.report.add(Missing, from, to, lines(from, to)+" missing")
}

// fill takes seq out of the missing lines; false if it was not missing.
func (v *Verifier) fill(seq int64) bool {
	i := slices.IndexFunc(v.gaps, func(g span) bool { return g.from <= seq && seq <= g.to })
	if i < 0 {
		return false
	}
	g := v.gaps[i]
	var rest []span
	if g.from < seq {
		rest = append(rest, span{g.from, seq - 1})
	}
	if seq < g.to {
		rest = append(rest, span{seq + 1, g.to})
	}
	v.gaps = slices.Replace(v.gaps, i, i+1, rest...)
	return true
}

// Finish ends the journal and says what was found. Checkpoints beyond the last
// line show that the end was cut off.
func (v *Verifier) Finish() Report {
	for range v.broken {
		v.report.add(Changed, v.next, v.next, fmt.Sprintf("line %d: content was changed, it cannot be read", v.next))
		v.next++
	}
	v.broken = 0
	for _, g := range v.gaps {
		v.report.add(Missing, g.from, g.to, lines(g.from, g.to)+" missing")
	}
	v.gaps = nil
	var end int64
	for seq := range v.vouched {
		end = max(end, seq)
	}
	if end >= v.next {
		v.report.add(Cut, v.next, end, lines(v.next, end)+" missing: the end was cut off")
	}
	v.report.Last, v.report.Hash = v.next-1, v.stated
	v.report.sort()
	return v.report
}
