package flag

import (
	"maps"
	"slices"
	"strings"
)

// maxProblems bounds what is said about one document.
const maxProblems = 100

// reader reads one document and notes what is wrong with it.
type reader struct {
	src      string
	o        ParseOptions
	problems []Problem
	way      []crumb
}

// version is how fractional hashes.
func (r *reader) version() int {
	if r.o.Hash == 3 {
		return 3
	}
	return 2
}

func (r *reader) note(pos int32, text, hint string, fatal bool) {
	if len(r.problems) >= maxProblems && !fatal {
		return
	}
	line, column := place(r.src, int(pos))
	r.problems = append(r.problems, Problem{Line: line, Column: column, Path: r.path(), Text: text, Hint: hint, Fatal: fatal})
}

// refuse notes what no reading can forgive.
func (r *reader) refuse(pos int32, text, hint string) { r.note(pos, text, hint, true) }

// fail notes what breaks a flag: the document in a strict reading, else the flag alone.
func (r *reader) fail(pos int32, text, hint string) {
	r.note(pos, text, hint, !r.o.Lenient)
}

// lint notes what flagd's schema forbids and flagd's evaluator does not mind.
func (r *reader) lint(pos int32, text, hint string) {
	r.note(pos, text, hint, !r.o.Lenient)
}

// fatal is the first problem for which the document is refused.
func (r *reader) fatal() *Problem {
	for i := range r.problems {
		if r.problems[i].Fatal {
			return &r.problems[i]
		}
	}
	return nil
}

// nearest asks for the right name that is nearest to a wrong one.
func (r *reader) nearest(wrong string, right []string) string {
	best, distance := "", len(wrong)/2+2
	for _, name := range right {
		if len(wrong) > 60 || len(name) > 60 {
			continue
		}
		if d := edits(wrong, name); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// edits is the Levenshtein distance of two short texts, without regard to case.
func edits(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
