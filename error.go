package davit

import "errors"

// ErrorKind classifies errors; one table maps kinds to HTTP status and exit
// code.
type ErrorKind string

// The kinds.
const (
	Invalid      ErrorKind = "invalid"         // the input is wrong; say how to mend it
	NotFound     ErrorKind = "not-found"       // no such thing
	Conflict     ErrorKind = "conflict"        // the thing is in a state that forbids it
	Denied       ErrorKind = "refused"         // a gate said no
	Unauthorized ErrorKind = "unauthenticated" // no valid credential
	Forbidden    ErrorKind = "forbidden"       // the credential's role is too small
	TooLarge     ErrorKind = "too-large"
	Unavailable  ErrorKind = "unavailable" // try again
	Internal     ErrorKind = "internal"
)

// Error is an error with a kind and, where there is one, the way to mend it.
type Error struct {
	Kind ErrorKind
	Text string // what was tried and what came of it
	Hint string // how to mend it; may be empty
	Err  error  // cause; may be nil
}

// Error returns the text and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Text
	}
	if e.Text == "" {
		return e.Err.Error()
	}
	return e.Text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first Error in err's chain, else Internal.
func KindOf(err error) ErrorKind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
