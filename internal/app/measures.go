package app

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/telemetry"
)

// measures reads what the router measured.
type measures struct {
	keeper    engine.Keeper
	telemetry *telemetry.DB
	engine    *engine.Engine
}

// Series returns requests, errors and latencies over time, a series a release.
func (m measures) Series(ctx context.Context, q server.SeriesQuery) ([]api.Series, error) {
	series, err := m.telemetry.Series(ctx, telemetry.Selector{
		Service: q.Service, Environment: q.Environment, Release: q.Release, Marks: []davit.Mark{davit.Live},
		From: q.From.Unix(), To: q.To.Unix(),
	}, max(1, int64(q.Step/time.Second)))
	if err != nil {
		return nil, err
	}
	out := []api.Series{}
	for _, s := range series {
		v := api.Series{Service: s.Service, Environment: s.Environment, Release: s.Release, Step: s.Step, Points: []api.Point{}}
		for _, p := range s.Points {
			v.Points = append(v.Points, api.Point{At: p.At, Requests: p.Requests, Errors: p.Errors, P50: p.Hist.Quantile(0.5), P99: p.Hist.Quantile(0.99)})
		}
		out = append(out, v)
	}
	return out, nil
}

// count is a line of the judge's stream format.
type count struct {
	T        int64       `json:"t"`
	Version  string      `json:"version"`
	Instance string      `json:"instance,omitempty"`
	Requests uint64      `json:"requests"`
	Errors   uint64      `json:"errors"`
	Hist     [][2]uint64 `json:"hist,omitempty"`
}

// Counts returns what the judge saw of a rollout, as `davit judge` reads it.
func (m measures) Counts(ctx context.Context, rollout string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s, err := engine.LoadRollout(ctx, m.keeper, rollout)
		if err == nil && s.Exposed.IsZero() {
			err = &davit.Error{Kind: davit.Conflict, Text: "rollout " + rollout + " never had traffic: there is nothing to judge"}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		exposed, end := s.Exposed.Unix(), time.Now().Unix()
		if !s.Ended.IsZero() {
			end = s.Ended.Unix()
		}
		samples, err := m.telemetry.Range(ctx, telemetry.Selector{
			Service: s.Service, Environment: s.Environment, Marks: []davit.Mark{davit.Live}, From: exposed - engine.History, To: end,
		})
		if err != nil {
			yield(nil, err)
			return
		}
		line := func(v any) bool {
			b, err := json.Marshal(v)
			return yield(b, err) && err == nil
		}
		settings, err := engine.SettingsOf(ctx, m.keeper, s)
		if err != nil {
			yield(nil, err)
			return
		}
		if !line(map[string]any{"type": "meta", "settings": settings}) {
			return
		}
		begin := exposed
		if len(samples) > 0 {
			begin = min(begin, samples[0].Second)
		}
		for second := begin; second <= end; second++ {
			for len(samples) > 0 && samples[0].Second <= second {
				c, known := counted(samples[0], s.New.Release, s.Old.Release, exposed)
				samples = samples[1:]
				if known && !line(c) {
					return
				}
			}
			if !line(map[string]any{"type": "tick", "t": second - exposed}) {
				return
			}
		}
	}
}

func counted(s davit.Sample, canary, baseline string, exposed int64) (count, bool) {
	c := count{T: s.Second - exposed, Instance: s.Instance, Requests: s.Requests, Errors: s.Errors}
	for _, b := range s.Hist {
		c.Hist = append(c.Hist, [2]uint64{uint64(b.Index), b.Count})
	}
	switch s.Release {
	case canary:
		c.Version = "canary"
	case baseline:
		c.Version = "baseline"
	}
	return c, c.Version != ""
}
