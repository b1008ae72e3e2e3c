package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// TestSearch holds what each kind of thing is found by.
func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.seed()
	w.keep(davit.Change{Records: []davit.Record{
		record(t, "flag", "web/new-cart", "web", "", "", map[string]any{}),
		record(t, "flag", "web/old-cart", "web", "", "", map[string]any{"Removed": true}),
	}})
	digest := string(davit.DigestOf([]byte("artifact")))
	for text, want := range map[string][]string{
		"shop":                 {"service shop", "run shop-run-1", "release shop-1", "rollout shop-production-r2", "rollout shop-production-r1"},
		"SHOP-PROD":            {"rollout shop-production-r2", "rollout shop-production-r1"},
		"first":                {"run shop-run-1"},
		commit[:7]:             {"run shop-run-1"},
		commit:                 {"run shop-run-1"},
		digest:                 {"release shop-1"},
		digest[7:15]:           {"release shop-1"},
		"ana":                  {"person ana", "person Ana"},
		"cart":                 {"flag web/new-cart"},
		"davit":                {},
		"%":                    {},
		"_":                    {},
		"'; DROP TABLE record": {},
		"\u202eshop":           {},
		"nowhere to be found":  {},
		" ":                    {},
	} {
		status, body, _ := w.ask(davit.Viewer, "GET", api.Base+"/search?q="+url.QueryEscape(text), "")
		var page api.Page[api.Found]
		if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK {
			t.Errorf("%q: %d %s", text, status, body)
			continue
		}
		got := []string{}
		for _, f := range page.Items {
			got = append(got, f.Kind+" "+f.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
	for _, q := range []string{"", "q=", "q=" + strings.Repeat("x", 201)} {
		if status, body, _ := w.ask(davit.Viewer, "GET", api.Base+"/search?"+q, ""); status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d %s", q, status, body)
		}
	}
}

func TestServicesByName(t *testing.T) {
	w := newWorld(t)
	w.seed()
	for text, want := range map[string]int{"sho": 1, "SHOP": 1, "cart": 0, "%25": 0, "": 1} {
		status, body, _ := w.ask(davit.Viewer, "GET", api.Base+"/services?q="+text, "")
		var page api.Page[api.Service]
		if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK || len(page.Items) != want {
			t.Errorf("%q: %d %s", text, status, body)
		}
	}
}

func TestPictureOfNothing(t *testing.T) {
	w := newWorld(t)
	w.seed()
	if status, body, _ := w.ask(davit.Viewer, "GET", api.Base+"/rollouts/shop-production-r2/picture?after=7&step=2", ""); status != http.StatusOK || !strings.Contains(body, `"exposed":7,"step":2`) {
		t.Error(status, body)
	}
	if status, _, _ := w.ask(davit.Viewer, "GET", api.Base+"/rollouts/shop-production-r9/picture", ""); status != http.StatusNotFound {
		t.Error(status)
	}
}
