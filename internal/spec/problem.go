package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/davit-cd/davit"
)

// Problem is one thing that is wrong, or doubtful, in a davit.yaml.
type Problem struct {
	File     string
	Line     int    // from 1
	Column   int    // from 1, in characters
	Width    int    // characters to underline
	Path     string // of keys, such as "environments.production.strategy"; empty for a syntax error
	Text     string // what is wrong
	Expected string // what would be right; may be empty
	Hint     string // the nearest right thing, or how to mend it; may be empty
	Excerpt  string // the line, without values that may be secret
}

// String returns the problem as it is shown to people: place, text, the line
// with a caret, what was expected and the hint.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	if p.Excerpt != "" {
		number := strconv.Itoa(p.Line)
		caret := min(p.Column, utf8.RuneCountInString(p.Excerpt)) // the excerpt may be shorter than the line
		fmt.Fprintf(&b, "\n  %s | %s\n  %s | %s%s", number, p.Excerpt,
			strings.Repeat(" ", len(number)), strings.Repeat(" ", max(0, caret-1)), strings.Repeat("^", max(1, p.Width)))
	}
	if p.Expected != "" {
		b.WriteString("\n  expected: " + p.Expected)
	}
	if p.Hint != "" {
		b.WriteString("\n  hint: " + p.Hint)
	}
	return b.String()
}

// Problems is everything that is wrong in a file, in the order of the file.
type Problems []Problem

// Error returns all problems, one after another.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes davit.KindOf answer Invalid.
func (ps Problems) Unwrap() error {
	hint := "mend the file"
	if len(ps) > 0 && ps[0].Hint != "" {
		hint = ps[0].Hint
	}
	return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%d problems", len(ps)), Hint: hint}
}

// maxProblems bounds what one file can make Davit say.
const maxProblems = 50

// alike says whether two problems are one: what several services share is read
// for each of them.
func alike(a, b Problem) bool {
	return a.Line == b.Line && a.Column == b.Column && a.Text == b.Text
}

// sorted returns ps by position, without repetitions, bounded.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	ps = slices.CompactFunc(ps, alike)
	if len(ps) > maxProblems {
		ps = ps[:maxProblems]
	}
	return ps
}
