package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/davit-cd/davit/internal/api"
)

// judge reads from the server what became of a run and who decided.
func (r *result) judge(ctx context.Context, client *api.Client, run api.Run) error {
	switch run.Phase {
	case "succeeded":
		r.Outcome = "promoted"
	case "failed":
		r.Outcome = "stopped"
	default:
		r.Outcome = run.Phase
	}
	r.By = run.StoppedBy
	for _, d := range slices.Backward(run.Deployments) {

		if d.Rollout == "" {
			continue
		}
		var rollout api.Rollout
		if err := client.Call(ctx, "get-rollout", api.Params{"rollout": d.Rollout}, nil, &rollout); err != nil {
			return err
		}
		if d.Outcome == "rolled-back" {
			r.Outcome, r.By = "rolled back", rollout.DecidedBy
		} else if r.Outcome == "promoted" {
			r.By = promotedBy(rollout)
		}
		return nil
	}
	return nil
}

// promotedBy is the last who let a rollout go on.
func promotedBy(r api.Rollout) string {
	for _, v := range slices.Backward(r.Findings) {
		if f := v; f.Gate == "judge" && f.Answer == "pass" {
			return "judge"
		}
	}
	return "smoke tests"
}

// compare notes what did not come true.
func (r *result) compare(ctx context.Context, client *api.Client, w want, run api.Run) {
	var wrong []string
	if r.Outcome != w.outcome {
		wrong = append(wrong, fmt.Sprintf("it should have been %s", w.outcome))
	}
	if !strings.Contains(r.By, w.by) {
		wrong = append(wrong, fmt.Sprintf("%q should have decided", w.by))
	}
	if r.Switched > 0 {
		wrong = append(wrong, fmt.Sprintf("%d requests failed by the switching", r.Switched))
	}
	if w.outcome == "rolled back" {
		var release api.Release
		err := client.Call(ctx, "get-release", api.Params{"release": run.Release}, nil, &release)
		if err != nil || !release.Quarantined {
			wrong = append(wrong, "it should be quarantined")
		}
	}
	r.Wrong = strings.Join(wrong, "; ")
}
