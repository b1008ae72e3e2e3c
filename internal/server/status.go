package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/rollout"
)

// statusServices is how many services the status shows.
const statusServices = 50

func (s *Server) serveServer() {
	register(s, "get-version", func(context.Context, *none) (*answer[api.Version], error) {
		return &answer[api.Version]{s.options.Version}, nil
	})
	register(s, "get-identity", func(ctx context.Context, _ *none) (*answer[api.Identity], error) {
		c := who(ctx)
		return &answer[api.Identity]{api.Identity{Name: c.Name, Role: string(c.Role)}}, nil
	})
	register(s, "get-status", s.getStatus)
	register(s, "search", s.search)
}

func (s *Server) getStatus(ctx context.Context, _ *none) (*answer[api.Status], error) {
	services, err := s.services(ctx, davit.Query{Kind: kindService, Limit: statusServices})
	if err != nil {
		return nil, err
	}
	rollouts, err := things(ctx, s, davit.Query{Kind: kindRollout, Phases: activeRollouts(), Limit: api.MaxLimit}, s.viewRollout)
	if err != nil {
		return nil, err
	}
	runs, err := things(ctx, s, davit.Query{Kind: kindRun, Phases: activeRuns(), Limit: api.MaxLimit}, s.viewRun)
	if err != nil {
		return nil, err
	}
	v := api.Status{
		Version: s.options.Version, Started: s.started, Services: services.Items, More: services.Next != "",
		Rollouts: rollouts.Items, Runs: runs.Items, Router: api.RouterStatus{Detail: "not known"},
	}
	if s.options.World != nil {
		v.Router = s.options.World.Router(ctx)
	}
	v.Problems = issues(v)
	return &answer[api.Status]{v}, nil
}

// issues says what needs a person.
func issues(v api.Status) []api.StatusIssue {
	out := []api.StatusIssue{}
	if !v.Router.OK {
		out = append(out, api.StatusIssue{About: "router", Text: "the router does not answer: " + v.Router.Detail, Do: "davit doctor"})
	}
	for _, r := range v.Rollouts {
		if r.Waiting != nil && needsPerson(r) {
			out = append(out, api.StatusIssue{About: r.ID, Text: "waits for " + r.Waiting.For, Since: r.Waiting.Since, Do: r.Waiting.Who})
		}
	}
	for _, service := range v.Services {
		for _, env := range service.Environments {
			if env.Health == "down" || env.Health == "degraded" {
				out = append(out, api.StatusIssue{About: service.Name + " " + env.Name, Text: "is " + env.Health, Do: "davit logs " + service.Name + " --env " + env.Name})
			}
		}
	}
	return out
}

// needsPerson reports whether a rollout goes on only if somebody does something.
func needsPerson(r api.Rollout) bool {
	if p := rollout.Phase(r.Phase); p == rollout.Stranded || p == rollout.Held {
		return true
	}
	// The command that lets it go on says so.
	return strings.HasPrefix(r.Waiting.Who, "davit approve ") || strings.HasPrefix(r.Waiting.Who, "davit promote ")
}

// healthz says that the server answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) { health(w, nil) }

// readyz says whether the server can work. Without a credential it tells only
// which parts are not ready, not why.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	var missing map[string]string
	if s.options.Ready != nil {
		missing = s.options.Ready()
	}
	if refusal(who(r.Context()), davit.Viewer) != nil {
		for part := range missing {
			missing[part] = "not ready"
		}
	}
	health(w, missing)
}

func health(w http.ResponseWriter, missing map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	if len(missing) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(api.Health{OK: len(missing) == 0, Checks: missing})
}
