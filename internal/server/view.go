package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// The views turn what is kept into what the caller sees. They are pure.

func viewRun(s pipeline.State, now time.Time) api.Run {
	r := api.Run{
		ID: s.ID, Service: s.Service, Repo: s.Repo, Branch: s.Branch, Commit: s.Commit, Subject: s.Subject, Author: s.Author,
		Actor: s.Pusher, Phase: string(s.Phase), Final: s.Phase.Final(), Why: s.Why, StoppedBy: s.StoppedBy, SupersededBy: s.SupersededBy,
		Release: s.Release, Artifact: string(s.Artifact), Created: s.Created, Ended: s.Finished(),
		Stages: make([]api.Stage, 0, len(s.Stages)), Deployments: make([]api.Deployment, 0, len(s.Deployments)),
	}
	r.Seconds = span(r.Created, r.Ended, now)
	for _, stage := range s.Stages {
		v := api.Stage{
			Name: stage.Name, Phase: string(stage.Phase), Attempt: stage.Attempt, Reason: stage.Reason,
			Started: stage.Started, Ended: stage.Finished, Seconds: span(stage.Started, stage.Finished, now), Tests: viewTests(stage.Facts.Tests),
		}
		if i := slices.IndexFunc(s.Spec.Stages, func(d spec.Stage) bool { return d.Name == stage.Name }); i >= 0 {
			v.Needs = s.Spec.Stages[i].Needs
		}
		r.Stages = append(r.Stages, v)
	}
	for _, d := range s.Deployments {
		r.Deployments = append(r.Deployments, api.Deployment{
			Environment: d.Environment, Phase: string(d.Phase), Rollout: d.Rollout, Outcome: string(d.Outcome),
			Reason: d.Reason, Started: d.Started, Ended: d.Finished,
		})
	}
	return r
}

func viewTests(t pipeline.Tests) *api.Tests {
	if t.Total() == 0 {
		return nil
	}
	v := &api.Tests{Passed: t.Passed, Failed: t.Failed, Skipped: t.Skipped, Flaky: t.Flaky, Flakes: t.Flakes}
	for _, f := range t.Failures {
		v.Failures = append(v.Failures, api.TestFailure{Name: f.Name, Message: f.Message})
	}
	return v
}

// span is how long something took, or takes so far, in seconds.
func span(begin, end, now time.Time) float64 {
	if begin.IsZero() {
		return 0
	}
	if end.IsZero() {
		end = now
	}
	return max(0, end.Sub(begin).Round(time.Millisecond).Seconds())
}

func viewCommit(s pipeline.State, now time.Time) api.Commit {
	c := api.Commit{
		Commit: s.Commit, Subject: s.Subject, Author: s.Author, Run: s.ID, Created: s.Created,
		Outcome: outcome(s), Spent: map[string]float64{},
	}
	for _, p := range []pipeline.Phase{pipeline.Queued, pipeline.Running, pipeline.Packaging, pipeline.Deploying} {
		if d := s.Spent(p, now); d > 0 {
			c.Spent[string(p)] = d.Round(time.Millisecond).Seconds()
		}
	}
	return c
}

// outcome says in a few words what became of a commit.
func outcome(s pipeline.State) string {
	switch s.Phase {
	case pipeline.Succeeded:
		if len(s.Deployments) == 0 {
			return "built, not deployed"
		}
		return "deployed"
	case pipeline.Failed:
		return "stopped by " + s.StoppedBy
	case pipeline.Superseded:
		return "superseded by " + s.SupersededBy
	case pipeline.Cancelled:
		if s.Cancelled != nil {
			return "cancelled by " + s.Cancelled.Actor
		}
		return "cancelled"
	case pipeline.Queued, pipeline.Running, pipeline.Packaging, pipeline.Deploying:
	}
	return string(s.Phase)
}

func viewRelease(r davit.Release) api.Release {
	v := api.Release{
		ID: r.ID, Service: r.Service, Number: r.Number, Run: r.Run, Repo: r.Repo, Commit: r.Commit, Subject: r.Subject,
		Author: r.Author, Artifact: string(r.Artifact), Configs: map[string]string{}, Bytes: r.Size,
		Evidence: viewFindings(r.Evidence), Serving: []string{}, Created: r.Created,
	}
	for env, d := range r.Configs {
		v.Configs[env] = string(d)
	}
	return v
}

func viewFindings(findings []davit.Finding) []api.Finding {
	out := make([]api.Finding, 0, len(findings))
	for _, f := range findings {
		out = append(out, viewFinding(f))
	}
	return out
}

func viewFinding(f davit.Finding) api.Finding {
	v := api.Finding{
		Gate: f.Gate, Answer: string(f.Answer), Reason: f.Reason, Evidence: f.Evidence,
		Step: f.Step, Epoch: f.Epoch, Until: f.Until, At: f.At,
	}
	for _, r := range f.Override {
		v.Override = append(v.Override, string(r))
	}
	return v
}

