package ofrep

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// evaluationFailure is the body of an answer about one flag that has no value.
type evaluationFailure struct {
	Key     string    `json:"key"`
	Code    flag.Code `json:"errorCode"`
	Details string    `json:"errorDetails,omitempty"`
}

// bulkFailure is the body of an answer about all flags that has none.
type bulkFailure struct {
	Code    flag.Code `json:"errorCode"`
	Details string    `json:"errorDetails,omitempty"`
}

// serverFailure is the body of an answer that is the server's fault.
type serverFailure struct {
	Details string `json:"errorDetails"`
}

// refuse answers what could not be evaluated, about key or, where single is
// false, about all flags. An error that has no kind stays in the log.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, key string, single bool, err error) {
	kind := davit.KindOf(err)
	status, code := http.StatusBadRequest, flag.CodeOf(err)
	switch kind {
	case davit.Unauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="davit"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	case davit.Forbidden:
		w.WriteHeader(http.StatusForbidden)
		return
	case davit.Invalid:
		if errors.As(err, new(*bodyError)) {
			code = flag.ParseError
		}
	case davit.TooLarge:
		status, code = http.StatusRequestEntityTooLarge, flag.InvalidContext
	case davit.NotFound:
		// The set is not there. One flag of it is not found; all of them are a
		// bad request, for which the protocol has no other status.
		if single {
			status, code = http.StatusNotFound, flag.FlagNotFound
		}
	default:
		if r.Context().Err() == nil {
			h.options.Log.ErrorContext(r.Context(), "evaluate flags", "error", err)
		}
		writeJSON(w, http.StatusInternalServerError, serverFailure{"the server could not do this; its log says why"})
		return
	}
	if single {
		writeJSON(w, status, evaluationFailure{key, code, details(err)})
		return
	}
	writeJSON(w, status, bulkFailure{code, details(err)})
}

// details is an error's text with the way to mend it.
func details(err error) string {
	var e *davit.Error
	if errors.As(err, &e) && e.Hint != "" {
		return e.Error() + "; " + e.Hint
	}
	return err.Error()
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, _ := json.Marshal(v) // structs of strings
	w.Header()["Content-Type"] = contentJSON
	w.WriteHeader(status)
	_, _ = w.Write(b) // the caller is gone, or reads it
}
