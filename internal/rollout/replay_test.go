package rollout_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/rollout"
)

// every is one input of each kind.
func every() []rollout.Input {
	f := davit.Finding{Gate: "judge", Answer: davit.Passed, Reason: "no worse", Evidence: map[string]string{"requests": "212"}, Override: []davit.Role{"admin"}, Epoch: 7, Step: 1, At: start}
	return []rollout.Input{
		rollout.Begin{Old: oldSide, At: start},
		rollout.Gated{Findings: []davit.Finding{f}, At: start},
		rollout.Placed{Release: "new", Ready: 2, At: start},
		rollout.PlaceFailed{Release: "new", Reason: "no room", At: start},
		rollout.Routed{Revision: 3, At: start},
		rollout.Smoked{Finding: f, At: start},
		rollout.Judged{Verdict: davit.Pass, Finding: f, At: start},
		rollout.Crashed{Release: "new", Reason: "dies", At: start},
		rollout.Retired{Release: "old", Note: "12 finished", At: start},
		rollout.Halt{Actor: "bob", Reason: "look", Until: start.Add(1), At: start},
		rollout.Resume{Actor: "bob", At: start},
		rollout.Advance{Actor: "bob", Reason: "must", Force: true, At: start},
		rollout.Abort{Actor: "bob", Reason: "hurts", At: start},
		rollout.Supersede{By: "r2", At: start},
		rollout.Cancel{Actor: "bob", Reason: "wrong", At: start},
		rollout.Tick{At: start},
	}
}

func TestInputsSurviveTheJournal(t *testing.T) {
	for _, in := range every() {
		got, err := rollout.DecodeInput(rollout.EncodeInput(in))
		if err != nil || !reflect.DeepEqual(got, in) {
			t.Errorf("%T: %+v, %v; want %+v", in, got, err, in)
		}
	}
	for _, bad := range []string{"", "{}", `{"kind":"explode","body":{}}`, `{"kind":"tick","body":{"At":"yesterday"}}`, `{"kind":"placed","body":{"Ready":"two"}}`} {
		if in, err := rollout.DecodeInput(bad); err == nil {
			t.Errorf("%s is read as %+v", bad, in)
		}
	}
}

// TestReplayNotices holds that a journal that tells another story is noticed.
func TestReplayNotices(t *testing.T) {
	s := rollout.State{ID: "r", Phase: rollout.Queued, New: rollout.Side{Release: "new", Artifact: "sha256:new", Config: "sha256:c"}, Plan: davit.Plan{Steps: []davit.Step{{Name: "full", Weight: davit.Full, Capacity: 1}}}}
	_, began := rollout.Step(s, rollout.Begin{Old: oldSide, At: start})
	changed := append([]davit.Event{}, began...)
	changed[0].Kind = "rollout.done"
	for name, journal := range map[string][]davit.Event{"changed": changed, "twice": append(began, began...)} {
		if got, err := rollout.Replay(s, journal); err == nil {
			t.Errorf("%s: replayed to %s", name, got.Phase)
		} else if !strings.Contains(err.Error(), "the journal says rollout.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileInputsAreBounded holds that nothing from outside blows up state or
// journal, and that both still tell the same.
func TestHostileInputsAreBounded(t *testing.T) {
	huge := strings.Repeat("ä\xff", 1<<20)
	facts := map[string]string{}
	for i := range 1000 {
		facts[fmt.Sprintf("fact %d %s", i, huge[:200])] = huge
	}
	s := rollout.State{ID: "r", Epoch: 7, Phase: rollout.Queued, New: rollout.Side{Release: "new", Artifact: "sha256:new", Config: "sha256:c"}, Plan: davit.Plan{Steps: []davit.Step{{Name: "full", Weight: davit.Full, Capacity: 1}}}}
	queued := s
	s, journal := rollout.Step(s, rollout.Begin{Old: oldSide, At: start})
	f := passed(s, "soak", -1, start)
	f.Reason, f.Evidence = huge, facts
	findings := make([]davit.Finding, 500)
	for i := range findings {
		findings[i] = f
	}
	refused := f
	refused.Answer, refused.Gate = davit.Refused, "quarantine"
	given := slices.Concat(findings, []davit.Finding{refused})
	waits := rollout.Gated{Findings: append([]davit.Finding{{Gate: "approval", Answer: davit.Waiting, Reason: huge, Artifact: f.Artifact, Config: f.Config, Epoch: 7, Step: -1}}, findings...), At: start}
	for _, in := range []rollout.Input{waits, rollout.Halt{Actor: huge, Reason: huge, At: start}, rollout.Halt{Actor: strings.Repeat("\xff", 1<<20), Reason: strings.Repeat("ä", 512), At: start}, rollout.Gated{Findings: given, At: start}} {
		next, events := rollout.Step(s, in)
		if len(events) == 0 {
			t.Fatalf("%T did nothing", in)
		}
		s, journal = next, append(journal, events...)
		for _, e := range events {
			if n := len(e.Data["input"]); n > 256<<10 || len(e.Text) > 4<<10 || !utf8.ValidString(e.Text) {
				t.Errorf("%T: %d bytes in the journal, text of %d", in, n, len(e.Text))
			}
		}
	}
	if s.Phase != rollout.Cancelled || s.DecidedBy != "gate quarantine" {
		t.Errorf("the refusal among 500 was lost: %s by %s", s.Phase, s.DecidedBy)
	}
	got, err := rollout.Replay(queued, journal)
	if err != nil || !reflect.DeepEqual(throughJSON(t, got), throughJSON(t, s)) {
		t.Errorf("replayed to %+v, %v", got, err)
	}
	if given[0].Reason != huge {
		t.Error("changed the findings it was given")
	}
}
