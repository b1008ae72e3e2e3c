package flag

import (
	"errors"

	"github.com/davit-cd/davit"
)

// contextError says what is wrong with a context.
type contextError struct {
	code Code
	text string
}

// Error says what is wrong.
func (e *contextError) Error() string { return e.text }

func contextTrouble(code Code, text string) error {
	return &davit.Error{Kind: davit.Invalid, Err: &contextError{code: code, text: text}, Hint: "send a JSON object"}
}

// CodeOf returns the code of what is wrong with a context: ParseError or
// InvalidContext; General for any other error, and "" for none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*contextError](err); ok {
		return e.code
	}
	return General
}
