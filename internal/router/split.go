package router

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// choose returns the version a request goes to, nil if there is none for it.
//
//	a probe that names a release ─► that release, even a dark one
//	a match                      ─► the new version, whatever its weight
//	weight 0 or all              ─► no key is looked at: pins end at once
//	in between                   ─► by the bucket of the user's key
func (rt *route) choose(x *exchange) *lane {
	if x.release != "" {
		return rt.lane(x.release)
	}
	if rt.fresh == nil {
		return weighty(rt.stable)
	}
	for i := range rt.Match {
		if matches(&rt.Match[i], x.r) {
			return rt.fresh
		}
	}
	switch {
	case rt.fresh.weight <= 0:
		return weighty(rt.stable)
	case rt.fresh.weight >= davit.Full || rt.stable == nil:
		return rt.fresh
	}
	if flag.Bucket(rt.Salt, x.key(rt), uint32(davit.Full)) < uint32(rt.fresh.weight) {
		return rt.fresh
	}
	return rt.stable
}

func weighty(l *lane) *lane {
	if l == nil || l.weight <= 0 {
		return nil
	}
	return l
}

// key returns what the request's user is known by: the first there is of the
// configured header, the configured cookie and the router's own cookie. Who has
// none is given the latter, so anybody can be in a canary, and stays there.
func (x *exchange) key(rt *route) string {
	if rt.Sticky.Header != "" {
		if v := x.r.Header.Get(rt.Sticky.Header); v != "" && len(v) <= keyLimit {
			return v
		}
	}
	if rt.Sticky.Cookie != "" {
		if v := cookieValue(x.r.Header["Cookie"], rt.Sticky.Cookie); v != "" && len(v) <= keyLimit {
			return v
		}
	}
	if v := cookieValue(x.r.Header["Cookie"], rt.cookie); v != "" && len(v) <= keyLimit {
		return v
	}
	if x.pin == "" {
		x.pin = newKey()
	}
	return x.pin
}

// newKey makes the value of the router's cookie. It is a key, not a version:
// where it leads is decided anew for each request.
func newKey() string {
	var b [16]byte
	for i := 0; i < len(b); i += 8 {
		v := rand.Uint64()
		for j := range 8 {
			b[i+j] = byte(v >> (8 * j))
		}
	}
	return hex.EncodeToString(b[:])
}

// cookieValue returns the value of the first cookie of that name, without
// quotes, empty if there is none.
func cookieValue(fields []string, name string) string {
	for _, f := range fields {
		for f != "" {
			var part string
			part, f, _ = strings.Cut(f, ";")
			part = strings.TrimLeft(part, " \t")
			if len(part) > len(name) && part[len(name)] == '=' && part[:len(name)] == name {
				return strings.Trim(strings.TrimRight(part[len(name)+1:], " \t"), `"`)
			}
		}
	}
	return ""
}

// matches reports whether all that m asks for holds. A match that asks for
// nothing holds for nothing. A path is a prefix of whole segments.
func matches(m *davit.Match, r *http.Request) bool {
	if m.Header == "" && m.Cookie == "" && m.Path == "" {
		return false
	}
	if m.Path != "" && !underPath(r.URL.Path, m.Path) {
		return false
	}
	if m.Header != "" {
		if v, ok := r.Header[http.CanonicalHeaderKey(m.Header)]; !ok || !oneOf(m.Values, v[0]) {
			return false
		}
	}
	if m.Cookie != "" {
		if v := cookieValue(r.Header["Cookie"], m.Cookie); v == "" || !oneOf(m.Values, v) {
			return false
		}
	}
	return true
}

func oneOf(values []string, v string) bool { return len(values) == 0 || slices.Contains(values, v) }

func underPath(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(prefix, "/"))
}
