package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

const maxKey = 128

// once makes a write with an Idempotency-Key happen once: the same key with the
// same request gets the kept answer, with another request a refusal.
func (s *Server) once(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header("Idempotency-Key")
	if id := ctx.Operation().OperationID; key == "" || id == "set-secret" || id == "set-channel" {
		// Setting a secret, or an address that holds one, twice is the same as
		// once, and not even a hash of its value is kept anywhere.
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	if len(key) > maxKey || strings.ContainsFunc(key, func(c rune) bool { return c < 0x21 || c > 0x7e }) {
		s.refuse(w, api.NewProblem(davit.Invalid, "Idempotency-Key must be at most 128 visible ASCII characters", ""))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(headerWithin)) // recorders in tests have none
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		s.refuse(w, api.NewProblem(davit.TooLarge, "the request is too large, or was cut short", ""))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	actor := who(r.Context()).Name
	if !s.flights.begin(actor + "\x00" + key) {
		s.refuse(w, api.NewProblem(davit.Conflict, "a request with this Idempotency-Key is under way", "ask again in a moment"))
		return
	}
	defer s.flights.end(actor + "\x00" + key)
	s.onceOnly(ctx, next, actor, key, requestHash(r, body))
}

func (s *Server) onceOnly(ctx huma.Context, next func(huma.Context), actor, key, hash string) {
	r, w := humago.Unwrap(ctx)
	kept, err := s.options.Memory.Remember(r.Context(), actor, key, hash)
	if davit.KindOf(err) == davit.Conflict {
		// Nothing else is in flight under this key, so it was another request's.
		s.refuse(w, api.NewProblem(davit.Invalid, "this Idempotency-Key was used for another request", "use a new key for a new request"))
		return
	}
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "remember request", err))
		return
	}
	if kept != nil {
		w.Header().Set("Idempotent-Replay", "true")
		w.Header().Set("Content-Type", contentType(kept.Status))
		w.WriteHeader(kept.Status)
		_, _ = w.Write(kept.Body)
		return
	}
	answered := false
	defer func() { // also when the handler panics: the claim must not outlive the request
		if !answered {
			_ = s.options.Memory.Forget(r.Context(), actor, key)
		}
	}()
	copying := &copyWriter{ResponseWriter: w}
	next(humago.NewContext(ctx.Operation(), r.WithContext(ctx.Context()), copying))
	if copying.status < 200 || copying.status >= 500 || copying.status == http.StatusUnauthorized {
		return // not an answer worth keeping: the caller should try again
	}
	kept = &Answer{copying.status, copying.body.Bytes()}
	if ctx.Operation().OperationID == "create-token" && copying.status < 300 {
		kept = shownOnce()
	}
	if err := s.options.Memory.Answer(r.Context(), actor, key, *kept); err != nil {
		s.options.Log.WarnContext(r.Context(), "keep answer", "error", err)
		return
	}
	answered = true
}

// shownOnce is kept instead of an answer that held a secret.
func shownOnce() *Answer {
	p := api.NewProblem(davit.Conflict, "the token was made by the first request with this Idempotency-Key; its secret was shown then and is not kept",
		"revoke it and make another with a new key")
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // a struct of strings
	}
	return &Answer{p.Status, body}
}

func contentType(status int) string {
	if status >= 400 {
		return api.ProblemType
	}
	return "application/json"
}

// requestHash tells requests apart by what they ask for.
func requestHash(r *http.Request, body []byte) string {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.Path, r.URL.RawQuery} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// copyWriter keeps a copy of the answer it passes on.
type copyWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (w *copyWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write copies b.
func (w *copyWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer's abilities.
func (w *copyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// flights are the requests with a key that are under way now.
type flights struct {
	mu  sync.Mutex
	set map[string]bool
}

func (f *flights) begin(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.set == nil {
		f.set = map[string]bool{}
	}
	if f.set[key] {
		return false
	}
	f.set[key] = true
	return true
}

func (f *flights) end(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.set, key)
}
