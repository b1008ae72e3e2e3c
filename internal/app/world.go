package app

import (
	"context"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/router"
	"github.com/davit-cd/davit/internal/target/process"
)

// world sees what runs now.
type world struct {
	process *process.Target
	router  *router.Client
	url     string
	engine  *engine.Engine
}

// Instances lists what runs of a service in an environment.
func (w world) Instances(_ context.Context, service, environment string) ([]davit.Instance, error) {
	return w.process.Instances(service, environment), nil
}

// Router says how the router does.
func (w world) Router(ctx context.Context) api.RouterStatus {
	if _, err := w.router.State(ctx); err != nil {
		return api.RouterStatus{URL: w.url, Detail: err.Error()}
	}
	return api.RouterStatus{OK: true, URL: w.url}
}

// Verdict returns the judge's newest word on a rollout under way.
func (w world) Verdict(rollout string) (davit.Finding, bool) { return w.engine.Verdict(rollout) }
