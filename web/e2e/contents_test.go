package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

const (
	goodCommit = "3f2c9a1d00000000000000000000000000000001"
	badCommit  = "b2d4c6e800000000000000000000000000000002"
	newCommit  = "9e107d9d00000000000000000000000000000003"
)

// contents collects what a world holds.
type contents struct {
	t      *testing.T
	change davit.Change
}

func (c *contents) add(kind, id, service, env, phase string, body any) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	c.change.Records = append(c.change.Records, davit.Record{Kind: kind, ID: id, Service: service, Environment: env, Phase: phase, Body: b})
}

func (c *contents) say(at time.Time, e davit.Event) {
	e.At = at
	c.change.Events = append(c.change.Events, e)
}

func side(service string, n int, commit string) rollout.Side {
	id := fmt.Sprintf("%s-%d", service, n)
	return rollout.Side{Release: id, Commit: commit, Artifact: davit.DigestOf([]byte(id)), Config: davit.DigestOf([]byte(service + " config"))}
}

func specOf(name string, environments ...string) spec.Service {
	s := spec.Service{Name: name, Owner: "team-" + name, Branch: "main", Path: ".", Queue: spec.Newest, Stages: []spec.Stage{{Name: "test"}, {Name: "lint"}, {Name: "build", Needs: []string{"test", "lint"}}}}
	for _, e := range environments {
		s.Environments = append(s.Environments, spec.Environment{Name: e, Hosts: []string{name + "." + e + ".localhost"}, Instances: 2, Strategy: spec.Strategy{Name: "canary"}})
	}
	return s
}

func (c *contents) service(s spec.Service, commit string) {
	c.add("service", s.Name, s.Name, "", "active", map[string]any{"Spec": s, "Repo": s.Name, "Commit": commit})
}

func (c *contents) release(s rollout.Side, service string, n int, run, subject, author string, at time.Time) {
	c.add("release", s.Release, service, "", "", davit.Release{
		ID: s.Release, Service: service, Number: n, Run: run, Repo: service, Commit: s.Commit, Subject: subject, Author: author,
		Artifact: s.Artifact, Configs: map[string]davit.Digest{"production": s.Config}, Size: 4_812_000, Created: at,
		Evidence: []davit.Finding{{Gate: "tests", Answer: davit.Passed, Reason: "128 tests passed", Step: -1, At: at, Evidence: map[string]string{"passed": "128", "flaky": "1"}}},
	})
}

func runOf(service string, n int, sp spec.Service, s rollout.Side, subject, author string, at time.Time, phase pipeline.Phase) pipeline.State {
	return pipeline.State{
		Origin: pipeline.Origin{ID: fmt.Sprintf("%s-run-%d", service, n), Service: service, Repo: service, Branch: "main", Commit: s.Commit, Author: author, Subject: subject, Pusher: "ana", Created: at, Spec: sp},
		Phase:  phase, Release: s.Release, Artifact: s.Artifact,
		Stages: []pipeline.Stage{
			{Name: "test", Phase: pipeline.StagePassed, Attempt: 1, Started: at.Add(time.Second), Finished: at.Add(42 * time.Second), Facts: pipeline.Facts{Tests: pipeline.Tests{Passed: 127, Flaky: 1, Flakes: []string{"shop.TestTill"}}}},
			{Name: "lint", Phase: pipeline.StagePassed, Attempt: 1, Started: at.Add(time.Second), Finished: at.Add(9 * time.Second)},
			{Name: "build", Phase: pipeline.StagePassed, Attempt: 1, Started: at.Add(42 * time.Second), Finished: at.Add(50 * time.Second)},
		},
		Entered: []pipeline.Entry{{Phase: pipeline.Queued, At: at}, {Phase: pipeline.Running, At: at.Add(time.Second)}, {Phase: pipeline.Packaging, At: at.Add(50 * time.Second)}, {Phase: pipeline.Deploying, At: at.Add(52 * time.Second)}},
	}
}

