package server

import (
	"context"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
)

// keptService is the body of a service's record.
type keptService struct {
	Spec   spec.Service
	Repo   string
	Commit string
}

// commitsShown is how many commits a service shows as accounted for.
const commitsShown = 20

// ServiceIn names a service in the path. (Embedded inputs must be exported to be seen.)
type ServiceIn struct {
	Service string `path:"service" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
}

func (s *Server) serveServices() {
	register(s, "list-services", func(ctx context.Context, in *struct {
		Paging
		Text string `query:"q" maxLength:"63" doc:"Part of the name"`
		Sort string `query:"sort" enum:"newest,name" default:"newest" doc:"Newest first, or by name"`
	},
	) (*answer[api.Page[api.Service]], error) {
		page, err := s.services(ctx, davit.Query{Kind: kindService, Match: strings.ToLower(in.Text), Limit: in.limit(), Before: in.After, ByID: in.Sort == "name"})
		return &answer[api.Page[api.Service]]{page}, err
	})
	register(s, "get-service", s.getService)
	register(s, "plan-service", func(ctx context.Context, in *struct {
		ServiceIn
		Commit string `query:"commit" maxLength:"64" pattern:"^([0-9a-f]{4,64})?$" doc:"Commit hash or its beginning; default: the head of the service's branch"`
	},
	) (*answer[api.Plan], error) {
		if s.options.Delivery == nil {
			return nil, absent("planning")
		}
		if _, _, err := thing[keptService](ctx, s, kindService, in.Service); err != nil {
			return nil, err
		}
		plan, err := s.options.Delivery.Plan(ctx, in.Service, in.Commit)
		return &answer[api.Plan]{plan}, err
	})
}

func (s *Server) getService(ctx context.Context, in *ServiceIn) (*answer[api.ServiceDetail], error) {
	body, record, err := thing[keptService](ctx, s, kindService, in.Service)
	if err != nil {
		return nil, err
	}
	around, err := s.aroundServices(ctx, []keptService{body})
	if err != nil {
		return nil, err
	}
	service := s.viewService(ctx, body, record, around)
	now := s.options.Now()
	runs, err := things(ctx, s, davit.Query{Kind: kindRun, Service: in.Service, Limit: commitsShown},
		func(_ context.Context, run pipeline.State, _ davit.Record) (api.Commit, error) {
			return viewCommit(run, now), nil
		})
	if err != nil {
		return nil, err
	}
	return &answer[api.ServiceDetail]{api.ServiceDetail{Service: service, Commits: runs.Items}}, nil
}

// services reads one page of services. What they show beside themselves is
// read for all of them at once.
func (s *Server) services(ctx context.Context, q davit.Query) (api.Page[api.Service], error) {
	page := api.Page[api.Service]{Items: []api.Service{}}
	type one struct {
		kept   keptService
		record davit.Record
	}
	kept, err := things(ctx, s, q, func(_ context.Context, k keptService, r davit.Record) (one, error) { return one{k, r}, nil })
	if err != nil {
		return page, err
	}
	page.Next = kept.Next
	all := make([]keptService, 0, len(kept.Items))
	for _, k := range kept.Items {
		all = append(all, k.kept)
	}
	around, err := s.aroundServices(ctx, all)
	if err != nil {
		return page, err
	}
	for _, k := range kept.Items {
		page.Items = append(page.Items, s.viewService(ctx, k.kept, k.record, around))
	}
	return page, nil
}

func (s *Server) viewService(ctx context.Context, k keptService, r davit.Record, a around) api.Service {
	v := api.Service{
		Name: k.Spec.Name, Owner: k.Spec.Owner, Repo: k.Repo, Branch: k.Spec.Branch, Path: k.Spec.Path, Queue: string(k.Spec.Queue),
		Commit: k.Commit, Updated: r.Updated, Environments: make([]api.Environment, 0, len(k.Spec.Environments)),
	}
	for _, env := range k.Spec.Environments {
		v.Environments = append(v.Environments, s.viewEnvironment(ctx, k.Spec.Name, env, a))
	}
	if run, ok := a.runs[k.Spec.Name]; ok {
		last := viewRun(run, s.options.Now())
		last.Stages = []api.Stage{} // a list stays small; the run itself shows them
		v.LastRun = &last
	}
	return v
}

// viewEnvironment shows a lane. A lane that is not there yet is an empty one.
func (s *Server) viewEnvironment(ctx context.Context, service string, env spec.Environment, a around) api.Environment {
	v := api.Environment{Service: service, Name: env.Name, Hosts: env.Hosts, Strategy: env.Strategy.Name, Previous: []string{}, Health: "none", Wanted: env.Instances}
	if v.Hosts == nil {
		v.Hosts = []string{}
	}
	if s.options.URL != nil && len(env.Hosts) > 0 {
		v.URL = s.options.URL(env.Hosts[0])
	}
	lane, ok := a.lanes[service+"/"+env.Name]
	if !ok {
		return v // nothing was ever rolled out there
	}
	v.Release, v.Commit = lane.Stable.Release, lane.Stable.Commit
	v.Artifact, v.Config = string(lane.Stable.Artifact), string(lane.Stable.Config)
	for _, h := range lane.History {
		v.Previous = append(v.Previous, h.Release)
	}
	if len(lane.Waiting) > 0 {
		v.Waiting = lane.Waiting[0]
	}
	if state, ok := a.rollouts[lane.Active]; ok {
		active := viewRollout(state, s.options.Now())
		active.Findings = []api.Finding{}
		v.Active = &active
	}
	s.viewHealth(ctx, &v)
	return v
}

// viewHealth says how the stable release does. Not knowing is said, not guessed.
func (s *Server) viewHealth(ctx context.Context, v *api.Environment) {
	if v.Release == "" {
		return
	}
	v.Health = "unknown"
	if s.options.World == nil {
		return
	}
	look, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	instances, err := s.options.World.Instances(look, v.Service, v.Name)
	if err != nil {
		return
	}
	for _, i := range instances {
		if i.Release == v.Release && i.State == davit.Ready {
			v.Ready++
		}
	}
	switch {
	case v.Ready >= v.Wanted:
		v.Health = "ok"
	case v.Ready > 0:
		v.Health = "degraded"
	default:
		v.Health = "down"
	}
}
