package exposure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

const (
	// lookAtLeast is how often the clock is compared with what is scheduled,
	// even if nothing seems due: somebody may have set it.
	lookAtLeast = 15 * time.Second
	// countEvery is how often evaluation counts are kept.
	countEvery = time.Minute
)

// timers takes the steps of schedules when their time has come, and keeps the
// counts. A step is due by the wall clock, as whoever wrote its time means it.
// If the clock is set ahead, the steps in between are due at once and are taken
// in order; if it is set back, what was taken stays taken. The sets that are
// served already say by themselves what holds from when on, so clients are
// never late; here the state catches up and the journal is told.
func (b *Book) timers(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	counted := b.now()
	for {
		select {
		case <-ctx.Done():
			b.count(context.WithoutCancel(ctx))
			return
		case <-b.wakeup:
		case <-timer.C:
		}
		wait := b.tick(ctx)
		if now := b.now(); now.Sub(counted) >= countEvery || now.Before(counted) {
			counted = now
			b.count(ctx)
			if err := b.expire(ctx); err != nil && ctx.Err() == nil {
				b.ports.Log.WarnContext(ctx, "forget old proposals", "err", err)
			}
		}
		timer.Reset(wait)
	}
}

// tick takes every step that is due and returns how long nothing more is.
func (b *Book) tick(ctx context.Context) time.Duration {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	wait := lookAtLeast
	for _, p := range b.projects {
		for _, k := range p.flags {
			next := k.Flag.Next()
			if next.IsZero() {
				continue
			}
			if left := next.Sub(b.now()); left > 0 {
				wait = min(wait, left)
				continue
			}
			if err := b.step(ctx, k.Flag); err != nil && ctx.Err() == nil {
				b.ports.Log.ErrorContext(ctx, "take a step of a flag's schedule", "flag", k.Flag.Key, "project", p.name, "err", err)
			}
			wait = min(wait, time.Second) // look again
		}
	}
	return max(wait, 10*time.Millisecond)
}

// step folds what is due of a flag's schedules into its state.
func (b *Book) step(ctx context.Context, f authoring.Flag) error {
	now := b.now()
	for _, e := range f.Environments {
		state, n := e.Value.Due(now)
		if n == 0 {
			continue
		}
		last := e.Value.Schedule[n-1]
		text := fmt.Sprintf("The flag %s changed in %s as scheduled: %s", f.Key, e.Name, strings.TrimPrefix(last.String(), last.At.UTC().Format("2006-01-02 15:04:05Z")+" "))
		if late := now.Sub(last.At); late > time.Minute {
			text += fmt.Sprintf(" (told %s late: nobody was there; clients that had the flag changed in time)", late.Round(time.Second))
		}
		if n > 1 {
			text += fmt.Sprintf(", the last of %d steps", n)
		}
		_, err := b.edit(ctx, Edit{
			Project: f.Project, Key: f.Key, Actor: "davit", Kind: "flag.stepped", Environment: e.Name, Unasked: true, Text: text, Reason: last.Note,
			Data:   map[string]string{"due": last.At.UTC().Format(time.RFC3339)},
			Change: func(f authoring.Flag) (authoring.Flag, error) { return f.With(e.Name, state), nil },
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// count keeps how often flags were evaluated.
func (b *Book) count(ctx context.Context) {
	for id, usage := range b.usage.take(b.now()) {
		rec, _, err := record.Load[Usage](ctx, b.ports.Keeper, KindUsage, id)
		if davit.KindOf(err) == davit.NotFound {
			project, environment, _ := strings.Cut(id, "/")
			rec, err = davit.Record{Kind: KindUsage, ID: id, Service: project, Environment: environment}, nil
		}
		if err == nil {
			rec, err = record.With(rec, usage)
		}
		if err == nil {
			_, err = b.ports.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}})
		}
		if err != nil && ctx.Err() == nil {
			b.ports.Log.WarnContext(ctx, "keep counts of evaluations", "set", id, "err", err)
		}
	}
}
