package router

import "net/http"

// sign adds the router's own fields to an answer: the cookie that pins a new
// user to his version, and, for Davit's own requests, which release answered.
// Without the latter a smoke test could take another version's answer, or a
// refusal of the router's, for that of the version it asks.
func (x *exchange) sign(h http.Header) {
	if x.pin != "" {
		h["Set-Cookie"] = append(h["Set-Cookie"], x.route.cookie+"="+x.pin+"; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax")
	}
	if x.mark == probe {
		h[ReleaseHeader] = []string{x.lane.release}
	}
}
