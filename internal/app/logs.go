package app

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/target/process"
)

const (
	logPage = 500                    // lines read at a time
	logWait = 300 * time.Millisecond // between two looks at a log that grows
)

// logs reads what stages and instances wrote.
type logs struct {
	keeper  engine.Keeper
	runner  *runner.Runner
	process *process.Target
}

// StageLog reads the log of one stage, or of all stages of a run in order.
func (l logs) StageLog(ctx context.Context, q server.StageLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		run, err := engine.LoadRun(ctx, l.keeper, q.Run)
		if err != nil {
			yield(api.LogLine{}, err)
			return
		}
		if q.Stage != "" && run.Stage(q.Stage) == nil {
			yield(api.LogLine{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("run %s has no stage %q", q.Run, q.Stage)})
			return
		}
		seq := int64(0)
		for _, s := range run.Stages {
			if q.Stage != "" && s.Name != q.Stage {
				continue
			}
			from, to := 1, max(s.Attempt, 1)
			if q.Attempt > 0 {
				from, to = q.Attempt, q.Attempt
			}
			for attempt := from; attempt <= to; attempt++ {
				if !l.attempt(ctx, q, s.Name, attempt, &seq, yield) {
					return
				}
			}
		}
	}
}

// attempt reads one attempt's log; false when the reader has had enough.
func (l logs) attempt(ctx context.Context, q server.StageLogQuery, stage string, attempt int, seq *int64, yield func(api.LogLine, error) bool) bool {
	offset := int64(0)
	for {
		lines, next, ended, err := l.runner.ReadLog(q.Run, stage, attempt, offset, logPage)
		missing := davit.KindOf(err) == davit.NotFound
		if err != nil && !missing {
			yield(api.LogLine{}, err)
			return false
		}
		offset = next
		for _, line := range lines {
			*seq++
			if *seq <= q.After {
				continue
			}
			if !yield(stageLine(stage, attempt, line, *seq), nil) {
				return false
			}
		}
		if ended || len(lines) == 0 && (!q.Follow || l.settled(ctx, q.Run, stage, attempt)) {
			return true
		}
		if len(lines) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(logWait):
		}
	}
}

// settled reports whether nothing more can be written to an attempt's log.
func (l logs) settled(ctx context.Context, id, stage string, attempt int) bool {
	run, err := engine.LoadRun(ctx, l.keeper, id)
	if err != nil {
		return true
	}
	s := run.Stage(stage)
	return s == nil || run.Phase.Final() || s.Phase.Final() || attempt < s.Attempt && s.Phase != pipeline.StageWaiting
}

func stageLine(stage string, attempt int, line runner.Line, seq int64) api.LogLine {
	source := stage
	if line.Step != "" {
		source += "/" + line.Step
	}
	return api.LogLine{At: line.T, Source: source, Attempt: attempt, Stream: line.Stream, Text: line.Text, Sequence: seq}
}

// InstanceLog reads what instances print.
func (l logs) InstanceLog(ctx context.Context, q server.InstanceLogQuery) iter.Seq2[api.LogLine, error] {
	return func(yield func(api.LogLine, error) bool) {
		seq := int64(0)
		lines := l.process.Logs(ctx, process.LogQuery{Service: q.Service, Environment: q.Environment, Release: q.Release, Tail: q.Tail, Follow: q.Follow})
		for line, err := range lines {
			if err == nil && q.Instance != "" && line.Instance != q.Instance {
				continue
			}
			seq++
			if !yield(api.LogLine{At: line.At, Source: line.Instance, Release: line.Release, Text: line.Text, Sequence: seq}, err) {
				return
			}
		}
	}
}
