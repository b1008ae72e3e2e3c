package audit

import (
	"fmt"
	"slices"
)

// Fault says what is wrong with lines of the journal.
type Fault string

// The faults.
const (
	Changed  Fault = "changed"  // the content is not what was hashed
	Missing  Fault = "missing"  // the line is not there
	Moved    Fault = "moved"    // the line stands after a later one
	Repeated Fault = "repeated" // the line was there before
	Foreign  Fault = "foreign"  // not a line of this journal
	Replaced Fault = "replaced" // whole in itself, but not the line that others vouch for
	Cut      Fault = "cut"      // missing at the end
)

// Problem is a fault of the lines From … To, by sequence number.
type Problem struct {
	Fault Fault
	From  int64
	To    int64
	Text  string // one plain clause, such as "lines 20–24 are missing"
}

// Report is what a verification found.
type Report struct {
	Lines    int64     // lines seen
	Last     int64     // the highest sequence number seen
	Hash     string    // of that line; a checkpoint of what was verified
	Problems []Problem // by line; at most 100
	More     int64     // problems beyond those
}

// OK reports whether the journal is whole.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// String returns the outcome in a sentence.
func (r Report) String() string {
	switch n := int64(len(r.Problems)) + r.More; n {
	case 0:
		return fmt.Sprintf("%d lines, all whole and in order, up to line %d (%.12s)", r.Lines, r.Last, r.Hash)
	case 1:
		return r.Problems[0].Text
	default:
		return fmt.Sprintf("%s, and %d more problems", r.Problems[0].Text, n-1)
	}
}

// mostProblems bounds a report.
const mostProblems = 100

func (r *Report) add(f Fault, from, to int64, text string) {
	if len(r.Problems) == mostProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{Fault: f, From: from, To: to, Text: text})
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Problems, func(a, b Problem) int { return int(a.From - b.From) })
}

// lines names a span of lines with its verb: "line 9 is", "lines 20–24 are".
func lines(from, to int64) string {
	if from == to {
		return fmt.Sprintf("line %d is", from)
	}
	return fmt.Sprintf("lines %d–%d are", from, to)
}
