package server

import (
	"net/http"
	"slices"
)

// What a page from elsewhere may send to the flags' protocols, and see.
const (
	crossMethods = "GET, POST"
	crossSends   = "Authorization, X-API-Key, Content-Type, If-None-Match, Flagd-Selector, Last-Event-ID, Cache-Control, " +
		"Connect-Protocol-Version, Connect-Timeout-Ms, Grpc-Timeout, X-Grpc-Web, X-User-Agent"
	crossSees    = "ETag, Retry-After, Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin"
	crossSeconds = "7200"
)

// crossed tells a browser whether the page it shows may ask; true if that was
// all that was asked. A page from elsewhere that is not allowed gets no word of
// it, and its browser keeps the answer from it. Credentials of the browser
// itself (cookies) are never allowed.
func (s *Server) crossed(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	head := w.Header()
	head.Add("Vary", "Origin")
	if allowed := s.options.Evaluation.Origins; slices.Contains(allowed, "*") || slices.Contains(allowed, origin) {
		head.Set("Access-Control-Allow-Origin", origin)
		head.Set("Access-Control-Expose-Headers", crossSees)
		if preflight {
			head.Set("Access-Control-Allow-Methods", crossMethods)
			head.Set("Access-Control-Allow-Headers", crossSends)
			head.Set("Access-Control-Max-Age", crossSeconds)
		}
	}
	if preflight {
		w.WriteHeader(http.StatusNoContent)
	}
	return preflight
}
