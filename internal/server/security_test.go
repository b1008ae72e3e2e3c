package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// address fills the parameters of a route.
func address(r api.Route) string {
	p := strings.NewReplacer(
		"{service}", "shop", "{environment}", "production", "{run}", "shop-run-1", "{release}", "shop-1", "{rollout}", "shop-production-r1",
		"{digest}", "sha256:"+strings.Repeat("a", 64), "{subject}", "abcd", "{name}", "KEY", "{token}", "abc",
	).Replace(r.Path)
	if r.ID == "search" {
		p += "?q=shop"
	}
	if r.ID == "get-series" {
		p += "?service=shop&environment=production"
	}
	return api.Base + p
}

// TestNobodyGetsNothing holds that no route answers without a valid token, and
// that only the health checks do.
func TestNobodyGetsNothing(t *testing.T) {
	w := newWorld(t)
	paths := []string{"GET /openapi.json", "GET /", "GET /git/shop.git/info/refs?service=git-upload-pack", "GET /v2/", "GET /api/v1/nowhere", "POST /hooks/pre-receive", "POST /hooks/post-receive", "GET /metrics", "GET /debug/pprof/"}
	for _, r := range api.Routes() {
		paths = append(paths, r.Method+" "+address(r))
	}
	for _, p := range paths {
		method, path, _ := strings.Cut(p, " ")
		for _, header := range []string{"", "Bearer ", "Bearer dvt_wrong", "Bearer " + strings.Repeat("x", 10_000), "Basic eDp5", "Digest x", "\x01"} {
			args := []string{}
			if header != "" && header != "\x01" {
				args = []string{"Authorization", header}
			}
			status, body, h := w.ask("", method, path, "", args...)
			if status != http.StatusUnauthorized {
				t.Errorf("%s with %.30q: %d %.200s", p, header, status, body)
			}
			if !strings.HasPrefix(path, "/git/") && h.Get("Content-Type") != api.ProblemType {
				t.Errorf("%s: content type %q", p, h.Get("Content-Type"))
			}
		}
	}
	for _, p := range []string{"/healthz", "/readyz"} {
		if status, body, _ := w.ask("", "GET", p, ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", p, status, body)
		}
	}
	if n := w.engine.count(); n != 0 {
		t.Errorf("the engine was asked %d times: %s", n, w.engine.last())
	}
}

// TestRoles holds that each route refuses every role below its own, and lets
// its own and those above in.
func TestRoles(t *testing.T) {
	w := newWorld(t)
	for _, r := range api.Routes() {
		if r.Role() == "" {
			t.Errorf("%s: verb %q has no role", r.ID, r.Verb)
		}
		if r.Write() && r.Role() == davit.Viewer {
			t.Errorf("%s changes something and a viewer may", r.ID)
		}
		if r.ID == "stream-events" {
			continue // does not end
		}
		for _, role := range []davit.Role{davit.Viewer, davit.Deployer, davit.Admin} {
			status, body, _ := w.ask(role, r.Method, address(r), "{}")
			if refused := status == http.StatusForbidden || status == http.StatusUnauthorized; refused == role.Includes(r.Role()) {
				t.Errorf("%s as %s: %d %s", r.ID, role, status, body)
			}
			if status >= 500 {
				t.Errorf("%s as %s: %d %s", r.ID, role, status, body)
			}
		}
	}
	if status, _, _ := w.ask(davit.Viewer, "GET", "/git/shop.git/info/refs?service=git-receive-pack", ""); status != http.StatusForbidden {
		t.Errorf("a viewer may push: %d", status)
	}
	if status, body, _ := w.ask(davit.Deployer, "GET", "/git/shop.git/info/refs?service=git-receive-pack", ""); status != 200 || body != "git for the-deployer" {
		t.Errorf("a deployer may not push: %d %s", status, body)
	}
	if status, _, _ := w.ask(davit.Viewer, "PUT", "/v2/shop/manifests/x", "{}"); status != http.StatusForbidden {
		t.Errorf("a viewer may push images: %d", status)
	}
}

// TestOtherNames holds that a name bound to this address by somebody else's
// page is refused.
func TestOtherNames(t *testing.T) {
	w := newWorld(t)
	for host, want := range map[string]int{
		"evil.example": 403, "evil.example:7400": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403, "": 200,
		"localhost": 200, "localhost:7400": 200, "LOCALHOST": 200, "127.0.0.1:7400": 200, "[::1]:7400": 200,
	} {
		if status, body, _ := w.ask(davit.Admin, "GET", "/api/v1/version", "", "Host", host); status != want {
			t.Errorf("host %q: %d, want %d: %s", host, status, want, body)
		}
	}
}

