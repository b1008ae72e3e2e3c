package app

import (
	"context"
	"log/slog"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/gate"
	"github.com/davit-cd/davit/internal/spec"
)

// checks asks gates and sends Davit's own requests through the router.
type checks struct {
	gates  map[string]gate.Gate
	router string // host:port
	token  string // proves to the router that a request is Davit's own
	flags  *exposure.Book
	log    *slog.Logger
}

// Gate asks one gate.
func (c checks) Gate(ctx context.Context, g spec.Gate, f engine.Facts) davit.Finding {
	facts := gate.Facts{
		Service: f.Service, Environment: f.Environment, Release: f.Release, Params: g.Params, Now: f.Now, Since: f.Since, Deadline: f.Deadline,
		Pusher: f.Pusher, After: f.After, ReachedEarlier: f.Reached, Quarantined: f.Quarantined,
	}
	for _, a := range f.Approvals {
		facts.Approvals = append(facts.Approvals, gate.Approval{Actor: a.Actor, Role: a.Role, At: a.At})
	}
	facts.Flags = []gate.Flag{}
	for _, k := range c.flags.Look(f.Service).Flags {
		facts.Flags = append(facts.Flags, gate.Flag{Key: k.Flag.Key, Owner: k.Flag.Owner, Expires: k.Flag.Expires})
	}
	return gate.Ask(ctx, c.gates, g.Name, facts)
}

func (c checks) target(env spec.Environment, release string) gate.Target {
	host := env.Name
	if len(env.Hosts) > 0 {
		host = env.Hosts[0]
	}
	return gate.Target{RouterAddr: c.router, Host: host, Release: release, ProbeToken: c.token, Named: true}
}

// Smoke runs the environment's smoke tests against a release.
func (c checks) Smoke(ctx context.Context, env spec.Environment, release string) davit.Finding {
	return gate.Smoke(ctx, c.target(env, release), env.Smoke)
}

// Probe sends synthetic requests to both releases alike until ctx ends.
func (c checks) Probe(ctx context.Context, env spec.Environment, releases [2]string) {
	p, err := gate.NewProber(gate.ProberOptions{
		Target: c.target(env, ""), Releases: [2]string{releases[1], releases[0]},
		Method: env.Probe.Method, Path: env.Probe.Path, Rate: env.Probe.Rate,
	})
	if err != nil {
		c.log.WarnContext(ctx, "probe", "environment", env.Name, "err", err)
		return
	}
	p.Run(ctx)
}
