package server

import (
	"context"
	"iter"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

// EnvironmentIn names an environment of a service in the path. (Embedded inputs must be exported to be seen.)
type EnvironmentIn struct {
	ServiceIn
	Environment string `path:"environment" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
}

func (s *Server) serveEnvironments() {
	register(s, "list-environments", s.listEnvironments)
	register(s, "get-environment", func(ctx context.Context, in *EnvironmentIn) (*answer[api.Environment], error) {
		env, err := s.environment(ctx, in.Service, in.Environment)
		if err != nil {
			return nil, err
		}
		v, err := s.environmentNow(ctx, in.Service, env)
		return &answer[api.Environment]{v}, err
	})
	register(s, "list-instances", s.listInstances)
	register(s, "read-instance-log", s.readInstanceLog)
	register(s, "roll-back", func(ctx context.Context, in *struct {
		EnvironmentIn
		Body *api.Rollback
	},
	) (*answer[api.Started], error) {
		if s.options.Delivery == nil {
			return nil, absent("rolling back")
		}
		if _, err := s.environment(ctx, in.Service, in.Environment); err != nil {
			return nil, err
		}
		id, err := s.options.Delivery.Rollback(ctx, who(ctx).Name, in.Service, in.Environment, given(in.Body).To, given(in.Body).Reason)
		return &answer[api.Started]{api.Started{Rollout: id}}, err
	})
}

// environment finds a service's environment.
func (s *Server) environment(ctx context.Context, service, name string) (spec.Environment, error) {
	k, _, err := thing[keptService](ctx, s, kindService, service)
	if err != nil {
		return spec.Environment{}, err
	}
	for _, env := range k.Spec.Environments {
		if env.Name == name {
			return env, nil
		}
	}
	return spec.Environment{}, &davit.Error{
		Kind: davit.NotFound, Text: "the service " + service + " has no environment " + name, Hint: "davit status " + service + " lists them",
	}
}

func (s *Server) listEnvironments(ctx context.Context, in *struct {
	Paging
	Service string `query:"service" maxLength:"63"`
},
) (*answer[api.Page[api.Environment]], error) {
	out := api.Page[api.Environment]{Items: []api.Environment{}}
	kept := []keptService{}
	if in.Service != "" {
		k, _, err := thing[keptService](ctx, s, kindService, in.Service)
		if err != nil {
			return nil, err
		}
		kept = append(kept, k)
	} else {
		// A page holds all environments of so many services.
		page, err := things(ctx, s, davit.Query{Kind: kindService, Limit: in.limit(), Before: in.After},
			func(_ context.Context, k keptService, _ davit.Record) (keptService, error) { return k, nil })
		if err != nil {
			return nil, err
		}
		kept, out.Next = page.Items, page.Next
	}
	around, err := s.aroundLanes(ctx, kept)
	for _, k := range kept {
		for _, env := range k.Spec.Environments {
			out.Items = append(out.Items, s.viewEnvironment(ctx, k.Spec.Name, env, around))
		}
	}
	return &answer[api.Page[api.Environment]]{out}, err
}

func (s *Server) listInstances(ctx context.Context, in *EnvironmentIn) (*answer[api.Page[api.Instance]], error) {
	if s.options.World == nil {
		return nil, absent("looking at instances")
	}
	if _, err := s.environment(ctx, in.Service, in.Environment); err != nil {
		return nil, err
	}
	instances, err := s.options.World.Instances(ctx, in.Service, in.Environment)
	page := api.Page[api.Instance]{Items: make([]api.Instance, 0, len(instances))}
	for _, i := range instances {
		page.Items = append(page.Items, viewInstance(i))
	}
	return &answer[api.Page[api.Instance]]{page}, err
}

func (s *Server) readInstanceLog(ctx context.Context, in *struct {
	EnvironmentIn
	Release  string `query:"release" maxLength:"128"`
	Instance string `query:"instance" maxLength:"200"`
	Tail     int    `query:"tail" minimum:"0" maximum:"100000" default:"200" doc:"Last lines of each instance"`
	Follow   bool   `query:"follow" doc:"Stay and send what comes"`
},
) (*huma.StreamResponse, error) {
	if s.options.Logs == nil {
		return nil, absent("reading logs")
	}
	if _, err := s.environment(ctx, in.Service, in.Environment); err != nil {
		return nil, err
	}
	return s.lines(func(ctx context.Context) iter.Seq2[api.LogLine, error] {
		return s.options.Logs.InstanceLog(ctx, InstanceLogQuery{
			Service: in.Service, Environment: in.Environment, Release: in.Release, Instance: in.Instance, Tail: in.Tail, Follow: in.Follow,
		})
	}), nil
}
