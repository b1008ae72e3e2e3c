package app

import (
	"context"

	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/server"
)

// replay judges a rollout again.
func (a *App) replay(ctx context.Context, rollout string) ([]server.Replayed, error) {
	again, err := a.engine.Replay(ctx, rollout)
	out := make([]server.Replayed, 0, len(again))
	for _, r := range again {
		out = append(out, server.Replayed(r))
	}
	return out, err
}

// head is where the journal ends, as it was kept with its last line.
func (a *App) head(ctx context.Context) (audit.Checkpoint, error) {
	h, err := a.store.Head(ctx)
	return audit.Checkpoint{Seq: h.Seq, Hash: h.Hash}, err
}

// notReady says what is not ready yet: nothing once the engine has recovered.
func (a *App) notReady() map[string]string {
	if a.recovered.Load() {
		return nil
	}
	return map[string]string{"engine": "takes up what an earlier server left"}
}
