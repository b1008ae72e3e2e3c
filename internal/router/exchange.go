package router

import (
	"net/http"
	"time"
)

// exchange is one request on its way, reused for the next when it is over.
type exchange struct {
	w http.ResponseWriter
	r *http.Request

	start    time.Time
	client   string // address of the peer
	trusted  bool   // the peer may say for whom it speaks
	trace    string // traceparent
	traced   bool   // it is the client's
	mark     int
	release  string        // a probe asks for it
	pin      string        // new key, to be set as a cookie
	body     []byte        // read whole, may be sent again
	streamed bool          // the body is not in body
	upward   *streamedBody // over HTTP/2
	hurried  bool          // reading from the client has a deadline

	route   *route
	lane    *lane
	claimed bool // counted into the lane's requests in flight
	backend *backend
	tries   int // attempts that failed before this one

	status int           // sent to the client; 0: none
	failed bool          // no answer, a cut one, or 5xx
	gone   bool          // the client left first
	bytes  int64         // of the body, sent to the client
	took   time.Duration // set when the answer's last byte came, if that is known
	tunnel bool          // the answer was a tunnel; counted when it began
}

// reset makes x ready for another request, keeping its buffers.
func (x *exchange) reset(w http.ResponseWriter, r *http.Request) {
	body := x.body[:0]
	*x = exchange{w: w, r: r, start: time.Now(), client: clientOf(r.RemoteAddr), body: body}
}

// idempotent reports whether the request may be sent twice.
func (x *exchange) idempotent() bool {
	switch x.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return len(x.r.Header["Idempotency-Key"]) > 0
}

// cell returns where the request is counted.
func (x *exchange) cell() *cell {
	if x.backend != nil {
		return &x.backend.cells[x.mark]
	}
	return &x.lane.cells[x.mark]
}
