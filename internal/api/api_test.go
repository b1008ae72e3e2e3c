package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

// TestOutcomes holds that every kind of error has one way out, and that a
// status leads back to its kind.
func TestOutcomes(t *testing.T) {
	kinds := []davit.ErrorKind{
		davit.Invalid, davit.NotFound, davit.Conflict, davit.Denied, davit.Unauthorized, davit.Forbidden, davit.TooLarge, davit.Unavailable, davit.Internal,
	}
	if len(kinds) != len(api.Outcomes()) {
		t.Errorf("%d kinds, %d outcomes", len(kinds), len(api.Outcomes()))
	}
	for _, k := range kinds {
		o := api.OutcomeOf(k)
		if o.Kind != k || o.Status < 400 || o.Exit == 0 || o.Title == "" {
			t.Errorf("%s: %+v", k, o)
		}
		if api.KindOf(o.Status) != k {
			t.Errorf("%d leads to %s, not to %s", o.Status, api.KindOf(o.Status), k)
		}
	}
	if api.OutcomeOf("nosuch").Kind != davit.Internal {
		t.Error("an unknown kind is not internal")
	}
	if api.KindOf(502) != davit.Unavailable || api.KindOf(400) != davit.Invalid || api.KindOf(599) != davit.Internal {
		t.Error("statuses of others")
	}
}

// TestRoutes holds that ids and addresses are one each, and verbs known.
func TestRoutes(t *testing.T) {
	ids, addresses := map[string]bool{}, map[string]bool{}
	for _, r := range api.Routes() {
		if ids[r.ID] || addresses[r.Method+r.Path] {
			t.Errorf("%s is there twice", r.ID)
		}
		ids[r.ID], addresses[r.Method+r.Path] = true, true
		if r.Role() == "" || !strings.HasSuffix(r.Summary, ".") || r.Tag == "" {
			t.Errorf("%+v", r)
		}
	}
}

// TestProblems holds what leaves of an error, and what does not.
func TestProblems(t *testing.T) {
	inner := errors.New("open /var/lib/secret: permission denied")
	for _, c := range []struct {
		err    error
		kind   davit.ErrorKind
		detail string
	}{
		{inner, davit.Internal, "the server could not do this"},
		{&davit.Error{Kind: davit.Internal, Text: "read state.db", Err: inner}, davit.Internal, "the server could not do this"},
		{fmt.Errorf("more: %w", &davit.Error{Kind: davit.Conflict, Text: "it is over", Err: inner}), davit.Conflict, "it is over"},
		{&davit.Error{Kind: davit.Conflict, Text: "promote", Err: &davit.Error{Kind: davit.Denied, Text: "no"}}, davit.Conflict, "promote: no"},
		{&davit.Error{Kind: davit.Invalid, Err: errors.New("digest x: want sha256")}, davit.Invalid, "digest x: want sha256"},
		{&davit.Error{Kind: davit.Unavailable, Err: inner}, davit.Unavailable, "the server could not do this"},
		{api.NewProblem(davit.Forbidden, "no", ""), davit.Forbidden, "no"},
		{&davit.Error{Kind: davit.Invalid, Err: spec.Problems{{File: "davit.yaml", Line: 1, Column: 2, Text: "wrong"}}}, davit.Invalid, "davit.yaml has 1 mistake"},
	} {
		p := api.ProblemOf(c.err)
		if p.Kind != c.kind || p.Detail != c.detail || p.Status != api.OutcomeOf(c.kind).Status || davit.KindOf(p) != c.kind {
			t.Errorf("%v: %+v", c.err, p)
		}
		b, err := json.Marshal(p)
		if err != nil || strings.Contains(string(b), "secret") {
			t.Errorf("%v: %s %v", c.err, b, err)
		}
	}
}

// TestClient holds that a token never follows a redirection, that a broken
// connection is tried again under the same key, and what is said when nobody,
// or somebody else, answers.
func TestClient(t *testing.T) {
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the thief was asked with %q", r.Header.Get("Authorization"))
	}))
	defer thief.Close()
	var asked atomic.Int32
	keys := make(chan string, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/version"):
			http.Redirect(w, r, thief.URL, http.StatusFound)
		case strings.HasSuffix(r.URL.Path, "/status"):
			_, _ = fmt.Fprint(w, "<html>")
		case strings.HasSuffix(r.URL.Path, "/rerun"):
			keys <- r.Header.Get("Idempotency-Key")
			if asked.Add(1) == 1 {
				panic(http.ErrAbortHandler)
			}
			_, _ = fmt.Fprint(w, `{"run":"shop-run-2"}`)
		}
	}))
	defer s.Close()
	c := api.NewClient(s.URL, "dvt_token")
	if _, err := api.Get[api.Version](t.Context(), c, "get-version", nil); err == nil {
		t.Error("a redirection is an answer")
	}
	if _, err := api.Get[api.Status](t.Context(), c, "get-status", nil); err == nil {
		t.Error("a page is an answer")
	}
	v, err := api.Do[api.Started](t.Context(), c, "rerun", api.Params{"run": "shop-run-1"}, nil)
	if err != nil || v.Run != "shop-run-2" || asked.Load() != 2 {
		t.Fatalf("%+v %v, asked %d times", v, err, asked.Load())
	}
	if a, b := <-keys, <-keys; a == "" || a != b {
		t.Errorf("keys %q and %q", a, b)
	}
	s.Close()
	_, err = api.Get[api.Version](t.Context(), c, "get-version", nil)
	if davit.KindOf(err) != davit.Unavailable || !strings.Contains(err.Error(), "no server answers at "+s.URL) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = api.Get[api.Version](ctx, c, "get-version", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	for _, id := range []string{"", ".", ".."} {
		if _, err := api.Get[api.Run](t.Context(), c, "get-run", api.Params{"run": id}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("run %q: %v", id, err)
		}
	}
}

// FuzzMessages holds that no stream, however broken, does more than end.
func FuzzMessages(f *testing.F) {
	f.Add("id: 1\nevent: event\ndata: {}\n\n: alive\n\ndata: a\ndata: b\n\n")
	f.Add("data\n\nid: x\n\n\n:")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		for range api.Messages(strings.NewReader(text)) {
			n++
		}
		if n > strings.Count(text, "\n")+1 {
			t.Errorf("%d messages of %q", n, text)
		}
	})
}
