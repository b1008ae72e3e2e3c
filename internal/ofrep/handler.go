package ofrep

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flag"
)

// Where the protocol lives.
const (
	flagsPath  = "/ofrep/v1/evaluate/flags"
	streamPath = "/ofrep/v1/stream"
)

// selectorHeader names the flag set a request is about, as in flagd.
const selectorHeader = "Flagd-Selector"

// Handler serves OFREP. It must be given paths as they came: a key may hold
// anything, also "//" and "..".
type Handler struct {
	options Options
	parts   sync.Map // id of a set → *parts of its newest version
	streams atomic.Int64
	dropped atomic.Int64
}

// New returns a handler.
func New(o Options) *Handler { return &Handler{options: o.withDefaults()} }

// Stats are counts since the handler was made.
type Stats struct {
	Streams int64 // open now
	Dropped int64 // streams that were ended since their reader was too slow
}

// Stats returns the counts.
func (h *Handler) Stats() Stats { return Stats{h.streams.Load(), h.dropped.Load()} }

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch rest, ok := strings.CutPrefix(path, flagsPath); {
	case ok && (rest == "" || rest == "/"):
		if post(w, r) {
			h.bulk(w, r)
		}
	case ok && rest[0] == '/':
		if post(w, r) {
			h.single(w, r, rest[1:])
		}
	case path == streamPath:
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		h.stream(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func post(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodPost {
		return true
	}
	w.Header().Set("Allow", http.MethodPost)
	w.WriteHeader(http.StatusMethodNotAllowed)
	return false
}

// selected returns the set a request is about.
func (h *Handler) selected(r *http.Request) (string, *flag.Set, error) {
	g, err := h.options.Grant(r.Context())
	if err != nil {
		return "", nil, err
	}
	id, err := choose(g, r, h.options.Book.Sets)
	if err != nil {
		return "", nil, err
	}
	set, err := h.options.Book.Set(id)
	return id, set, err
}

func choose(g access.Grant, r *http.Request, sets func() []string) (string, error) {
	values := r.Header[selectorHeader]
	switch len(values) {
	case 0:
		return g.FlagSet("", sets)
	case 1:
		return g.FlagSet(values[0], sets)
	}
	return "", &davit.Error{Kind: davit.Invalid, Text: "there is more than one header " + selectorHeader, Hint: "send one"}
}
