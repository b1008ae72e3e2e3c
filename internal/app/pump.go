package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/router"
	"github.com/davit-cd/davit/internal/telemetry"
)

// pump carries what the router measured into telemetry and tells those who
// watch when a second is complete. A second that cannot be kept is not complete: the
// judge only sees what is on disk.
type pump struct {
	router    *router.Client
	telemetry *telemetry.DB
	done      []func(second int64) // who is told
	log       *slog.Logger
}

// run pumps until ctx ends. It begins with all that the router remembers, the
// last minutes by its own count, since the clock may have been set meanwhile:
// telemetry knows what it has. After a gap it goes on after the last second
// that is kept.
func (p pump) run(ctx context.Context) {
	since := int64(0)
	for ctx.Err() == nil {
		err := p.router.Samples(ctx, since, func(b router.Batch) error {
			if err := p.telemetry.Append(ctx, gathered(b)); err != nil {
				return err
			}
			since = b.Second
			for _, tell := range p.done {
				tell(b.Second)
			}
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		p.log.WarnContext(ctx, "telemetry interrupted", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// gathered puts samples that came late into the second they came with: what is
// kept for a second is never changed afterwards.
func gathered(b router.Batch) []davit.Sample {
	type key struct {
		service, environment, release, instance string
		mark                                    davit.Mark
	}
	at := map[key]int{}
	var out []davit.Sample
	for _, s := range b.Samples {
		s.Second = b.Second
		k := key{s.Service, s.Environment, s.Release, s.Instance, s.Mark}
		i, there := at[k]
		if !there {
			at[k] = len(out)
			out = append(out, s)
			continue
		}
		sum := &out[i]
		sum.Requests += s.Requests
		sum.Errors += s.Errors
		sum.Bytes += s.Bytes
		for c := range sum.Status {
			sum.Status[c] += s.Status[c]
		}
		sum.Hist = sum.Hist.Merge(s.Hist)
	}
	return out
}