func canary() davit.Plan {
	return davit.Plan{Strategy: "canary", Settle: 10 * time.Minute, Steps: []davit.Step{
		{Name: "5 %", Weight: davit.Percent(5), Judge: davit.JudgePass, Hold: 2 * time.Minute, Deadline: 30 * time.Minute},
		{Name: "25 %", Weight: davit.Percent(25), Judge: davit.JudgePass, Hold: 2 * time.Minute, Deadline: 30 * time.Minute},
		{Name: "50 %", Weight: davit.Percent(50), Judge: davit.JudgePass, Hold: 2 * time.Minute, Deadline: 30 * time.Minute},
		{Name: "100 %", Weight: davit.Full},
	}}
}

const why = "error rate 4.1 % against 0.3 % on the old version, 212 requests, chance of a false alarm under 1 in 1000"

// fill puts the usual contents into a world: a shop whose second release was
// taken back and whose third is on its way, a cart that is held, a search that
// waits for an approval.
func fill(t *testing.T, w *world) {
	t.Helper()
	c := &contents{t: t}
	shop(c)
	cart(c)
	search(c)
	ramped(c)
	w.hands.filled = true
	slices.SortStableFunc(c.change.Events, func(a, b davit.Event) int { return a.At.Compare(b.At) })
	if err := w.keep(c.change); err != nil {
		t.Fatal(err)
	}
	if _, err := w.flags.ApplyFlags(t.Context(), "ana", "shop", api.ApplyFlags{Document: flagsFile}); err != nil {
		t.Fatal(err)
	}
}

const flagsFile = `
flags:
  new-checkout:
    kind: release
    owner: team-pay
    purpose: The checkout on one page.
    environments:
      staging: {on: true}
      production:
        on: true
        needs: {payments: on}
        targets: {on: [user-1, user-2]}
        rules:
          - if: {segment: beta}
            serve: on
          - name: germany
            if: {country: [DE, AT], app: {semver: ">= 2.1.0"}}
            serve: {on: 50, off: 50}
        serve: {on: 10, off: 90}
  payments:
    kind: kill-switch
    owner: team-pay
    purpose: Takes payments away.
    environments:
      production: {on: true}
  ranking:
    kind: experiment
    owner: search
    purpose: Which ranking sells more.
    expires: 2026-02-20
    variants: {old: 1, new: 2}
    environments:
      production: {on: true, off: old, serve: {new: 50, old: 50}}
segments:
  beta:
    purpose: Those who asked for it.
    included: [user-7]
    if: {email: {ends: "@example.org"}}
`

func judged(v davit.Verdict, answer davit.Answer, reason string, at time.Time, evidence map[string]string) davit.Finding {
	e := map[string]string{"verdict": string(v), "source": "router", "second": "41"}
	maps.Copy(e, evidence)
	return davit.Finding{Gate: "judge", Answer: answer, Reason: reason, Evidence: e, At: at}
}

