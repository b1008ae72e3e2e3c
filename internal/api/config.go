package api

import (
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// FieldErrorOf returns a mistake in a davit.yaml for the wire.
func FieldErrorOf(p spec.Problem) FieldError {
	text := p.Text
	if p.Expected != "" {
		text += "; expected: " + p.Expected
	}
	if p.Hint != "" {
		text += "; hint: " + p.Hint
	}
	return FieldError{At: fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column), Text: text}
}

// configProblem returns the mistakes of a davit.yaml as one problem.
func configProblem(ps spec.Problems) *Problem {
	noun := "mistakes"
	if len(ps) == 1 {
		noun = "mistake"
	}
	file, hint := "davit.yaml", "davit validate shows the same before you push"
	if len(ps) > 0 && ps[0].File != "" && ps[0].File != file {
		file, hint = ps[0].File, "davit flags validate shows the same of a file of flags"
	}
	p := NewProblem(davit.Invalid, fmt.Sprintf("%s has %d %s", file, len(ps), noun), hint)
	for _, one := range ps {
		p.Errors = append(p.Errors, FieldErrorOf(one))
	}
	return p
}
