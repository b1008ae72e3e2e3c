package flagd

import (
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd/evalv1"
	"github.com/davit-cd/davit/internal/flagd/evalv2"
	"github.com/davit-cd/davit/internal/flagd/syncv1"
)

const (
	// maxMessage is the most bytes of a request: a context, and what is around it.
	maxMessage = flag.MaxContext + 4<<10
	// writeWithin is how long one write may take before its reader is dropped.
	writeWithin = 10 * time.Second
)

// Handler serves flagd's protocols below /flagd.evaluation.v1.Service/,
// /flagd.evaluation.v2.Service/ and /flagd.sync.v1.FlagSyncService/.
type Handler struct{ services map[string]http.Handler }

// New returns a handler.
func New(o Options) *Handler {
	s := &service{options: o.withDefaults()}
	with := []connect.HandlerOption{connect.WithReadMaxBytes(maxMessage), withJSON()}
	h := &Handler{services: map[string]http.Handler{}}
	add := func(path string, service http.Handler) { h.services[path] = service }
	add(evalv1.NewServiceHandler(&v1{s}, with...))
	add(evalv2.NewServiceHandler(&v2{s}, with...))
	add(syncv1.NewFlagSyncServiceHandler(&sync{s}, with...))
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	slash := strings.LastIndexByte(r.URL.Path, '/')
	if service := h.services[r.URL.Path[:slash+1]]; service != nil {
		service.ServeHTTP(&impatient{w, http.NewResponseController(w)}, r)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

// impatient gives each write its time, so that a reader who takes nothing does
// not hold a stream for ever.
type impatient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write writes within writeWithin.
func (w *impatient) Write(b []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(writeWithin)) // recorders in tests have none
	n, err := w.ResponseWriter.Write(b)
	return n, err
}

// Flush sends what was written so far.
func (w *impatient) Flush() {
	if w.control.Flush() == nil {
		_ = w.control.SetWriteDeadline(time.Time{})
	}
}

// Unwrap lets http.ResponseController find the writer's abilities.
func (w *impatient) Unwrap() http.ResponseWriter { return w.ResponseWriter }
