package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/rollout"
)

// TestFlagIsBlamed holds that a version which is bad for those with a flag only
// is taken back with the word that turning the flag off would help, and that
// the verdict is the one that it would be without flags.
func TestFlagIsBlamed(t *testing.T) {
	for _, flagged := range []bool{false, true} {
		trial := NewTrial(judge.Defaults(), 1000, "shop-2", "shop-1")
		var word Word
		for second := trial.First(); second < 1200 && word.Live.Verdict != davit.Fail; second++ {
			var samples []davit.Sample
			add := func(release string, mark davit.Mark, requests, errors uint64) {
				samples = append(samples, davit.Sample{Second: second, Release: release, Mark: mark, Requests: requests, Errors: errors, Hist: davit.Hist{{Index: 40, Count: requests - errors}}})
			}
			add("shop-1", davit.Live, 500, uint64(second&1))
			if second >= 1000 {
				add("shop-2", davit.Live, 100, 20)
			}
			if flagged && second >= 1000 {
				add("shop-1", davit.ArmMark("new-checkout", false), 400, uint64(second&1))
				add("shop-1", davit.ArmMark("new-checkout", true), 100, 0)
				add("shop-2", davit.ArmMark("new-checkout", false), 75, 0)
				add("shop-2", davit.ArmMark("new-checkout", true), 25, 20)
			}
			word = trial.Feed(second, samples, 1000)
		}
		s := rollout.State{New: rollout.Side{Release: "shop-2"}, Old: rollout.Side{Release: "shop-1"}, Plan: davit.Plan{Steps: []davit.Step{{Weight: 1000}}}}
		verdict, finding := say(s, rollout.Watch{}, word, judge.Defaults(), time.Unix(word.Second, 0), false)
		if verdict != davit.Fail {
			t.Fatalf("%v: %s %s", flagged, verdict, finding.Reason)
		}
		if blamed := strings.Contains(finding.Reason, "on shop-2 and not elsewhere: turning off `new-checkout` removes"); blamed != flagged {
			t.Errorf("flagged %v: %s", flagged, finding.Reason)
		}
		if flagged && finding.Evidence["flag_removes"] == "" {
			t.Errorf("no figure in %v", finding.Evidence)
		}
	}
}
