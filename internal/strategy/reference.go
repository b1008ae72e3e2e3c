package strategy

import (
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// Reference returns the reference page of the strategies in Markdown, made
// from what Compile reads.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(`# Strategies

<!-- Made from internal/strategy; go test ./internal/strategy -update rewrites it. -->

A strategy says how a release replaces the one before it in an environment of ` + "[davit.yaml](davit-yaml.md)" + `:

` + "```yaml" + `
environments:
  production:
    strategy:
      canary: {steps: [1, 10, 50], hold: 2m}
` + "```" + `

It is compiled to a plan, a list of steps. Of each plan holds: a step has its capacity before it has its traffic; weights never fall, and the last
step has all the traffic; at most two versions are there; each step has a deadline, its hold and ` + "`judge.deadline`" + ` beyond it, after which the
rollout is taken back. After the last step the old version stays warm for ` + "`settle`" + `. A first release, with no version before it, needs no plan.

The plans below are for four instances and default settings.

`)
	for _, s := range all() {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n%s", s.Name, s.Doc, spec.KeyTable(s.Keys))
		for _, k := range s.Keys {
			inner := k.Shape.Keys
			if k.Shape.Items != nil {
				inner = k.Shape.Items.Keys
			}
			if len(inner) > 0 {
				fmt.Fprintf(&b, "`%s` is a map:\n\n%s", k.Name, spec.KeyTable(inner))
			}
		}
		plan, err := Compile(spec.Environment{Name: "production", Instances: 4, Strategy: spec.Strategy{Name: s.Name}, Settle: 5 * time.Minute})
		if err != nil {
			continue // defaults always compile; a test holds it
		}
		b.WriteString(table(plan) + "\n")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// table returns a plan as a Markdown table.
func table(p davit.Plan) string {
	var b strings.Builder
	b.WriteString("| step | instances | traffic | copies | least time | most time | left on |\n|---|---|---|---|---|---|---|\n")
	for _, s := range p.Steps {
		left := map[davit.Judging]string{davit.JudgeNone: "health", davit.JudgePass: "a pass", davit.JudgeWatch: "no fail", davit.JudgeMirror: "a pass on the copies"}[s.Judge]
		if s.Approve {
			left += " and a person's word"
		}
		capacity := fmt.Sprint(s.Capacity)
		if s.StopOld {
			capacity += ", the old ones stopped"
		}
		copies := "–"
		if s.Mirror > 0 {
			copies = s.Mirror.String()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", s.Name, capacity, s.Weight, copies, spec.FormatDuration(s.Hold), spec.FormatDuration(s.Deadline), left)
	}
	return b.String()
}
