package router

import (
	"io"
	"net/http"
	"testing"

	"github.com/davit-cd/davit"
)

func TestProcessServesAndIsAdopted(t *testing.T) {
	p := startProcess(t, nil)
	b := instance(t, "a", nil)
	if err := p.Put(t.Context(), shop(1, 0, []davit.Backend{b}, nil)); err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(newRequest(t, "GET", "http://"+p.opts.Listen, nil))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != 200 || string(body) != "a" {
		t.Fatalf("got %d %q", res.StatusCode, body)
	}
	before, err := p.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Ensure(t.Context(), p.opts)
	if err != nil {
		t.Fatal(err)
	}
	after, err := again.State(t.Context())
	if err != nil || after.PID != before.PID {
		t.Fatalf("a running router was not kept: %+v, %v", after, err)
	}
}
