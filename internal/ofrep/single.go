package ofrep

import (
	"fmt"
	"net/http"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// contentJSON is shared by all answers, which do not write to it.
var contentJSON = []string{"application/json"}

// single answers with one flag.
func (h *Handler) single(w http.ResponseWriter, r *http.Request, key string) {
	id, set, err := h.selected(r)
	if err != nil {
		h.refuse(w, r, key, true, err)
		return
	}
	c, err := readContext(w, r)
	if err != nil {
		h.refuse(w, r, key, true, err)
		return
	}
	defer c.Release()
	f := set.Flag(key)
	if f == nil {
		h.options.Book.Evaluated(set, flag.NotFound(key), c)
		err = &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no flag %q in %s", key, id)}
		h.refuse(w, r, key, true, err)
		return
	}
	result := h.evaluate(set, f, c, h.options.Now().Unix())
	buffer := buffers.Get().(*[]byte)
	defer release(buffer)
	*buffer = h.append((*buffer)[:0], h.partsOf(id, set).flags[f], result)
	w.Header()["Content-Type"] = contentJSON
	if result.Code != "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	_, _ = w.Write(*buffer) // the caller is gone, or reads it
}
