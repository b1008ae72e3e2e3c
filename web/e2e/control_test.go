package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// control lets a script do to a world what no page can do. It returns its address.
func control(t *testing.T, w *world) string {
	t.Helper()
	mux := http.NewServeMux()
	do := func(name string, f func(of string) error) {
		mux.HandleFunc("POST /"+name, func(rw http.ResponseWriter, r *http.Request) {
			if err := f(r.URL.Query().Get("of")); err != nil {
				http.Error(rw, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	do("kill", func(string) error { w.stop(); return nil })
	do("start", func(string) error { w.start(w.address); return nil })
	do("say", func(text string) error {
		return w.keep(davit.Change{Events: []davit.Event{{At: w.now(), Kind: "push.received", Actor: "ana", Service: "shop", Text: text}}})
	})
	do("end-sessions", func(string) error { return w.endSessions() })
	do("rest-of-log", func(string) error { close(w.hands.rest); return nil })
	do("remove-service", func(name string) error {
		return w.keep(davit.Change{
			Deleted: []davit.Record{{Kind: "service", ID: name}},
			Events:  []davit.Event{{At: w.now(), Kind: "service.removed", Actor: "odo", Service: name, Text: name + " was removed."}},
		})
	})
	mux.HandleFunc("GET /heard", func(rw http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(rw).Encode(w.hands.heard()) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// endSessions makes every session one that has run out.
func (w *world) endSessions() error {
	w.skip.Add(int64(13 * time.Hour))
	return nil
}

// many adds a thousand services, and one with a thousand environments.
func many(t *testing.T, w *world) {
	t.Helper()
	c := &contents{t: t}
	for i := range 1000 {
		name := fmt.Sprintf("service-%04d", i)
		c.service(specOf(name, "staging", "production"), goodCommit)
	}
	var envs []string
	for i := range 1000 {
		envs = append(envs, fmt.Sprintf("env-%04d", i))
	}
	c.service(specOf("thousand", envs...), goodCommit)
	if _, err := w.store.Keep(context.Background(), c.change); err != nil {
		t.Fatal(err)
	}
}