func viewRollout(s rollout.State, now time.Time) api.Rollout {
	r := api.Rollout{
		ID: s.ID, Service: s.Service, Environment: s.Environment, Run: s.Run, Actor: s.Actor, Intent: string(s.Intent),
		Strategy: s.Plan.Strategy, Release: s.New.Release, Commit: s.New.Commit, Artifact: string(s.New.Artifact), Config: string(s.New.Config),
		From: s.Old.Release, Epoch: s.Epoch, Phase: string(s.Phase), Final: s.Phase.Final(), Step: s.Step, Steps: viewSteps(s.Plan),
		Percent: 100 * s.Weight.Fraction(), Reason: s.Reason, DecidedBy: s.DecidedBy, Findings: viewFindings(s.Findings),
		Created: s.Created, Since: s.Since, Ended: s.Ended, Seconds: span(s.Created, s.Ended, now), Waiting: waiting(s),
	}
	if s.Last != nil {
		f := viewFinding(*s.Last)
		r.Verdict = &f
	}
	return r
}

func viewSteps(p davit.Plan) []api.Step {
	steps := make([]api.Step, 0, len(p.Steps))
	for _, s := range p.Steps {
		steps = append(steps, api.Step{
			Name: s.Name, Percent: 100 * s.Weight.Fraction(), Hold: s.Hold.Seconds(), Judge: string(s.Judge), Approve: s.Approve,
		})
	}
	return steps
}

// waiting says what a rollout waits for; nil when it does not wait.
func waiting(s rollout.State) *api.Waiting {
	w := &api.Waiting{Since: s.Since, Until: s.Deadline, Then: "it goes back", Who: "davit abort " + s.ID + " ends it"}
	if s.Hold != nil && !s.Phase.Final() && s.Phase != rollout.RollingBack {
		held(s, w)
		return w
	}
	switch s.Phase {
	case rollout.Queued:
		w.For, w.Then, w.Who = "its turn", "", "nobody: it begins when the rollout before it is over"
	case rollout.Preparing:
		w.For = fmt.Sprintf("its instances: %d of %d are ready", s.Capacity, rolloutStep(s).Capacity)
		if !s.Gated {
			w.For = "its gates"
		}
	case rollout.Verifying:
		w.For = "its smoke tests"
	case rollout.Baking:
		baking(s, w)
	case rollout.Held:
		w.For = "somebody to look at it"
	case rollout.Settling:
		w.For, w.Then, w.Who = "the settling window to end", "it is done", "nobody needs to"
	case rollout.Stranded:
		w.For, w.Then, w.Who = "a person: the way back is blocked: "+s.Reason, "", "davit abort "+s.ID+" tries again"
	case rollout.Shifting, rollout.Promoting, rollout.RollingBack, rollout.Done, rollout.RolledBack, rollout.Superseded, rollout.Cancelled:
		return nil
	}
	return w
}

// held is waiting for a rollout that somebody or something holds.
func held(s rollout.State, w *api.Waiting) {
	w.For, w.Since, w.Who = "a person: "+s.Hold.By+" holds it: "+s.Hold.Reason, s.Hold.Since, "davit resume "+s.ID
	if !s.Hold.Until.IsZero() {
		w.Until = s.Hold.Until
	}
	switch {
	case s.Hold.OneWay:
		w.Then, w.Who = "people are told again", "davit promote "+s.ID+" --force, or davit abort "+s.ID
	case s.Hold.Gate:
		gate := strings.TrimPrefix(s.Hold.By, "gate ")
		w.For, w.Who = "the gate "+gate+": "+s.Hold.Reason, "davit abort "+s.ID+" ends it"
		if gate == gateApproval {
			w.Who = "davit approve " + s.ID
		}
		if gate != "quarantine" { // nobody overrides that one
			w.Who += "; an admin: davit override " + s.ID + " " + gate + " --reason …"
		}
	case !s.Hold.Back:
		w.Then = "it goes on"
	}
}

// gateApproval is the name of the gate that people pass by approving.
const gateApproval = "approval"

// baking is waiting for a rollout at a step.
func baking(s rollout.State, w *api.Waiting) {
	step := rolloutStep(s)
	switch {
	case step.Approve && !s.Approved:
		w.For, w.Who = "a person to promote it out of "+step.Name, "davit promote "+s.ID
	case step.Judge == davit.JudgePass || step.Judge == davit.JudgeMirror:
		w.For = "the judge to pass " + step.Name
		if s.Last != nil {
			w.For += ": " + s.Last.Reason
		}
	default:
		w.For, w.Then = fmt.Sprintf("%s to have been held for %s", step.Name, step.Hold), "it goes on"
	}
}

func rolloutStep(s rollout.State) davit.Step {
	if s.Step < 0 || s.Step >= len(s.Plan.Steps) {
		return davit.Step{}
	}
	return s.Plan.Steps[s.Step]
}

func viewEvent(e davit.Event) api.Event {
	return api.Event{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Actor: e.Actor, Service: e.Service, Environment: e.Environment, Run: e.Run,
		Release: e.Release, Rollout: e.Rollout, Commit: e.Commit, Digest: string(e.Digest), Text: e.Text, Data: e.Data,
	}
}

func viewInstance(i davit.Instance) api.Instance {
	return api.Instance{ID: i.ID, Release: i.Release, State: string(i.State), Reason: i.Reason, Restarts: i.Restarts, Started: i.Started}
}
