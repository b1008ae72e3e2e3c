package server_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/flags"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagfeed"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/store"
)

// shelf is a Book of one set.
type shelf struct{ set *flag.Set }

func (s shelf) Set(string) (*flag.Set, error) { return s.set, nil }
func (shelf) Changed() <-chan struct{}        { return nil }

// TestFeed lets the package flags listen to a whole server, with tokens.
func TestFeed(t *testing.T) {
	set, _, err := flag.Parse([]byte(`{"flags":{"new-checkout":{"state":"ENABLED","variants":{"on":true,"off":false},"targeting":{"if":[{"davit.regex":[{"var":"targetingKey"},"^u"]},"on"]}}}}`), flag.ParseOptions{ID: "shop/production"})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	token := func(name string, role davit.Role, sets ...string) string {
		k, secret := server.MakeToken(name, role, time.Now())
		k.Flags = sets
		if _, err := (tokens{st}).PutToken(t.Context(), k, davit.Change{Events: []davit.Event{{Kind: "token.created", Actor: "davit", Text: "A token."}}}); err != nil {
			t.Fatal(err)
		}
		return secret
	}
	feed := flagfeed.New(flagfeed.Options{Book: shelf{set}, Still: server.FlagsStill, Stopping: server.FlagsStopping, Select: func(r *http.Request) (string, error) {
		g, err := server.FlagGrant(r.Context())
		if err != nil {
			return "", err
		}
		return g.FlagSet(r.Header.Get("Flagd-Selector"), func() []string { return []string{"shop/production"} })
	}})
	s := httptest.NewServer(server.New(server.Options{Records: st, Tokens: tokens{st}, Memory: memory{st}, Sessions: tokens{st}, Evaluation: server.Evaluation{Feed: feed}}))
	t.Cleanup(s.Close)
	for _, c := range []struct {
		name, token, trouble string
	}{
		{"bound to the set", token("shop", davit.Client, "shop/production"), ""},
		{"bound to another set", token("other", davit.Client, "other/production"), "403"},
		{"a token nobody made", "dvt_" + strings.Repeat("x", 40), "401"},
		{"none", "", "401"},
	} {
		client, err := flags.Open(t.Context(), flags.Options{Endpoint: s.URL, Token: c.token, Set: "shop/production", Wait: -1})
		if err != nil {
			t.Fatal(err)
		}
		for {
			news := client.Changed()
			if x := client.Status(); x.Ready || x.Err != nil {
				break
			}
			<-news
		}
		x := client.Status()
		if x.Ready != (c.trouble == "") || c.trouble != "" && !strings.Contains(x.Err.Error(), c.trouble) {
			t.Errorf("%s: %+v", c.name, x)
		}
		if got := client.Bool("new-checkout", false, flags.Context{"targetingKey": "u1"}); got != x.Ready {
			t.Errorf("%s: %v", c.name, got)
		}
		_ = client.Close()
	}
}
