package ofrep

import (
	"fmt"

	"github.com/davit-cd/davit"
)

// bodyError says where a body stops being a request.
type bodyError struct {
	at   int
	want string
}

// Error says where it is broken.
func (e *bodyError) Error() string {
	return fmt.Sprintf("the body is broken at byte %d, where %s was expected", e.at, e.want)
}

// Unwrap gives it its kind.
func (e *bodyError) Unwrap() error {
	return &davit.Error{Kind: davit.Invalid, Text: "read the request", Hint: `send {"context":{…}}`}
}
