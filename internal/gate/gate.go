package gate

import (
	"context"

	"github.com/davit-cd/davit"
)

// Gate is a condition on entering an environment.
type Gate interface {
	Check(ctx context.Context, f Facts) davit.Finding
}

// Builtin returns the gates that come with Davit, by their names in davit.yaml.
func Builtin() map[string]Gate {
	return map[string]Gate{
		"approval":      approval{},
		"command":       command{},
		"flags-needed":  flagsNeeded{},
		"flags-overdue": flagsOverdue{},
		"quarantine":    quarantine{},
		"soak":          soak{},
	}
}

// Ask asks the gate of that name. It fills in what the finding is about, and
// sees to it that nothing but a plain pass is one.
func Ask(ctx context.Context, gates map[string]Gate, name string, f Facts) davit.Finding {
	found := ask(ctx, gates, name, f)
	found.Gate = name
	found.Release, found.Artifact, found.Config = f.Release.ID, f.Release.Artifact, f.Release.Configs[f.Environment]
	found.At, found.Step = f.Now, -1
	return found
}

func ask(ctx context.Context, gates map[string]Gate, name string, f Facts) (found davit.Finding) {
	g := gates[name]
	if g == nil {
		return f.unanswered("there is no gate called " + name)
	}
	defer func() {
		if p := recover(); p != nil {
			found = f.unanswered("the gate broke down before it had an answer")
		}
	}()
	switch found = g.Check(ctx, f); found.Answer {
	case davit.Passed:
		if ctx.Err() != nil { // it may have passed because it could not look
			return f.unanswered("the gate was interrupted")
		}
		return found
	case davit.Refused, davit.Waiting:
		return found
	}
	return f.unanswered("the gate gave no answer")
}
