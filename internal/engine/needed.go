package engine

import (
	"context"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/record"
	"github.com/davit-cd/davit/internal/rollout"
)

const releasesKept = 20 // newest releases of each service whose artifacts are kept anyway

// Needed returns the artifacts that must stay: what runs or is on its way, what
// a rollback may need, and the newest releases of each service.
func (e *Engine) Needed(ctx context.Context) (map[davit.Digest]bool, error) {
	needed := map[davit.Digest]bool{}
	err := record.All(ctx, e.Keeper, davit.Query{Kind: KindLane}, func(rec davit.Record) error {
		var l rollout.Lane
		if err := record.Decode(rec, &l); err != nil {
			return err
		}
		needed[l.Stable.Artifact] = true
		for _, h := range l.History {
			needed[h.Artifact] = true
		}
		for _, id := range append([]string{l.Active}, l.Waiting...) {
			if id == "" {
				continue
			}
			s, err := LoadRollout(ctx, e.Keeper, id)
			if err != nil {
				return err
			}
			needed[s.New.Artifact], needed[s.Old.Artifact] = true, true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	newest := map[string]int{}
	return needed, record.All(ctx, e.Keeper, davit.Query{Kind: KindRelease}, func(rec davit.Record) error {
		var r Release
		if newest[rec.Service]++; newest[rec.Service] > releasesKept {
			return nil
		}
		err := record.Decode(rec, &r)
		needed[r.Artifact] = true
		return err
	})
}
