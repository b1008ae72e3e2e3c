package pipeline_test

import (
	"fmt"
	"testing"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
	"pgregory.net/rapid"
)

func waiting(phase pipeline.Phase, runs ...string) []pipeline.Waiting {
	var all []pipeline.Waiting
	for _, r := range runs {
		all = append(all, pipeline.Waiting{Run: r, Phase: phase})
	}
	return all
}

func TestQueue(t *testing.T) {
	for _, test := range []struct {
		policy spec.Queue
		queued []string
		active []pipeline.Waiting
		want   string
	}{
		{spec.Every, nil, nil, "start= supersede=[] behind="},
		{spec.Every, []string{"a", "b"}, nil, "start=a supersede=[] behind=a"},
		{spec.Every, []string{"b"}, waiting(pipeline.Deploying, "a"), "start= supersede=[] behind=a"},
		{spec.Newest, []string{"a"}, nil, "start=a supersede=[] behind="},
		{spec.Newest, []string{"a", "b", "c"}, nil, "start=c supersede=[{a c} {b c}] behind="},
		{spec.Newest, []string{"b", "c"}, waiting(pipeline.Running, "a"), "start= supersede=[{b c}] behind=a"},
		{spec.Newest, []string{"b"}, waiting(pipeline.Packaging, "a"), "start= supersede=[] behind=a"},
		{spec.Newest, []string{"b"}, waiting(pipeline.Deploying, "a"), "start=b supersede=[] behind="},
		{spec.Batch, []string{"b", "c"}, waiting(pipeline.Failed, "a"), "start=c supersede=[{b c}] behind="},
		{"whatever", []string{"a", "b"}, nil, "start=a supersede=[] behind=a"},
	} {
		d := pipeline.Queue(test.policy, waiting(pipeline.Queued, test.queued...), test.active)
		if got := fmt.Sprintf("start=%s supersede=%v behind=%s", d.Start, d.Supersede, d.Behind); got != test.want {
			t.Errorf("%s %v behind %v: %s, want %s", test.policy, test.queued, test.active, got, test.want)
		}
		if d.Carry != (test.policy == spec.Batch) {
			t.Errorf("%s: carry %v", test.policy, d.Carry)
		}
	}
}

// TestEveryCommitIsAccountedFor pushes commits and ends runs in any order: at the
// end each commit was run, or superseded by one that was, or by one that was
// superseded in turn.
func TestEveryCommitIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := rapid.SampledFrom([]spec.Queue{spec.Every, spec.Newest, spec.Batch}).Draw(t, "policy")
		var queued, active []pipeline.Waiting
		by, ran, pushed := map[string]string{}, map[string]bool{}, 0
		last := ""
		turn := func() {
			d := pipeline.Queue(policy, queued, active)
			for _, s := range d.Supersede {
				by[s.Run] = s.By
			}
			var rest []pipeline.Waiting
			for _, w := range queued {
				if by[w.Run] != "" {
					continue
				}
				if w.Run == d.Start {
					if w.Run < last {
						t.Fatalf("%s starts after %s", w.Run, last)
					}
					last, ran[w.Run] = w.Run, true
					active = append(active, pipeline.Waiting{Run: w.Run, Phase: pipeline.Running})
					continue
				}
				rest = append(rest, w)
			}
			queued = rest
		}
		for range rapid.IntRange(1, 40).Draw(t, "moves") {
			if rapid.Bool().Draw(t, "push") || len(active) == 0 {
				pushed++
				queued = append(queued, pipeline.Waiting{Run: fmt.Sprintf("r%03d", pushed), Phase: pipeline.Queued})
			} else if i := rapid.IntRange(0, len(active)-1).Draw(t, "which"); active[i].Phase == pipeline.Running {
				active[i].Phase = pipeline.Deploying
			} else {
				active = append(active[:i:i], active[i+1:]...)
			}
			turn()
		}
		for len(queued) > 0 {
			active = nil
			turn()
		}
		for i := range pushed {
			run := fmt.Sprintf("r%03d", i+1)
			for hops := 0; !ran[run]; hops++ {
				if by[run] <= run || hops > pushed {
					t.Fatalf("%s was neither run nor superseded by a newer one: %q", run, by[run])
				}
				run = by[run]
			}
		}
	})
}
