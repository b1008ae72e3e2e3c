package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// problem turns an error into what the caller may see, and logs what he may
// not.
func (s *Server) problem(ctx context.Context, tried string, err error) *api.Problem {
	s.note(ctx, tried, err)
	return api.ProblemOf(err)
}

// note logs an error that its caller may not see.
func (s *Server) note(ctx context.Context, tried string, err error) {
	if davit.KindOf(err) == davit.Internal && !errors.Is(err, context.Canceled) {
		s.options.Log.ErrorContext(ctx, "request failed", "tried", tried, "actor", who(ctx).Name, "error", err)
	}
}

// refuse answers with a problem. Only git and the registry ask for a password
// (see git.go): a browser that is asked for one here would put its own dialog
// over the page, in place of the page's.
func (s *Server) refuse(w http.ResponseWriter, p *api.Problem) {
	if p.Status == http.StatusUnauthorized && w.Header().Get("WWW-Authenticate") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer realm="davit"`)
	}
	w.Header().Set("Content-Type", api.ProblemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller is gone, or reads it
}

// nowhere answers what has no route. Nobody learns only that he is nobody.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	if s.admits(w, r, davit.Viewer) {
		s.refuse(w, api.NewProblem(davit.NotFound, "there is nothing at this address for this method", "see docs/reference/api.md"))
	}
}

// recovered keeps a mistake in one request from ending the others.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := s.options.Log.Enabled(r.Context(), slog.LevelDebug)
		var begin time.Time
		if noted {
			begin = s.options.Now()
		}
		seen := &seenWriter{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler { //nolint:errorlint // the value itself is panicked with
					panic(v)
				}
				s.options.Log.ErrorContext(r.Context(), "request panicked", "method", r.Method, "panic", v, "stack", string(debug.Stack()))
				if seen.status == 0 {
					s.refuse(seen, api.NewProblem(davit.Internal, "the server could not do this", "the server's log says why"))
				}
			}
			if noted {
				s.options.Log.DebugContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "took", s.options.Now().Sub(begin))
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// seenWriter remembers the status of an answer.
type seenWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *seenWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that there is an answer.
func (w *seenWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer's abilities.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was written so far.
func (w *seenWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// What every answer begins with. The slices are shared by all answers, which
// may take others in their place but do not write to them.
var nosniff, deny, noReferrer, noStore = []string{"nosniff"}, []string{"DENY"}, []string{"no-referrer"}, []string{"no-store"}

// checked refuses requests that were sent to another name: a page in a browser
// whose name was bound to this address a moment ago must not speak to Davit.
// An IP address cannot be rebound, so those pass.
func (s *Server) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"], h["X-Frame-Options"], h["Referrer-Policy"], h["Cache-Control"] = nosniff, deny, noReferrer, noStore
		if !s.called(r.Host) {
			s.refuse(w, api.NewProblem(davit.Forbidden, "this server is not called by that name", "start it with --host NAME to allow a name"))
			return
		}
		if len(r.URL.Path) > 2048 || len(r.URL.RawQuery) > 4096 {
			s.refuse(w, api.NewProblem(davit.TooLarge, "the address is too long", ""))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) called(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if name == "localhost" || slices.Contains(s.options.Hosts, name) {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}
