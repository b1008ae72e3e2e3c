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
	p := NewProblem(davit.Invalid, fmt.Sprintf("davit.yaml has %d %s", len(ps), noun), "davit validate shows the same before you push")
	for _, one := range ps {
		p.Errors = append(p.Errors, FieldErrorOf(one))
	}
	return p
}
