package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/rollout"
)

// Replayed is a stored verdict beside the same verdict computed again from the
// stored counts.
type Replayed struct {
	Stored      davit.Finding
	Differences []string // facts that came out otherwise; none: the same to the last digit
}

// Replay judges a rollout again from the telemetry that is kept and compares
// what comes out with every verdict that was stored.
func (e *Engine) Replay(ctx context.Context, id string) ([]Replayed, error) {
	s, err := LoadRollout(ctx, e.Keeper, id)
	if err != nil {
		return nil, err
	}
	_, settings, err := e.settings(ctx, s)
	if err != nil {
		return nil, err
	}
	var stored []davit.Finding
	for _, f := range s.Findings {
		if f.Gate == "judge" && f.Evidence["second"] != "" {
			stored = append(stored, f)
		}
	}
	if s.Exposed.IsZero() || len(stored) == 0 {
		return nil, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the judge decided nothing in rollout %s", id)}
	}
	last, err := strconv.ParseInt(stored[len(stored)-1].Evidence["second"], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the verdicts of %s: %w", id, err)
	}
	words, err := e.words(ctx, s, settings, last)
	if err != nil {
		return nil, err
	}
	var out []Replayed
	for _, f := range stored {
		second, err := strconv.ParseInt(f.Evidence["second"], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the verdicts of %s: %w", id, err)
		}
		out = append(out, Replayed{Stored: f, Differences: differences(f, facts(words[second].by(f.Evidence["source"])), settings)})
	}
	return out, nil
}

// words judges every second of a rollout up to the last one that counts.
func (e *Engine) words(ctx context.Context, s rollout.State, settings judge.Settings, last int64) (map[int64]Word, error) {
	t := NewTrial(settings, s.Exposed.Unix(), s.New.Release, s.Old.Release)
	samples, err := e.Telemetry.Samples(ctx, s.Service, s.Environment, t.First(), last)
	if err != nil {
		return nil, err
	}
	words := map[int64]Word{}
	for second := t.First(); second <= last; second++ {
		n := 0
		for n < len(samples) && samples[n].Second <= second {
			n++
		}
		words[second] = t.Feed(second, samples[:n], shareAt(s, second))
		samples = samples[n:]
	}
	return words, nil
}

// by returns what one source of a word said.
func (w Word) by(source string) judge.Result {
	switch source {
	case "mirrored traffic":
		return w.Mirror
	case "synthetic probes":
		return w.Probes
	}
	return w.Live
}

func differences(stored davit.Finding, again map[string]string, settings judge.Settings) []string {
	var out []string
	again["settings"] = string(settings.Hash())
	for _, k := range slices.Sorted(maps.Keys(again)) {
		if stored.Evidence[k] != again[k] {
			out = append(out, fmt.Sprintf("%s was %s, is %s", k, or(stored.Evidence[k], "not kept"), again[k]))
		}
	}
	return out
}