func shop(c *contents) {
	sp := specOf("shop", "staging", "production")
	good, bad, fresh := side("shop", 1, goodCommit), side("shop", 2, badCommit), side("shop", 3, newCommit)
	first, second, third := noon().Add(-26*time.Hour), noon().Add(-70*time.Minute), noon().Add(-6*time.Minute)
	c.service(sp, newCommit)
	runs := []pipeline.State{
		runOf("shop", 1, sp, good, "Open the shop", "Ana Lovelace", first, pipeline.Succeeded),
		runOf("shop", 2, sp, bad, "Take card payments", "Ben Ito", second, pipeline.Failed),
		runOf("shop", 3, sp, fresh, "Round prices the way accountants do", "Ana Lovelace", third, pipeline.Deploying),
	}
	runs[0].Why = "Deployed to production."
	runs[1].Why, runs[1].StoppedBy = "Rolled back in production: "+why+".", "production: judge"
	outcomes := []pipeline.Deployment{
		{Environment: "production", Phase: pipeline.DeploymentDone, Outcome: pipeline.RolloutDone, Rollout: "shop-production-r1", Started: first.Add(2 * time.Minute), Finished: first.Add(9 * time.Minute)},
		{Environment: "production", Phase: pipeline.DeploymentFailed, Outcome: pipeline.RolloutRolledBack, Reason: why, Rollout: "shop-production-r2", Started: second.Add(2 * time.Minute), Finished: second.Add(4 * time.Minute)},
		{Environment: "production", Phase: pipeline.RollingOut, Rollout: "shop-production-r3", Started: third.Add(2 * time.Minute)},
	}
	for i, s := range []rollout.Side{good, bad, fresh} {
		at := runs[i].Created
		runs[i].Deployments = []pipeline.Deployment{
			{Environment: "staging", Phase: pipeline.DeploymentDone, Outcome: pipeline.RolloutDone, Rollout: fmt.Sprintf("shop-staging-r%d", i+1), Started: at.Add(52 * time.Second), Finished: at.Add(80 * time.Second)},
			outcomes[i],
		}
		if i < 2 {
			runs[i].Entered = append(runs[i].Entered, pipeline.Entry{Phase: runs[i].Phase, At: outcomes[i].Finished})
		}
		c.add("run", runs[i].ID, "shop", "", string(runs[i].Phase), runs[i])
		c.release(s, "shop", i+1, runs[i].ID, runs[i].Subject, runs[i].Author, at.Add(50*time.Second))
		c.add("rollout", fmt.Sprintf("shop-staging-r%d", i+1), "shop", "staging", "done", rollout.State{
			ID: fmt.Sprintf("shop-staging-r%d", i+1), Service: "shop", Environment: "staging", Run: runs[i].ID, Actor: "ana", Intent: rollout.Deploy, Epoch: uint64(i + 1), New: s,
			Plan: davit.Plan{Strategy: "rolling", Steps: []davit.Step{{Name: "100 %", Weight: davit.Full}}}, Phase: rollout.Done, Weight: davit.Full,
			Created: at.Add(52 * time.Second), Since: at.Add(80 * time.Second), Ended: at.Add(80 * time.Second),
		})
	}
	production(c, []rollout.Side{good, bad, fresh}, []time.Time{first, second, third})
	c.add("lane", "shop/staging", "shop", "staging", "", rollout.Lane{Service: "shop", Environment: "staging", Stable: fresh, History: []rollout.Side{bad, good}, Epoch: 3})
	c.add("lane", "shop/production", "shop", "production", "", rollout.Lane{Service: "shop", Environment: "production", Stable: good, Epoch: 3, Active: "shop-production-r3"})
	c.add("quarantine", string(bad.Artifact), "shop", "", "", map[string]any{"Digest": bad.Artifact, "Service": "shop", "Release": "shop-2", "Reason": why, "Actor": "davit", "At": second.Add(4 * time.Minute), "Rollout": "shop-production-r2"})
	tale(c, []rollout.Side{good, bad, fresh}, []time.Time{first, second, third})
}

// production is the three rollouts of the shop that users saw.
func production(c *contents, sides []rollout.Side, at []time.Time) {
	gate := davit.Finding{Gate: "quarantine", Answer: davit.Passed, Reason: "not in quarantine", Step: -1}
	states := []rollout.State{
		{Phase: rollout.Done, Step: 3, Weight: davit.Full, Ended: at[0].Add(9 * time.Minute)},
		{
			Old: sides[0], Phase: rollout.RolledBack, Reason: why, DecidedBy: "errors", Quarantine: true, Ended: at[1].Add(4 * time.Minute),
			Findings: []davit.Finding{gate, judged("FAIL", davit.Refused, why, at[1].Add(4*time.Minute), map[string]string{"requests": "212", "metric": "errors"})},
			Shifts:   []rollout.Shift{{At: at[1].Add(3 * time.Minute), Weight: davit.Percent(5)}, {At: at[1].Add(4 * time.Minute), Weight: 0}},
		},
		{
			Old: sides[0], Phase: rollout.Baking, Step: 1, Weight: davit.Percent(25), StepSince: at[2].Add(5 * time.Minute), Deadline: at[2].Add(35 * time.Minute), Exposed: at[2].Add(150 * time.Second),
			Findings: []davit.Finding{gate, judged("PASS", davit.Passed, "no harm found: errors 0.31 % against 0.30 %, latency the same, 4 120 requests", at[2].Add(5*time.Minute), map[string]string{"requests": "4120"})},
			Shifts:   []rollout.Shift{{At: at[2].Add(150 * time.Second), Weight: davit.Percent(5)}, {At: at[2].Add(5 * time.Minute), Weight: davit.Percent(25)}},
		},
	}
	for i, r := range states {
		r.ID, r.Service, r.Environment, r.Run = fmt.Sprintf("shop-production-r%d", i+1), "shop", "production", fmt.Sprintf("shop-run-%d", i+1)
		r.Actor, r.Intent, r.Epoch, r.New, r.Plan, r.Instances = "ana", rollout.Deploy, uint64(i+1), sides[i], canary(), 2
		r.Created, r.Since = at[i].Add(2*time.Minute), at[i].Add(5*time.Minute)
		for j := range r.Findings {
			f := &r.Findings[j]
			f.Release, f.Artifact, f.Config, f.Epoch = r.New.Release, r.New.Artifact, r.New.Config, r.Epoch
			if f.At.IsZero() {
				f.At = r.Created
			}
			if f.Gate == "judge" {
				f.Step = 0
				r.Last = f
			}
		}
		c.add("rollout", r.ID, "shop", "production", string(r.Phase), r)
	}
}

