package server

import (
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
)

// TestWaiting holds that what waits says for what, what happens then, and who
// can unblock it and how.
func TestWaiting(t *testing.T) {
	plan := davit.Plan{Steps: []davit.Step{{Name: "5 %", Capacity: 2, Judge: davit.JudgePass}, {Name: "group beta", Approve: true}, {Name: "100 %", Hold: time.Minute}}}
	yes := davit.Finding{Gate: "quarantine", Answer: davit.Passed}
	for name, c := range map[string]struct {
		state           rollout.State
		what, then, who string
	}{
		"queued":    {rollout.State{Phase: rollout.Queued}, "its turn", "", "nobody: it begins when the rollout before it is over"},
		"instances": {rollout.State{Phase: rollout.Preparing, Gated: true, Capacity: 1}, "its instances: 1 of 2 are ready", "it goes back", "davit abort r1 ends it"},
		"gates":     {rollout.State{Phase: rollout.Preparing, Findings: []davit.Finding{yes}}, "its gates", "it goes back", "davit abort r1 ends it"},
		"approval": {
			rollout.State{Phase: rollout.Preparing, Hold: &rollout.Hold{By: "gate approval", Reason: "0 of 1 approvals", Gate: true, Back: true}, Findings: []davit.Finding{yes}},
			"the gate approval: 0 of 1 approvals", "it goes back", "davit approve r1; an admin: davit override r1 approval --reason …",
		},
		"judge":   {rollout.State{Phase: rollout.Baking, Last: &davit.Finding{Reason: "not enough data"}}, "the judge to pass 5 %: not enough data", "it goes back", "davit abort r1 ends it"},
		"person":  {rollout.State{Phase: rollout.Baking, Step: 1}, "a person to promote it out of group beta", "it goes back", "davit promote r1"},
		"time":    {rollout.State{Phase: rollout.Baking, Step: 2}, "100 % to have been held for 1m0s", "it goes on", "davit abort r1 ends it"},
		"held":    {rollout.State{Phase: rollout.Held, Hold: &rollout.Hold{By: "ana", Reason: "looking"}}, "a person: ana holds it: looking", "it goes on", "davit resume r1"},
		"no data": {rollout.State{Phase: rollout.Held, Hold: &rollout.Hold{By: "judge", Reason: "no data", Back: true}}, "a person: judge holds it: no data", "it goes back", "davit resume r1"},
		"one way": {rollout.State{Phase: rollout.Held, Hold: &rollout.Hold{By: "judge", Reason: "it fails", OneWay: true}}, "a person: judge holds it: it fails", "people are told again", "davit promote r1 --force, or davit abort r1"},
		"stuck":   {rollout.State{Phase: rollout.Stranded, Reason: "it does not start"}, "a person: the way back is blocked: it does not start", "", "davit abort r1 tries again"},
	} {
		c.state.ID, c.state.Plan = "r1", plan
		w := waiting(c.state)
		if w == nil || w.For != c.what || w.Then != c.then || w.Who != c.who {
			t.Errorf("%s: %+v", name, w)
		}
	}
	for _, p := range rollout.Phases() {
		w := waiting(rollout.State{ID: "r1", Plan: plan, Phase: p, Hold: nil})
		if moves := p.Final() || p == rollout.Shifting || p == rollout.Promoting || p == rollout.RollingBack; (w == nil) != moves {
			t.Errorf("%s waits: %+v", p, w)
		}
	}
}
