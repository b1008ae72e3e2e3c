package authoring

import (
	"fmt"
	"strings"

	"github.com/davit-cd/davit"
)

// Problem is something wrong with flags that are each well written, but do not
// fit together.
type Problem struct {
	Flag        string // its key, or
	Segment     string // the segment's name, or
	Group       string // the group's name
	Environment string // where; empty: everywhere
	Text        string
	Hint        string
}

// Where names what the problem is about.
func (p Problem) Where() string {
	where := "the document"
	switch {
	case p.Flag != "":
		where = "flag " + p.Flag
	case p.Segment != "":
		where = "segment " + p.Segment
	case p.Group != "":
		where = "group " + p.Group
	}
	if p.Environment != "" {
		where += " in " + p.Environment
	}
	return where
}

// String returns the problem in one line.
func (p Problem) String() string { return p.Where() + ": " + p.Text }

// refused is the error of several problems.
func refused(problems []Problem) error {
	lines, hint := []string{}, ""
	for _, p := range problems {
		lines = append(lines, p.String())
		if hint == "" {
			hint = p.Hint
		}
	}
	return &davit.Error{Kind: davit.Invalid, Text: strings.Join(lines, "\n"), Hint: hint}
}

// Refuse returns problems as an error, nil if there are none.
func Refuse(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return refused(problems)
}

func problemOf(f Flag, environment, hint, format string, args ...any) Problem {
	return Problem{Flag: f.Key, Environment: environment, Text: fmt.Sprintf(format, args...), Hint: hint}
}