// tale is the shop's part of the journal.
func tale(c *contents, sides []rollout.Side, at []time.Time) {
	for i, s := range sides {
		run, r := fmt.Sprintf("shop-run-%d", i+1), fmt.Sprintf("shop-production-r%d", i+1)
		of := davit.Event{Service: "shop", Run: run, Commit: s.Commit, Actor: "ana"}
		line := func(after time.Duration, kind, actor, text string) {
			e := of
			e.Kind, e.Actor, e.Text = kind, actor, text
			if after >= 50*time.Second {
				e.Release, e.Digest = s.Release, s.Artifact
			}
			if after >= 2*time.Minute {
				e.Rollout, e.Environment = r, "production"
			}
			c.say(at[i].Add(after), e)
		}
		line(0, "push.received", "ana", "ana pushed "+s.Commit[:8]+" to main.")
		line(0, "run.queued", "ana", run+" queued for commit "+s.Commit[:8]+" of main.")
		line(50*time.Second, "release.created", "davit", s.Release+" is packed: 4.8 MB.")
		line(2*time.Minute, "rollout.queued", "davit", s.Release+" is to be rolled out in production.")
		switch i {
		case 0:
			shift(0, 150*time.Second, c, of, r, at[i])
			line(9*time.Minute, "rollout.promoted", "davit", s.Release+" is promoted in production.")
			line(9*time.Minute, "rollout.done", "davit", s.Release+" is the stable version of production now.")
		case 1:
			shift(0, 3*time.Minute, c, of, r, at[i])
			line(4*time.Minute, "rollout.rolling-back", "davit", s.Release+" goes back in production: "+why+".")
			line(4*time.Minute, "rollout.rolled-back", "davit", s.Release+" is rolled back in production: "+why+".")
			line(4*time.Minute, "quarantine.set", "davit", s.Release+" is quarantined: it was rolled back.")
		case 2:
			shift(0, 150*time.Second, c, of, r, at[i])
			shift(1, 5*time.Minute, c, of, r, at[i])
		}
	}
}

// shift is the line about a step's weight.
func shift(step int, after time.Duration, c *contents, of davit.Event, rollout string, at time.Time) {
	of.Kind, of.Actor, of.Rollout, of.Environment = "rollout.shifting", "davit", rollout, "production"
	of.Text = fmt.Sprintf("step %d of 4: %s of the traffic goes to the new version.", step+1, canary().Steps[step].Weight)
	of.Data = map[string]string{"step": fmt.Sprint(step)}
	c.say(at.Add(after), of)
}

// ramped is what the journal says of a ramp.
func ramped(c *contents) {
	for i, share := range []string{"0 %", "1 %", "5 %", "25 %"} {
		kind := "ramp.exposed"
		if i == 0 {
			kind = "ramp.started"
		}
		c.say(noon().Add(time.Duration(-34+i*9)*time.Minute), davit.Event{
			Kind: kind, Actor: "davit", Service: "shop", Environment: "production", Text: "new-checkout: " + share + " of the users have on.",
			Data: map[string]string{"ramp": "shop-new-checkout-2", "flag": "new-checkout", "share": share, "step": fmt.Sprint(max(0, i-1))},
		})
	}
}

