package engine

import (
	"context"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

// settlesMeanwhile keeps a lane with a rollout whose old version is still warm
// when it is first read, and is being stopped from then on.
type settlesMeanwhile struct {
	Keeper
	read int
}

func (k *settlesMeanwhile) Record(_ context.Context, kind, id string) (davit.Record, error) {
	rec := davit.Record{Kind: kind, ID: id}
	switch kind {
	case KindLane:
		return record.With(rec, rollout.Lane{Service: "shop", Environment: "production", Active: "r2", Stable: rollout.Side{Release: "shop-1"}})
	case KindRollout:
		k.read++
		return record.With(rec, rollout.State{
			ID: "r2", Phase: rollout.Settling, Settled: k.read > 1, Old: rollout.Side{Release: "shop-1"}, New: rollout.Side{Release: "shop-2"},
		})
	}
	return rec, &davit.Error{Kind: davit.NotFound, Text: "there is no " + kind + " " + id}
}

// TestRollbackOfWhatSettlesMeanwhile holds that a rollback is not refused
// because, between a look and the wish, the old version began to be stopped: a
// rollout of the old release is opened then.
func TestRollbackOfWhatSettlesMeanwhile(t *testing.T) {
	for _, to := range []string{"", "shop-1"} {
		k := &settlesMeanwhile{}
		e := New(Ports{Keeper: k})
		e.ctx = t.Context()
		_, err := e.Rollback(t.Context(), "ann", "shop", "production", to, "")
		// What is opened, or that there is nothing earlier, is found out by the lane and the release.
		if err == nil || strings.Contains(err.Error(), "being stopped") || k.read < 3 {
			t.Errorf("to %q: %v, read %d times", to, err, k.read)
		}
	}
}
