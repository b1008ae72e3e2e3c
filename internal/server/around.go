package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// around is what services show beside themselves.
type around struct {
	lanes    map[string]rollout.Lane   // by service and environment; none: nothing was ever rolled out there
	rollouts map[string]rollout.State  // those under way, by ID
	runs     map[string]pipeline.State // the newest of each service
}

// aroundServices reads what services show, with one read for each kind of thing
// (for each 500 things), however many services there are.
func (s *Server) aroundServices(ctx context.Context, services []keptService) (around, error) {
	var a around
	var names []string
	for _, k := range services {
		names = append(names, k.Spec.Name)
	}
	var err error
	if a, err = s.aroundLanes(ctx, services); err != nil {
		return a, err
	}
	a.runs = map[string]pipeline.State{}
	err = each(ctx, s, names, func(some []string) davit.Query { return davit.Query{Kind: kindRun, LatestOf: some, ByID: true} },
		func(r davit.Record, run pipeline.State) { a.runs[r.Service] = run })
	return a, err
}

// aroundLanes reads what the environments of services show.
func (s *Server) aroundLanes(ctx context.Context, services []keptService) (around, error) {
	a := around{lanes: map[string]rollout.Lane{}, rollouts: map[string]rollout.State{}}
	var lanes, active []string
	for _, k := range services {
		for _, env := range k.Spec.Environments {
			lanes = append(lanes, k.Spec.Name+"/"+env.Name)
		}
	}
	err := each(ctx, s, lanes, func(some []string) davit.Query { return davit.Query{Kind: kindLane, IDs: some, ByID: true} },
		func(r davit.Record, lane rollout.Lane) {
			a.lanes[r.ID] = lane
			if lane.Active != "" {
				active = append(active, lane.Active)
			}
		})
	if err != nil {
		return a, err
	}
	err = each(ctx, s, active, func(some []string) davit.Query { return davit.Query{Kind: kindRollout, IDs: some, ByID: true} },
		func(r davit.Record, state rollout.State) { a.rollouts[r.ID] = state })
	return a, err
}

// environmentNow shows one environment as it is now.
func (s *Server) environmentNow(ctx context.Context, service string, env spec.Environment) (api.Environment, error) {
	a, err := s.aroundLanes(ctx, []keptService{{Spec: spec.Service{Name: service, Environments: []spec.Environment{env}}}})
	return s.viewEnvironment(ctx, service, env, a), err
}

// each reads the records that a query about some of the names selects, part by
// part until all names were asked for.
func each[T any](ctx context.Context, s *Server, names []string, query func(some []string) davit.Query, see func(davit.Record, T)) error {
	for some := range slices.Chunk(names, api.MaxLimit) {
		q := query(some)
		q.Limit = len(some)
		records, _, err := s.options.Records.Records(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range records {
			var body T
			if err := json.Unmarshal(r.Body, &body); err != nil {
				return fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
			}
			see(r, body)
		}
	}
	return nil
}