func cart(c *contents) {
	sp := specOf("cart", "staging", "production")
	old, fresh := side("cart", 1, goodCommit), side("cart", 2, newCommit)
	at := noon().Add(-35 * time.Minute)
	c.service(sp, newCommit)
	run := runOf("cart", 2, sp, fresh, "Keep carts for a week", "Chiara Ōta", at, pipeline.Deploying)
	run.Deployments = []pipeline.Deployment{{Environment: "staging", Phase: pipeline.DeploymentDone, Outcome: pipeline.RolloutDone, Rollout: "cart-staging-r2"}, {Environment: "production", Phase: pipeline.DeploymentHeld, Rollout: "cart-production-r2"}}
	c.add("run", run.ID, "cart", "", string(run.Phase), run)
	c.release(fresh, "cart", 2, run.ID, run.Subject, run.Author, at)
	c.add("rollout", "cart-production-r2", "cart", "production", "held", rollout.State{
		ID: "cart-production-r2", Service: "cart", Environment: "production", Run: run.ID, Actor: "ben", Intent: rollout.Deploy, Epoch: 2, New: fresh, Old: old, Plan: canary(), Instances: 2,
		Phase: rollout.Held, Step: 0, Weight: davit.Percent(5), Created: at, Since: at.Add(10 * time.Minute), StepSince: at.Add(time.Minute), Deadline: noon().Add(25 * time.Minute),
		Hold: &rollout.Hold{By: "ben", Reason: "the warehouse counts until two o'clock", Since: at.Add(10 * time.Minute), Until: noon().Add(25 * time.Minute)},
	})
	c.add("lane", "cart/staging", "cart", "staging", "", rollout.Lane{Service: "cart", Environment: "staging", Stable: fresh, Epoch: 2})
	c.add("lane", "cart/production", "cart", "production", "", rollout.Lane{Service: "cart", Environment: "production", Stable: old, Epoch: 2, Active: "cart-production-r2"})
	c.say(at.Add(10*time.Minute), davit.Event{Kind: "rollout.held", Actor: "ben", Service: "cart", Environment: "production", Run: run.ID, Rollout: "cart-production-r2", Text: "ben holds cart-2 at 5 % in production: the warehouse counts until two o'clock."})
}

func search(c *contents) {
	sp := specOf("search", "production")
	s := side("search", 1, goodCommit)
	at := noon().Add(-5 * time.Hour)
	c.service(sp, goodCommit)
	run := runOf("search", 1, sp, s, "Find what people mean", "Dov Marr", at, pipeline.Succeeded)
	run.Entered = append(run.Entered, pipeline.Entry{Phase: pipeline.Succeeded, At: at.Add(10 * time.Minute)})
	run.Deployments = []pipeline.Deployment{{Environment: "production", Phase: pipeline.DeploymentDone, Outcome: pipeline.RolloutDone, Rollout: "search-production-r1"}}
	c.add("run", run.ID, "search", "", string(run.Phase), run)
	c.release(s, "search", 1, run.ID, run.Subject, run.Author, at)
	c.add("rollout", "search-production-r1", "search", "production", "done", rollout.State{
		ID: "search-production-r1", Service: "search", Environment: "production", Run: run.ID, Actor: "dov", Intent: rollout.Deploy, Epoch: 1, New: s, Plan: canary(), Instances: 2,
		Phase: rollout.Done, Step: 3, Weight: davit.Full, Created: at, Since: at.Add(10 * time.Minute), Ended: at.Add(10 * time.Minute),
	})
	c.add("lane", "search/production", "search", "production", "", rollout.Lane{Service: "search", Environment: "production", Stable: s, Epoch: 1})
	c.say(at.Add(10*time.Minute), davit.Event{Kind: "rollout.done", Actor: "davit", Service: "search", Environment: "production", Run: run.ID, Release: s.Release, Rollout: "search-production-r1", Commit: s.Commit, Digest: s.Artifact, Text: "search-1 is the stable version of production now."})
}
