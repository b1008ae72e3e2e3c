package server_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

// logIn opens a session and returns its cookie.
func (w *world) logIn(body string, headers ...string) (int, api.Session, *http.Cookie) {
	w.t.Helper()
	headers = append([]string{"X-Davit-Page", "1"}, headers...)
	status, text, h := w.ask("", "POST", api.SessionPath, body, headers...)
	var s api.Session
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			w.t.Fatal(err)
		}
	}
	cookies := (&http.Response{Header: h}).Cookies()
	if len(cookies) != 1 {
		return status, s, nil
	}
	return status, s, cookies[0]
}

func (w *world) mustLogIn(role davit.Role) string {
	w.t.Helper()
	status, s, c := w.logIn(`{"token":"` + w.tokens[role] + `"}`)
	if status != http.StatusOK || !s.Open || s.Role != string(role) || c == nil {
		w.t.Fatal(status, s, c)
	}
	return c.Name + "=" + c.Value
}

func TestSession(t *testing.T) {
	w := newWorld(t)
	status, s, c := w.logIn(`{"token":"` + w.tokens[davit.Deployer] + `"}`)
	if status != http.StatusOK || s.Name != "the-deployer" || s.Role != "deployer" || s.Expires.IsZero() || s.Now.IsZero() {
		t.Fatal(status, s)
	}
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure || c.Path != "/" || c.Domain != "" || strings.Contains(c.Value, "dvt_") {
		t.Fatalf("%+v", c)
	}
	cookie := c.Name + "=" + c.Value
	if status, body, _ := w.ask("", "GET", api.Base+"/identity", "", "Cookie", cookie); status != 200 || !strings.Contains(body, "the-deployer") {
		t.Fatal(status, body)
	}
	for _, path := range []string{"/git/shop.git/info/refs?service=git-upload-pack", "/v2/"} {
		if status, body, _ := w.ask("", "GET", path, "", "Cookie", cookie); status != http.StatusUnauthorized {
			t.Errorf("a session opens %s: %d %s", path, status, body)
		}
	}
	if status, body, _ := w.ask("", "GET", api.Base+"/tokens", "", "Cookie", cookie); status != http.StatusForbidden {
		t.Error("a session may do more than its token", status, body)
	}
	status, _, h := w.ask("", "DELETE", api.SessionPath, "", "Cookie", cookie, "X-Davit-Page", "1")
	if gone := (&http.Response{Header: h}).Cookies(); status != 200 || len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Fatal(status, h)
	}
	if status, _, _ := w.ask("", "GET", api.Base+"/identity", "", "Cookie", cookie); status != http.StatusUnauthorized {
		t.Error("the session outlives its end")
	}
	if kinds := w.kinds(); !strings.Contains(kinds, "session.opened") || !strings.Contains(kinds, "session.ended") {
		t.Error("the journal does not tell of sessions:", kinds)
	}
}

// TestNoPasswordIsAskedFor holds that a browser is not made to ask for a name
// and a password above the page: whose session is over is asked by the page.
func TestNoPasswordIsAskedFor(t *testing.T) {
	w := newWorld(t)
	for _, ask := range [][2]string{{"GET", api.Base + "/identity"}, {"POST", api.Base + "/tokens"}, {"POST", api.SessionPath}} {
		status, _, h := w.ask("", ask[0], ask[1], `{"token":"dvt_wrong"}`, "X-Davit-Page", "1")
		if challenges := h.Values("WWW-Authenticate"); status != http.StatusUnauthorized || len(challenges) != 1 || challenges[0] != `Bearer realm="davit"` {
			t.Errorf("%s %s: %d %q", ask[0], ask[1], status, challenges)
		}
	}
}

