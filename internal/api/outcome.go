package api

import (
	"net/http"

	"github.com/davit-cd/davit"
)

// The exit codes of every command.
const (
	ExitDone       = 0 // it was done
	ExitFailed     = 1 // it was tried and failed
	ExitMisused    = 2 // the command or its input is wrong
	ExitRefused    = 3 // a gate said no
	ExitRolledBack = 4 // it was done and taken back
)

// Outcome is how one kind of error leaves the program.
type Outcome struct {
	Kind   davit.ErrorKind
	Status int    // HTTP status
	Exit   int    // exit code of a command
	Title  string // RFC 9457 title: the same for every occurrence
}

// Outcomes is the one table of how errors leave the program.
func Outcomes() []Outcome {
	return []Outcome{
		{davit.Invalid, http.StatusUnprocessableEntity, ExitMisused, "The input is not valid"},
		{davit.NotFound, http.StatusNotFound, ExitFailed, "There is no such thing"},
		{davit.Conflict, http.StatusConflict, ExitFailed, "The thing is in a state that forbids this"},
		{davit.Denied, http.StatusPreconditionFailed, ExitRefused, "A gate said no"},
		{davit.Unauthorized, http.StatusUnauthorized, ExitFailed, "A valid token is needed"},
		{davit.Forbidden, http.StatusForbidden, ExitFailed, "The token's role does not allow this"},
		{davit.TooLarge, http.StatusRequestEntityTooLarge, ExitMisused, "The request is too large"},
		{davit.Unavailable, http.StatusServiceUnavailable, ExitFailed, "The server cannot do this now"},
		{davit.Internal, http.StatusInternalServerError, ExitFailed, "The server made a mistake"},
	}
}

// OutcomeOf returns the outcome of kind; what is not in the table is Internal.
func OutcomeOf(kind davit.ErrorKind) Outcome {
	var internal Outcome
	for _, o := range Outcomes() {
		if o.Kind == kind {
			return o
		}
		if o.Kind == davit.Internal {
			internal = o
		}
	}
	return internal
}

// KindOf returns the kind of error an HTTP status stands for.
func KindOf(status int) davit.ErrorKind {
	for _, o := range Outcomes() {
		if o.Status == status {
			return o.Kind
		}
	}
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return davit.Unavailable
	case status >= 500:
		return davit.Internal
	case status == http.StatusMethodNotAllowed:
		return davit.NotFound
	}
	return davit.Invalid
}
