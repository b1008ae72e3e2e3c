package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// TestOverridden holds when a person's word stands in for a gate: for this very
// release, artifact and configuration, until it expires, in a role that the gate
// names.
func TestOverridden(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	waits := davit.Finding{Gate: "soak", Answer: davit.Waiting, Reason: "not yet", Release: "shop-2", Artifact: "sha256:a", Config: "sha256:c", Override: []davit.Role{davit.Admin}}
	word := Override{Gate: "soak", Release: "shop-2", Artifact: "sha256:a", Config: "sha256:c", Actor: "ana", Role: davit.Admin, Reason: "security fix", Until: at.Add(time.Hour)}
	for _, c := range []struct {
		name    string
		finding func(*davit.Finding)
		word    func(*Override)
		after   time.Duration
		want    davit.Answer
	}{
		{name: "waits", want: davit.Passed},
		{name: "refuses", finding: func(f *davit.Finding) { f.Answer = davit.Refused }, want: davit.Passed},
		{name: "expired", after: time.Hour, want: davit.Waiting},
		{name: "another gate", word: func(o *Override) { o.Gate = "approval" }, want: davit.Waiting},
		{name: "another release", word: func(o *Override) { o.Release = "shop-3" }, want: davit.Waiting},
		{name: "another artifact", word: func(o *Override) { o.Artifact = "sha256:b" }, want: davit.Waiting},
		{name: "another config", word: func(o *Override) { o.Config = "sha256:d" }, want: davit.Waiting},
		{name: "too small a role", word: func(o *Override) { o.Role = davit.Deployer }, want: davit.Waiting},
		{name: "no role", word: func(o *Override) { o.Role = "" }, want: davit.Waiting},
		{name: "nobody may", finding: func(f *davit.Finding) { f.Override = nil }, want: davit.Waiting},
		{name: "an unknown role may", finding: func(f *davit.Finding) { f.Override = []davit.Role{""} }, want: davit.Waiting},
	} {
		f, o := waits, word
		if c.finding != nil {
			c.finding(&f)
		}
		if c.word != nil {
			c.word(&o)
		}
		got := overridden([]davit.Finding{f}, Overrides{Given: []Override{o}}, at.Add(c.after))[0]
		if got.Answer != c.want {
			t.Errorf("%s: %s, want %s", c.name, got.Answer, c.want)
		}
		if c.want == davit.Passed && (got.Evidence["said"] != "not yet" || got.Evidence["overridden_by"] != "ana" || !strings.Contains(got.Reason, "security fix") || !got.Until.Equal(o.Until)) {
			t.Errorf("%s: what is kept of it: %+v", c.name, got)
		}
	}
	passed := davit.Finding{Gate: "soak", Answer: davit.Passed, Reason: "long enough"}
	if got := overridden([]davit.Finding{passed}, Overrides{Given: []Override{word}}, at)[0]; got.Reason != passed.Reason {
		t.Errorf("a gate that passes by itself needs no word: %+v", got)
	}
}
