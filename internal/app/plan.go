package app

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/source"
	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

// delivery adds the plan to what the engine starts.
type delivery struct {
	*engine.Engine
	source *source.Repositories
}

// Plan says what a commit would do: stages, environments, steps, gates and
// what each gate says now. Without a commit it is the newest one of the branch.
func (d delivery) Plan(ctx context.Context, name, commit string) (api.Plan, error) {
	service, err := d.ServiceOf(ctx, name)
	if err != nil {
		return api.Plan{}, err
	}
	hash := service.Commit
	if commit != "" {
		if hash, err = d.source.Resolve(ctx, service.Repo, commit); err != nil {
			return api.Plan{}, err
		}
	}
	file, err := d.ConfigAt(ctx, service.Repo, hash)
	if err != nil {
		return api.Plan{}, err
	}
	sp := service.Spec
	for _, s := range file.Services {
		if s.Name == name {
			sp = s
		}
	}
	found, err := d.source.Commit(ctx, service.Repo, hash)
	if err != nil {
		return api.Plan{}, err
	}
	changed, err := d.source.Changed(ctx, service.Repo, found.Parent, hash)
	if err != nil {
		return api.Plan{}, err
	}
	plan := Outline(sp, hash, changed)
	for i, env := range sp.Environments {
		lane, err := d.Lane(ctx, name, env.Name)
		if err != nil {
			return plan, err
		}
		gates, err := d.Preview(ctx, sp, env, engine.Commit{Hash: hash, Author: found.Author, Subject: found.Subject})
		if err != nil {
			return plan, err
		}
		plan.Environments[i].Replaces = lane.Stable.Release
		for _, f := range gates {
			plan.Environments[i].Gates = append(plan.Environments[i].Gates, api.Finding{
				Gate: f.Gate, Answer: string(f.Answer), Reason: f.Reason, Evidence: f.Evidence, Step: f.Step, Until: f.Until, At: f.At,
			})
		}
	}
	return plan, nil
}

// Outline is the part of a plan that follows from davit.yaml alone.
func Outline(sp spec.Service, commit string, changed []string) api.Plan {
	o := pipeline.Plan(sp, sp.Branch, changed)
	plan := api.Plan{
		Service: sp.Name, Owner: sp.Owner, Commit: commit, Queue: string(sp.Queue), Branch: sp.Branch, Package: packaged(sp.Package),
		Stages: []api.PlanStage{}, Environments: []api.PlanEnvironment{}, Notes: []string{o.Why},
	}
	for i, s := range sp.Stages {
		stage := api.PlanStage{
			Name: s.Name, Needs: s.Needs, Steps: []string{}, Runs: o.Stages[i].Runs, Reason: o.Stages[i].Why,
			Timeout: s.Timeout.Seconds(), Attempts: s.Attempts,
		}
		for _, step := range s.Steps {
			stage.Steps = append(stage.Steps, step.Shell)
		}
		plan.Stages = append(plan.Stages, stage)
	}
	for _, env := range sp.Environments {
		plan.Environments = append(plan.Environments, outlineOf(env))
	}
	return plan
}

func outlineOf(env spec.Environment) api.PlanEnvironment {
	v := api.PlanEnvironment{
		Name: env.Name, Hosts: env.Hosts, Instances: env.Instances, Strategy: env.Strategy.Name, Steps: []api.Step{},
		Settle: env.Settle.Seconds(), Gates: []api.Finding{}, Defaults: settings(env),
	}
	plan, err := strategy.Compile(env)
	if err != nil {
		return v
	}
	for _, s := range plan.Steps {
		v.Steps = append(v.Steps, api.Step{
			Name: s.Name, Percent: s.Weight.Fraction() * 100, Hold: s.Hold.Seconds(), Judge: string(s.Judge), Approve: s.Approve,
		})
	}
	return v
}

func packaged(p spec.Package) string {
	if p.Image != "" {
		return "image " + p.Image
	}
	return "folder " + p.Folder
}

// settings shows what davit.yaml left to the defaults.
func settings(env spec.Environment) map[string]string {
	short := func(d time.Duration) string { return spec.FormatDuration(d) }
	m := map[string]string{
		"target": env.Target, "drain": short(env.Drain), "judge.margin": fmt.Sprint(env.Judge.Margin), "judge.alpha": fmt.Sprint(env.Judge.Alpha),
		"judge.beta": fmt.Sprint(env.Judge.Beta), "judge.min_bake": short(env.Judge.MinBake), "judge.no_data": env.Judge.NoData,
		"run.start_within": short(env.Run.StartWithin), "run.stop_within": short(env.Run.StopWithin),
	}
	if env.Probe != nil {
		m["probe"] = fmt.Sprintf("%s %s, %g a second while traffic is scarce", env.Probe.Method, env.Probe.Path, env.Probe.Rate)
	}
	if len(env.Smoke) == 0 {
		m["smoke"] = "GET / must not be a server error"
	}
	return m
}
