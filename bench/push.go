package main

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// trivial is a service without a compiler, and without any configured wait.
const trivial = `service: site
build: mkdir -p out && cp version out/index.html
package: out
run: {static: .}
environments:
`

const oneEnvironment = `  production: {instances: 1, strategy: {rolling: {hold: 0s}}, settle: 0s}
`

const twoEnvironments = `  staging: {instances: 1, strategy: {rolling: {hold: 0s}}, settle: 0s}
  production: {instances: 2, strategy: {rolling: {hold: 0s}}, settle: 0s}
`

// measurePush pushes a trivial service, waiting for the end of each run: queues
// are not what is measured.
func measurePush(ctx context.Context, b *bench) ([]row, error) {
	first, full, stage, err := pushes(ctx, b, trivial+oneEnvironment, b.times(60))
	if err != nil {
		return nil, err
	}
	rows := []row{
		{"push → first stage running", first.String(), "p99 < 1 s", yes(first.at(0.99) < time.Second)},
		{
			"commit → 100 %, one environment of one instance, no bake (configured holds are 0; the build step's own " + show(stage.at(0.5)) + " is in it)",
			full.String(), "< 2 s", yes(full.at(0.5) < 2*time.Second),
		},
	}
	_, full, _, err = pushes(ctx, b, trivial+twoEnvironments, b.times(20))
	if err != nil {
		return rows, err
	}
	return append(rows, row{"the same through staging and two instances in production", full.String(), "< 2 s", yes(full.at(0.5) < 2*time.Second)}), nil
}

// pushes pushes n times. It returns the times from `git push` to the first
// stage running and to the router's confirmation of 100 % in production, and
// what the build step itself took.
func pushes(ctx context.Context, b *bench, config string, n int) (first, full, stage spread, err error) {
	s, err := startServer(ctx, b, b.folder("data"))
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = s.down(ctx) }()
	repo, err := newRepository(ctx, s, "site", map[string]string{"davit.yaml": config, "version": "0"})
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range n + 1 {
		p, err := repo.push(ctx, map[string]string{"version": fmt.Sprint(i)})
		if err != nil {
			return nil, nil, nil, err
		}
		run, err := s.awaitRun(ctx, "site", p.commit, time.Minute)
		if err != nil {
			return nil, nil, nil, err
		}
		if run.Phase != "succeeded" {
			return nil, nil, nil, fmt.Errorf("run %s %s: %s", run.ID, run.Phase, run.Why)
		}
		if i == 0 {
			continue // a first version replaces nothing
		}
		begun, at, err := s.reached(ctx, run)
		if err != nil {
			return nil, nil, nil, err
		}
		first, full = append(first, begun.Sub(p.committed)), append(full, at.Sub(p.committed))
		stage = append(stage, time.Duration(run.Stages[0].Seconds*float64(time.Second)))
		b.note("push %d: git %s, stage after %s, 100 %% after %s", i, show(p.returned.Sub(p.committed)), show(first[len(first)-1]), show(full[len(full)-1]))
	}
	return first, full, stage, nil
}

// reached returns when the first stage of a run began and when the router had
// confirmed 100 % in the last environment.
func (s *server) reached(ctx context.Context, run api.Run) (begun, full time.Time, err error) {
	if len(run.Stages) == 0 || len(run.Deployments) == 0 {
		return begun, full, fmt.Errorf("run %s has no stage or no deployment", run.ID)
	}
	begun = run.Stages[0].Started
	last := run.Deployments[len(run.Deployments)-1].Rollout
	page, err := api.Get[api.Page[api.Event]](ctx, s.client, "list-timeline", api.Params{"rollout": last, "limit": "100"})
	if err != nil {
		return begun, full, err
	}
	for _, e := range page.Items {
		if e.Kind == "rollout.promoted" {
			return begun, e.At, nil
		}
	}
	return begun, full, fmt.Errorf("rollout %s was not promoted", last)
}
