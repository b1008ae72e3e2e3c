package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/rollout"
)

// nasty is what people and builds may write, on purpose or not.
var nasty = []string{
	`<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`,
	"\u202eright to left\u202c مرحبا بالعالم שלום",
	"👩‍👩‍👧‍👦🏳️‍🌈🇺🇳 " + strings.Repeat("🚀", 40),
	strings.Repeat("x", 200),
	"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
	"javascript:document.title='taken' {{7*7}} ${7*7} \" ' ` \\ & &amp; &#x3c;",
}

// hostile adds a service whose every word is one of those.
func hostile(t *testing.T, w *world) {
	t.Helper()
	c := &contents{t: t}
	name := strings.Repeat("long-name-", 6) + "abc" // 63 letters, as many as a name may have
	sp := specOf(name, "production")
	c.service(sp, goodCommit)
	at := w.now().Add(-time.Hour)
	for i, text := range nasty {
		s := side(name, i+1, goodCommit)
		run := runOf(name, i+1, sp, s, text, text, at.Add(time.Duration(i)*time.Minute), pipeline.Failed)
		run.Branch, run.Why, run.StoppedBy = text, text, text
		run.Stages[0].Reason = text
		run.Stages[0].Facts.Tests.Failures = []pipeline.Failure{{Name: text, Message: text}}
		run.Stages[0].Facts.Tests.Failed = 1
		c.add("run", run.ID, name, "", string(run.Phase), run)
		c.release(s, name, i+1, run.ID, text, text, at)
		c.add("rollout", name+"-production-r"+string(rune('1'+i)), name, "production", "rolled-back", rollout.State{
			ID: name + "-production-r" + string(rune('1'+i)), Service: name, Environment: "production", Run: run.ID, Actor: text, Intent: rollout.Deploy, Epoch: uint64(i + 1), New: s,
			Plan: canary(), Phase: rollout.RolledBack, Reason: text, DecidedBy: text, Created: at, Since: at, Ended: at.Add(time.Minute),
			Findings: []davit.Finding{{Gate: text, Answer: davit.Refused, Reason: text, Evidence: map[string]string{text: text}, At: at}},
		})
		c.say(at, davit.Event{Kind: "run.failed", Actor: text, Service: name, Run: run.ID, Release: s.Release, Commit: goodCommit, Text: text})
	}
	c.add("lane", name+"/production", name, "production", "", rollout.Lane{Service: name, Environment: "production", Stable: side(name, 1, goodCommit), Epoch: 6})
	if err := w.keep(c.change); err != nil {
		t.Fatal(err)
	}
	w.hands.lines = append(w.hands.lines, nasty...)
}
