package artifact

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/davit-cd/davit"
)

// refusal is an error with its code in the distribution protocol.
type refusal struct {
	code string
	err  error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// coded gives an error its code, unless it is not the client's doing.
func coded(code string, err error) error {
	if davit.KindOf(err) == davit.Internal {
		return err
	}
	return &refusal{code, err}
}

func unsupported(q *http.Request) error {
	return coded("UNSUPPORTED", &davit.Error{Kind: davit.Denied, Text: q.Method + " is not supported here"})
}

func unknownEndpoint(q *http.Request) error {
	return coded("NAME_UNKNOWN", notFound("there is nothing at %s", q.URL.Path))
}

// refuse writes an error as the protocol wants it.
func refuse(w http.ResponseWriter, err error) {
	status, code, text := http.StatusInternalServerError, "UNKNOWN", "the registry could not do it"
	if r, ok := errors.AsType[*refusal](err); ok {
		code = r.code
	}
	switch davit.KindOf(err) {
	case davit.Invalid:
		status = http.StatusBadRequest
	case davit.NotFound:
		status = http.StatusNotFound
	case davit.Denied:
		status = http.StatusMethodNotAllowed
	case davit.Conflict:
		status = http.StatusConflict
	case davit.TooLarge:
		status = http.StatusRequestEntityTooLarge
	}
	switch code {
	case "MANIFEST_BLOB_UNKNOWN":
		status = http.StatusBadRequest
	case "RANGE_INVALID":
		status = http.StatusRequestedRangeNotSatisfiable
	}
	if status != http.StatusInternalServerError {
		text = err.Error() // what is not the client's doing may name paths
	}
	b, _ := json.Marshal(map[string]any{"errors": []map[string]string{{"code": code, "message": text}}})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b)
}
