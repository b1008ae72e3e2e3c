package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/store"
)

// measureDecide counts what the parts of a decision cost: the pure step, the
// store's transaction, synced to disk, and the whole way from the API through
// the engine.
func measureDecide(ctx context.Context, b *bench) ([]row, error) {
	rows := []row{{"rollout machine alone: steps a second", steps(), "–", ""}}
	synced, err := syncs(b.work)
	if err != nil {
		return rows, err
	}
	rows = append(rows, row{"this disk: write 4 KiB and fsync", synced.String(), "–", ""})
	for _, writers := range []int{1, 8, 64} {
		rate, took, err := keeps(ctx, b, writers)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row{fmt.Sprintf("store: decisions kept a second (a record and two events each), %d at a time", writers), fmt.Sprintf("%.0f/s; %s", rate, took), "–", ""})
	}
	rate, took, err := wishes(ctx, b)
	if err != nil {
		return rows, err
	}
	return append(rows, row{"whole way: hold and resume a rollout through the API, one after another", fmt.Sprintf("%.0f/s; %s", rate, took), "–", ""}), nil
}

const decideFor = 5 * time.Second

// steps walks a rollout to its middle, again and again, with the encoding that
// the store gets.
func steps() string {
	begin := time.Now()
	at, n := begin, 0
	s := rollout.State{
		ID: "shop-production-r1", Service: "shop", Environment: "production", Phase: rollout.Baking, Epoch: 1, Since: at, StepSince: at, Exposed: at,
		New: rollout.Side{Release: "shop-2"}, Old: rollout.Side{Release: "shop-1"}, Deadline: at.Add(24 * time.Hour), Weight: davit.Percent(5), Instances: 4,
		Plan: davit.Plan{Strategy: "canary", Steps: []davit.Step{{Name: "5 %", Weight: davit.Percent(5), Judge: davit.JudgePass}, {Name: "100 %", Weight: davit.Full}}},
	}
	for ; time.Since(begin) < time.Second; n++ {
		at = at.Add(time.Millisecond)
		next, _ := rollout.Step(s, rollout.Judged{Verdict: davit.Continue, Finding: davit.Finding{Gate: "judge", Answer: davit.Waiting, Epoch: 1, At: at}, At: at})
		if _, err := json.Marshal(next); err != nil {
			return err.Error()
		}
	}
	return fmt.Sprintf("%.0f/s with the encoding of the state", float64(n)/time.Since(begin).Seconds())
}

// syncs measures the disk below it all.
func syncs(dir string) (took spread, err error) {
	f, err := os.Create(filepath.Join(dir, "synced"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page := make([]byte, 4096)
	for range 200 {
		begun := time.Now()
		if _, err := f.Write(page); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

// keeps has writers keep changes, each of its own record, for a while.
func keeps(ctx context.Context, b *bench, writers int) (rate float64, took spread, err error) {
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(b.folder("store"), "state.db")})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	var mu sync.Mutex
	var all sync.WaitGroup
	begun := time.Now()
	for w := range writers {
		all.Go(func() {
			mine, failed := keepOn(ctx, st, fmt.Sprintf("r%d", w), begun.Add(decideFor))
			mu.Lock()
			defer mu.Unlock()
			took, err = append(took, mine...), errors.Join(err, failed)
		})
	}
	all.Wait()
	return float64(len(took)) / time.Since(begun).Seconds(), took, err
}

func keepOn(ctx context.Context, st *store.Store, id string, until time.Time) (took spread, err error) {
	body := make([]byte, 2000) // a rollout's state is about that long
	for i := range body {
		body[i] = 'x'
	}
	text, err := json.Marshal(string(body))
	if err != nil {
		return nil, err
	}
	for version := int64(0); time.Now().Before(until); version++ {
		begun := time.Now()
		_, err := st.Keep(ctx, davit.Change{
			Records: []davit.Record{{Kind: "rollout", ID: id, Service: "shop", Phase: "baking", Version: version, Body: text}},
			Events: []davit.Event{
				{At: begun, Kind: "rollout.passed", Actor: "davit", Service: "shop", Rollout: id, Text: "step 1 of 4 (5 %): no worse than the old version"},
				{At: begun, Kind: "rollout.shifted", Actor: "davit", Service: "shop", Rollout: id, Text: "25 % of the traffic goes to shop-2"},
			},
		})
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

// wishes holds and resumes a rollout that stands at 5 %, where nobody comes and
// nothing can be judged.
func wishes(ctx context.Context, b *bench) (rate float64, took spread, err error) {
	s, err := startServer(ctx, b, b.folder("data"))
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = s.down(ctx) }()
	config := answering(b, "shop", "  production: {instances: 1, strategy: {canary: {steps: [5], hold: 0s}}, probe: off, settle: 0s}\n")
	repo, err := newRepository(ctx, s, "shop", map[string]string{"davit.yaml": config, "fail": "0"})
	if err != nil {
		return 0, nil, err
	}
	p, err := repo.push(ctx, map[string]string{"version": "1"})
	if err != nil {
		return 0, nil, err
	}
	if _, err := s.awaitRun(ctx, "shop", p.commit, rolloutWithin); err != nil {
		return 0, nil, err
	}
	if _, err := repo.push(ctx, map[string]string{"version": "2"}); err != nil {
		return 0, nil, err
	}
	params := api.Params{"rollout": "shop-production-r2"}
	err = s.await(ctx, rolloutWithin, "a rollout at 5 %", func() (bool, error) {
		r, err := api.Get[api.Rollout](ctx, s.client, "get-rollout", params)
		if err != nil && davit.KindOf(err) == davit.NotFound {
			return false, nil
		}
		return r.Phase == string(rollout.Baking), err
	})
	if err != nil {
		return 0, nil, err
	}
	begun := time.Now()
	for until := begun.Add(decideFor); time.Now().Before(until); {
		for _, wish := range []struct {
			id   string
			body any
		}{{"hold-rollout", api.Hold{Reason: "measured"}}, {"resume-rollout", nil}} {
			at := time.Now()
			if err := s.client.Call(ctx, wish.id, params, wish.body, nil); err != nil {
				return 0, nil, err
			}
			took = append(took, time.Since(at))
		}
	}
	return float64(len(took)) / time.Since(begun).Seconds(), took, nil
}