func (w *world) kinds() string {
	events, err := w.store.Events(w.t.Context(), davit.EventQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	kinds := []string{}
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

func TestLoginIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"no json": "token", "nothing": "{}", "wrong token": `{"token":"dvt_wrong"}`, "wrong code": `{"code":"ABC"}`, "empty": `{"token":""}`,
	} {
		if status, s, c := w.logIn(body); status < 400 || status >= 500 || s.Open || c != nil {
			t.Error(name, status, s, c)
		}
	}
	good := `{"token":"` + w.tokens[davit.Admin] + `"}`
	for name, headers := range map[string][]string{
		"without the page's header": {},
		"another site":              {"X-Davit-Page", "1", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"another port":              {"X-Davit-Page", "1", "Sec-Fetch-Site", "same-site"},
		"an old browser":            {"X-Davit-Page", "1", "Origin", "http://127.0.0.1:1"},
	} {
		if status, _, h := w.ask("", "POST", api.SessionPath, good, headers...); status != http.StatusForbidden || h.Get("Set-Cookie") != "" {
			t.Error(name, status, h)
		}
	}
}

// TestForgery holds that another page, whose requests carry the cookie, can
// change nothing.
func TestForgery(t *testing.T) {
	w := newWorld(t)
	cookie := w.mustLogIn(davit.Admin)
	for _, r := range api.Routes() {
		if !r.Write() {
			continue
		}
		for name, headers := range map[string][]string{
			"a form":         {"Sec-Fetch-Site", "cross-site"},
			"without header": {},
			"another site":   {"X-Davit-Page", "1", "Sec-Fetch-Site", "cross-site"},
			"another port":   {"X-Davit-Page", "1", "Sec-Fetch-Site", "same-site"},
			"an old browser": {"X-Davit-Page", "1", "Origin", "http://evil.example"},
		} {
			status, body, _ := w.ask("", r.Method, address(r), "{}", append(headers, "Cookie", cookie)...)
			if status != http.StatusForbidden || !strings.Contains(body, "own page") {
				t.Errorf("%s by %s: %d %s", r.ID, name, status, body)
			}
		}
	}
	if n := w.engine.count(); n != 0 {
		t.Errorf("the engine was asked %d times: %s", n, w.engine.last())
	}
	own := []string{"Cookie", cookie, "X-Davit-Page", "1", "Sec-Fetch-Site", "same-origin"}
	if status, body, _ := w.ask("", "POST", api.Base+"/tokens", `{"name":"ann","role":"viewer"}`, own...); status != http.StatusCreated {
		t.Error("the page itself is refused", status, body)
	}
}

func TestSessionExpires(t *testing.T) {
	w := newWorld(t)
	cookie := w.mustLogIn(davit.Viewer)
	open := func() bool {
		status, _, _ := w.ask("", "GET", api.Base+"/identity", "", "Cookie", cookie)
		return status == http.StatusOK
	}
	for range 4 { // used every eleven hours, it goes on
		w.late.Add(int64(11 * time.Hour))
		if !open() {
			t.Fatal("a session that is used has ended")
		}
	}
	w.late.Add(int64(13 * time.Hour))
	if open() {
		t.Fatal("a session that is not used goes on")
	}
	cookie = w.mustLogIn(davit.Viewer)
	for range 61 {
		w.late.Add(int64(12*time.Hour) - 1)
		if !open() {
			return
		}
	}
	t.Fatal("a session has no end")
}

func TestSessionEndsWithItsToken(t *testing.T) {
	w := newWorld(t)
	cookie := w.mustLogIn(davit.Viewer)
	k, err := w.store.TokenByHash(t.Context(), access.HashToken(w.tokens[davit.Viewer]))
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := w.ask(davit.Admin, "DELETE", api.Base+"/tokens/"+k.ID, ""); status != http.StatusOK {
		t.Fatal(status, body)
	}
	if status, _, _ := w.ask("", "GET", api.Base+"/identity", "", "Cookie", cookie); status != http.StatusUnauthorized {
		t.Fatal("a session outlives its token")
	}
}

func TestLink(t *testing.T) {
	w := newWorld(t)
	link := func() string {
		status, body, _ := w.ask(davit.Deployer, "POST", api.SessionPath+"/link", "")
		var l api.Link
		if err := json.Unmarshal([]byte(body), &l); err != nil || status != http.StatusCreated {
			t.Fatal(status, body, err)
		}
		_, code, ok := strings.Cut(l.Path, "#code=")
		if !ok {
			t.Fatal(l)
		}
		return `{"code":"` + code + `"}`
	}
	code := link()
	status, s, c := w.logIn(code)
	if status != http.StatusOK || s.Role != "deployer" {
		t.Fatal(status, s)
	}
	if status, _, _ := w.logIn(code); status != http.StatusUnauthorized {
		t.Error("a link opens the page twice")
	}
	code = link()
	w.late.Add(int64(11 * time.Minute))
	if status, _, _ := w.logIn(code); status != http.StatusUnauthorized {
		t.Error("an old link opens the page")
	}
	if status, _, _ := w.ask("", "POST", api.SessionPath+"/link", "", "Cookie", c.Name+"="+c.Value, "X-Davit-Page", "1"); status != http.StatusForbidden {
		t.Error("a session makes links:", status)
	}
	if status, _, _ := w.ask("", "POST", api.SessionPath+"/link", ""); status != http.StatusUnauthorized {
		t.Error("nobody makes links:", status)
	}
}

// TestPacked holds that large answers come compressed to who can read that, and
// streams never do.
func TestPacked(t *testing.T) {
	w := newWorld(t)
	get := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.http.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.tokens[davit.Viewer])
		r.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	if res := get("/openapi.json"); res.Header.Get("Content-Encoding") != "gzip" || res.Header.Get("Vary") == "" {
		t.Error("a large answer is not compressed:", res.Header)
	}
	if res := get(api.Base + "/identity"); res.Header.Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
	res := get(api.Base + "/events")
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil && err != io.EOF || res.Header.Get("Content-Encoding") != "" || line != ": alive\n" {
		t.Errorf("a stream is compressed: %q %v", line, err)
	}
}