// TestHostileInput sends ids, paths and bodies that must be refused plainly.
func TestHostileInput(t *testing.T) {
	w := newWorld(t)
	for _, p := range []string{
		"/api/v1/runs/..%2f..%2fetc%2fpasswd", "/api/v1/runs/%00", "/api/v1/runs/'%20OR%201=1--", "/api/v1/services/%2e%2e",
		"/api/v1/services/UPPER", "/api/v1/rollouts/" + strings.Repeat("a", 500), "/api/v1/why/..", "/api/v1/why/%0a", "/api/v1/why/zz%25",
		"/api/v1/runs?limit=0", "/api/v1/runs?limit=501", "/api/v1/runs?limit=-1", "/api/v1/runs?limit=1e9", "/api/v1/runs?nosuch=1",
		"/api/v1/timeline?after=x", "/api/v1/timeline?commit=zz", "/api/v1/timeline?since=yesterday", "/api/v1/runs/" + strings.Repeat("x", 3000),
		"/api/v1/series?service=shop&environment=production&step=0", "/api/v1/quarantine?after=%ff%fe",
		"/git/../../etc/passwd", "/api/v1/../../etc/passwd",
	} {
		status, body, h := w.ask(davit.Admin, "GET", p, "")
		if status == 200 && strings.Contains(p, "/git/") {
			continue // the mux cleans the path; the handler of this test answers everything
		}
		if status < 400 || status >= 500 {
			t.Errorf("%s: %d %.200s", p, status, body)
		}
		if strings.Contains(body, "sqlite") || strings.Contains(body, "SQL") || strings.Contains(body, ".go:") || strings.Contains(body, "/tmp/") {
			t.Errorf("%s tells too much: %s", p, body)
		}
		if status != http.StatusNotFound && h.Get("Content-Type") != api.ProblemType {
			t.Errorf("%s: content type %q", p, h.Get("Content-Type"))
		}
	}
	huge := `{"reason":"` + strings.Repeat("x", 2<<20) + `"}`
	for _, headers := range [][]string{nil, {"Idempotency-Key", "k1"}} {
		status, body, _ := w.ask(davit.Admin, "POST", "/api/v1/rollouts/shop-production-r1/abort", huge, headers...)
		if status != http.StatusRequestEntityTooLarge {
			t.Errorf("huge body: %d %.200s", status, body)
		}
	}
	for _, body := range []string{"{", "null", "[]", `"x"`, `{"reason":1}`, `{"unknown":true}`, strings.Repeat("[", 100_000)} {
		status, answer, _ := w.ask(davit.Admin, "POST", "/api/v1/quarantine", body)
		if status < 400 || status >= 500 {
			t.Errorf("body %.30q: %d %s", body, status, answer)
		}
	}
	if w.engine.count() != 0 {
		t.Errorf("the engine was asked: %s", w.engine.last())
	}
}

// TestClientTokens holds that a token for SDKs does nothing but evaluate flags,
// and that it cannot be made wider than it says.
func TestClientTokens(t *testing.T) {
	w := newWorld(t)
	status, body, _ := w.ask(davit.Admin, "POST", api.Base+"/tokens", `{"name":"web","role":"client","flags":["shop/staging","shop/production","shop/staging"]}`)
	var made api.NewToken
	if err := json.Unmarshal([]byte(body), &made); err != nil || status != 201 || !slices.Equal(made.Flags, []string{"shop/production", "shop/staging"}) {
		t.Fatal(status, body, err)
	}
	w.tokens[davit.Client] = made.Secret
	for _, route := range api.Routes() {
		path := address(route)
		if status, body, _ := w.ask(davit.Client, route.Method, api.Base+path, ""); status != 403 {
			t.Errorf("%s %s: %d %.200s", route.Method, path, status, body)
		}
	}
	for _, path := range []string{"/openapi.json", "/git/shop.git/info/refs?service=git-upload-pack", "/v2/", "/nowhere"} {
		if status, body, _ := w.ask(davit.Client, "GET", path, ""); status != 403 {
			t.Errorf("%s: %d %.200s", path, status, body)
		}
	}
	for _, body := range []string{
		`{"name":"x","role":"client","flags":["shop"]}`,
		`{"name":"x","role":"client","flags":["shop/production/eu"]}`,
		`{"name":"x","role":"viewer","flags":["shop/production"]}`,
	} {
		if status, answer, _ := w.ask(davit.Admin, "POST", api.Base+"/tokens", body); status != 422 {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	if status, _, _ := w.ask("", "GET", api.Base+"/version", "", "X-API-Key", w.tokens[davit.Viewer]); status != 200 {
		t.Error("a token as X-API-Key is not taken", status)
	}
}
