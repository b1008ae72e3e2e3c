package app

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
)

const housekeepEvery = time.Hour

// housekeep frees disk space now and then.
func (a *App) housekeep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(housekeepEvery):
		}
		keep, err := a.engine.Needed(ctx)
		if err != nil {
			a.options.Log.WarnContext(ctx, "collect artifacts", "err", err)
			continue
		}
		freed, err := a.registry.Collect(ctx, func(d davit.Digest) bool { return keep[d] })
		if err != nil {
			a.options.Log.WarnContext(ctx, "collect artifacts", "err", err)
		} else if freed > 0 {
			a.options.Log.InfoContext(ctx, "artifacts collected", "bytes", freed)
		}
		a.maintainRepositories(ctx)
	}
}

func (a *App) maintainRepositories(ctx context.Context) {
	names, err := a.source.Names()
	if err != nil {
		a.options.Log.WarnContext(ctx, "list repositories", "err", err)
	}
	for _, name := range names {
		if err := a.source.Maintain(ctx, name); err != nil && ctx.Err() == nil {
			a.options.Log.WarnContext(ctx, "maintain repository", "repo", name, "err", err)
		}
	}
}
