package server_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/davit-cd/davit"
)

// TestRegistryAsksForAPassword holds that docker can log in: a bearer challenge
// would send it to a token service that is not there.
func TestRegistryAsksForAPassword(t *testing.T) {
	w := newWorld(t)
	ask := func(password string) *http.Response {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.http.URL+"/v2/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if password != "" {
			q.SetBasicAuth("docker", password)
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
		return a
	}
	if a := ask(""); a.StatusCode != http.StatusUnauthorized || len(a.Header.Values("WWW-Authenticate")) != 1 || a.Header.Get("WWW-Authenticate") != `Basic realm="davit"` {
		t.Errorf("without a credential: %d %q", a.StatusCode, a.Header.Values("WWW-Authenticate"))
	}
	if a := ask(w.tokens[davit.Viewer]); a.StatusCode == http.StatusUnauthorized {
		t.Errorf("with a token as password: %d", a.StatusCode)
	}
}
