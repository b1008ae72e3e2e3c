package router

import (
	"net/http"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
)

// TestServicesNeverSeeSessions holds that a session of Davit's page ends at the
// router, over both protocols' way to an instance, and that other cookies pass
// unchanged.
func TestServicesNeverSeeSessions(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	b, heard := scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	l.get(func(r *http.Request) {
		r.Header["Cookie"] = []string{"a=1; davit_session_7400=dvs_secret; b=x=y", "davit_session=dvs_secret"}
	})
	got := <-heard
	if strings.Contains(got, "dvs_secret") || !strings.Contains(got, "Cookie: a=1; b=x=y\r\n") || strings.Count(got, "Cookie:") != 1 {
		t.Errorf("the instance hears:\n%s", got)
	}
	for field, want := range map[string]string{
		"":                                 "",
		"a=1;  b=2 ":                       "a=1;  b=2 ", // as it came
		"davit_session=x":                  "",
		" davit_session_443 = x ;a=1":      "a=1",
		"davit_sessions=mine; a=1":         "davit_sessions=mine; a=1",
		"a=davit_session=x":                "a=davit_session=x",
		"davit_session; a":                 "a",
		"davit_session_7400=\"a; c=2; b=3": "c=2; b=3",
	} {
		if got := withoutSession(field); got != want {
			t.Errorf("%q: %q, want %q", field, got, want)
		}
	}
}
