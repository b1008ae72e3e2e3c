package app_test

import (
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// TestOverride lets releases past gates by the word of an admin, and past
// nothing else.
func TestOverride(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure("canary: {steps: [50], hold: 0s}", "    gates:\n      - soak: {for: 2h}\n")
	override := func(client *api.Client, rollout, gate string) (string, error) {
		done, err := api.Do[api.Done](t.Context(), client, "override-gate", api.Params{"rollout": rollout}, api.Override{Gate: gate, Reason: "security fix", Seconds: 600})
		return done.Text, err
	}
	refused := func(what string, err error, kind davit.ErrorKind, text string) {
		t.Helper()
		if davit.KindOf(err) != kind || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", what, err)
		}
	}
	waiting := func(commit string) api.Rollout {
		t.Helper()
		var r api.Rollout
		await(t, 2*soon, "the rollout to wait for its soak", func() (bool, string) {
			all := m.rollouts()
			if len(all) == 0 || all[0].Commit != commit || all[0].Waiting == nil {
				return false, "there is none"
			}
			r = all[0]
			return strings.Contains(r.Waiting.For, "soak"), r.Waiting.For
		})
		if !strings.Contains(r.Waiting.Who, "davit override "+r.ID+" soak") {
			t.Errorf("who can unblock it: %s", r.Waiting.Who)
		}
		return r
	}
	first := m.ship("first", "")
	r := waiting(first)
	_, err := override(m.client, r.ID, "judge")
	refused("the judge", err, davit.NotFound, "there is no gate judge here; there is quarantine, soak")
	_, err = override(m.client, r.ID, "quarantine")
	refused("a gate that has passed", err, davit.Conflict, "has passed")
	deployer, err := api.Do[api.NewToken](t.Context(), m.client, "create-token", nil, map[string]any{"name": "bo", "role": "deployer"})
	must(t, err)
	_, err = override(api.NewClient(m.client.URL, deployer.Secret), r.ID, "soak")
	refused("a deployer", err, davit.Forbidden, "admin")

	text, err := override(m.client, r.ID, "soak")
	if err != nil || !strings.Contains(text, "may pass the gate soak of production until ") {
		t.Fatalf("%q: %v", text, err)
	}
	if run := m.awaitRun(first); run.Phase != "succeeded" {
		t.Fatalf("%s: %s", run.Phase, run.Why)
	}
	r = m.rollouts()[0]
	if !strings.Contains(findingOf(r, "soak").Reason, "overridden by admin (admin): security fix; the gate said: ") {
		t.Errorf("the finding: %+v", findingOf(r, "soak"))
	}
	told := false
	for _, e := range m.events() {
		told = told || e.Kind == "rollout.overridden" && e.Actor == "admin" && e.Rollout == r.ID && e.Data["gate"] == "soak"
	}
	if !told {
		t.Error("the journal does not tell of it")
	}
	_, err = override(m.client, r.ID, "soak")
	refused("a rollout that is over", err, davit.Conflict, "waits for no gate")

	// The word stands in for the gate, and not for the judge: a bad version goes
	// back, and nobody overrides its quarantine.
	m.load("shop.localhost", 60)
	bad := m.ship("bad", "production fail 0.6")
	r = waiting(bad)
	_, err = override(m.client, r.ID, "soak")
	must(t, err)
	if run := m.awaitRun(bad); run.StoppedBy != "production: errors" {
		t.Fatalf("%s by %q: %s", run.Phase, run.StoppedBy, run.Why)
	}
	refused("promoting it again", m.client.Call(t.Context(), "promote", nil, api.Promote{Release: r.Release, Environment: "production"}, nil), davit.Denied, "quarantined")
	third := m.ship("third", "")
	r = waiting(third)
	must(t, m.client.Call(t.Context(), "quarantine", nil, api.Quarantine{Digest: r.Artifact, Reason: "wrong invoices"}, nil))
	_, err = override(m.client, r.ID, "quarantine")
	refused("a quarantine", err, davit.Denied, "nobody overrides a quarantine")
	_, err = override(m.client, r.ID, "soak") // past this gate, and not past the other
	must(t, err)
	m.quiet()
	if r = m.rollouts()[0]; r.Commit != third || r.DecidedBy != "gate quarantine" {
		t.Errorf("%s is %s by %q: %s", r.ID, r.Phase, r.DecidedBy, r.Reason)
	}
}

func findingOf(r api.Rollout, gate string) api.Finding {
	for _, f := range r.Findings {
		if f.Gate == gate {
			return f
		}
	}
	return api.Finding{}
}
