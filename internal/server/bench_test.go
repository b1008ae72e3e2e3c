package server_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// crowd keeps n services with two environments and a run each.
func (w *world) crowd(n int) {
	w.t.Helper()
	var c davit.Change
	for i := range n {
		name := fmt.Sprintf("service-%05d", i)
		sp := spec.Service{Name: name, Branch: "main", Environments: []spec.Environment{{Name: "staging", Instances: 1}, {Name: "production", Instances: 1}}}
		c.Records = append(c.Records, record(w.t, "service", name, name, "", "active", map[string]any{"Spec": sp, "Repo": name}))
		for _, env := range sp.Environments {
			c.Records = append(c.Records, record(w.t, "lane", name+"/"+env.Name, name, env.Name, "", rollout.Lane{Service: name, Environment: env.Name, Stable: rollout.Side{Release: name + "-1", Commit: commit}}))
		}
		id := name + "-run-1"
		c.Records = append(c.Records, record(w.t, "run", id, name, "", "succeeded", pipeline.State{Origin: pipeline.Origin{ID: id, Service: name, Spec: sp}, Phase: pipeline.Succeeded, Entered: []pipeline.Entry{{Phase: pipeline.Succeeded, At: time.Now()}}}))
		if len(c.Records) > 4000 || i == n-1 {
			w.keep(c)
			c = davit.Change{}
		}
	}
}

// TestManyServices holds that a page of a list costs what a page costs, however
// long the list is.
func TestManyServices(t *testing.T) {
	w := newWorld(t)
	w.crowd(2000)
	for _, path := range []string{"/services", "/environments", "/runs", "/status"} {
		begin := time.Now()
		status, body, _ := w.ask(davit.Viewer, "GET", api.Base+path, "")
		if took := time.Since(begin); status != 200 || len(body) > 100_000 || took > time.Second {
			t.Errorf("%s: %d, %d bytes, %s", path, status, len(body), took)
		}
	}
}

// BenchmarkServices asks for a page of 10,000 services.
func BenchmarkServices(b *testing.B) {
	for _, path := range []string{"/services", "/services?limit=10", "/status", "/runs", "/version"} {
		b.Run(path[1:], func(b *testing.B) {
			w := newWorld(b)
			w.crowd(10_000)
			for b.Loop() {
				if status, body, _ := w.ask(davit.Viewer, "GET", api.Base+path, ""); status != 200 {
					b.Fatal(body)
				}
			}
		})
	}
}
