package api

import (
	"errors"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is an error on the wire, by RFC 9457.
type Problem struct {
	Type   string          `json:"type" doc:"Names the kind of problem: urn:davit:problem: and the kind"`
	Title  string          `json:"title" doc:"The same for every problem of this kind"`
	Status int             `json:"status" doc:"HTTP status"`
	Kind   davit.ErrorKind `json:"kind" doc:"Kind of error" enum:"invalid,not-found,conflict,refused,unauthenticated,forbidden,too-large,unavailable,internal"`
	Detail string          `json:"detail" doc:"What was tried and what came of it"`
	Hint   string          `json:"hint,omitempty" doc:"How to mend it"`
	Errors []FieldError    `json:"errors,omitempty" doc:"The single mistakes in the input"`
}

// FieldError is one mistake in the input. It never repeats the value, which
// may be a secret.
type FieldError struct {
	At   string `json:"at,omitempty" doc:"Where: body.reason, query.limit, or file:line:column"`
	Text string `json:"text" doc:"What is wrong"`
}

// NewProblem returns a problem of the given kind.
func NewProblem(kind davit.ErrorKind, detail, hint string) *Problem {
	o := OutcomeOf(kind)
	return &Problem{
		Type: "urn:davit:problem:" + string(o.Kind), Title: o.Title, Status: o.Status,
		Kind: o.Kind, Detail: detail, Hint: hint,
	}
}

// ProblemOf returns err as it may be shown to a caller. What no one meant for
// the outside (an error without a kind) becomes a bare Internal: its text may
// hold paths, addresses or worse, and belongs into the server's log only.
func ProblemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if mistakes, ok := errors.AsType[spec.Problems](err); ok {
		return configProblem(mistakes)
	}
	e, ok := errors.AsType[*davit.Error](err)
	if !ok || e.Kind == davit.Internal {
		return NewProblem(davit.Internal, "the server could not do this", "the server's log says why")
	}
	return NewProblem(e.Kind, outward(e), e.Hint)
}

// outward is e's text with those causes only that are themselves meant for the
// caller: a cause without a kind stays inside, unless e says nothing else.
func outward(e *davit.Error) string {
	parts := []string{}
	for e != nil {
		if e.Text != "" {
			parts = append(parts, e.Text)
		}
		next, ok := errors.AsType[*davit.Error](e.Err)
		if !ok && e.Err != nil && (e.Kind == davit.Invalid || e.Kind == davit.Denied) {
			parts = append(parts, e.Err.Error()) // what is wrong with the caller's own input
		}
		e = next
	}
	if len(parts) == 0 {
		return "the server could not do this"
	}
	return strings.Join(parts, ": ")
}

// Error returns the detail.
func (p *Problem) Error() string {
	if len(p.Errors) == 0 {
		return p.Detail
	}
	lines := []string{p.Detail}
	for _, e := range p.Errors {
		if e.At != "" {
			lines = append(lines, "  "+e.At+": "+e.Text)
		} else {
			lines = append(lines, "  "+e.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem.
func (p *Problem) ContentType(string) string { return ProblemType }

// Unwrap lets davit.KindOf see the kind of a problem that came over the wire.
func (p *Problem) Unwrap() error {
	return &davit.Error{Kind: p.Kind, Text: p.Detail, Hint: p.Hint}
}
