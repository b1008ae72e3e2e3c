package exposure

import (
	"context"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/ramp"
	"github.com/davit-cd/davit/internal/record"
)

// lookEvery bounds how long a ramp is not looked at when telemetry is quiet.
const lookEvery = time.Second

// workOn does what a ramp wants until it is over.
func (b *Book) workOn(r Ramp) {
	w := &b.ramps
	w.mu.Lock()
	ctx := w.ctx
	if ctx == nil || w.working[r.State.ID] {
		w.mu.Unlock()
		return
	}
	w.working[r.State.ID] = true
	nudge := make(chan struct{}, 1)
	w.nudge[r.State.ID] = nudge
	w.mu.Unlock()
	b.doing.Go(func() {
		defer func() {
			w.mu.Lock()
			delete(w.working, r.State.ID)
			delete(w.nudge, r.State.ID)
			if d := w.drawn[r.State.ID]; d != nil { // people look at what is just over
				delete(w.drawn, r.State.ID)
				b.keepDrawing(r.State, d)
			}
			w.mu.Unlock()
		}()
		b.work(ctx, rampKey(r.State.Project, r.State.Environment, r.State.Flag), nudge)
	})
}

// work is the loop of one ramp.
func (b *Book) work(ctx context.Context, key string, nudge <-chan struct{}) {
	look := &rampLook{book: b}
	for ctx.Err() == nil {
		r := b.ramps.get(key)
		if r == nil {
			return
		}
		if err := b.stepRamp(ctx, key, *r, look); err != nil && ctx.Err() == nil {
			b.ports.Log.WarnContext(ctx, "ramp", "ramp", r.State.ID, "err", err)
		}
		if now := b.ramps.get(key); now.State.Phase.Final() {
			b.endRamp(ctx, now.State)
			return
		}
		b.ramps.mu.Lock()
		more := b.ramps.more
		b.ramps.mu.Unlock()
		pause := time.NewTimer(lookEvery)
		select {
		case <-ctx.Done():
		case <-nudge:
		case <-more:
		case <-pause.C:
		}
		pause.Stop()
	}
}

// stepRamp does once what a ramp wants, and feeds what came of it.
func (b *Book) stepRamp(ctx context.Context, key string, r Ramp, look *rampLook) error {
	if reason := b.overtaken(r.State); reason != "" {
		_, err := b.feed(ctx, key, ramp.Kill{Actor: "davit", Reason: reason, At: b.now()})
		return err
	}
	for _, e := range ramp.Wanted(r.State) {
		switch e := e.(type) {
		case ramp.Expose:
			if err := b.tag(ctx, r.State.Service, r.State.Environment); err != nil {
				return err
			}
			if _, err := b.feed(ctx, key, ramp.Exposed{Revision: e.Revision, At: b.now()}); err != nil {
				return err
			}
		case ramp.Watch:
			in := look.look(ctx, r)
			_, err := b.feed(ctx, key, in)
			b.ramps.mu.Lock()
			b.ramps.words[r.State.ID] = in.Finding
			b.ramps.mu.Unlock()
			if err != nil && davit.KindOf(err) != davit.Conflict { // else the flag was changed in this instant: seen next time
				return err
			}
		}
	}
	if wake := r.State.Wake(); !wake.IsZero() && !b.now().Before(wake) {
		_, err := b.feed(ctx, key, ramp.Tick{At: b.now()})
		return err
	}
	return nil
}

// overtaken says why the ramp has no word on its flag any more; empty: it has.
func (b *Book) overtaken(s ramp.State) string {
	if s.Phase == ramp.Lowering {
		return ""
	}
	k, err := b.Flag(s.Project, s.Flag)
	if err != nil {
		return "the flag is gone"
	}
	st := k.Flag.State(s.Environment)
	switch {
	case !st.On:
		return "the flag was switched off"
	case st.Ramp != s.ID:
		return "the flag was changed so that the ramp has no word on it"
	}
	return ""
}

// tag has the router tell apart all ramps of a service in an environment. The
// tagging is kept before the router hears of it.
func (b *Book) tag(ctx context.Context, service, environment string) error {
	if service == "" || b.ports.Tagger == nil {
		return nil
	}
	b.ramps.tagging.Lock()
	defer b.ramps.tagging.Unlock()
	want := davit.Tagging{Service: service, Environment: environment}
	for _, r := range b.Ramps() {
		s := r.State
		if s.Service == service && s.Environment == environment && !s.Phase.Final() && len(want.Tags) < davit.MostTags {
			want.Tags = append(want.Tags, davit.Tag{Flag: s.Flag, Salt: s.Salt, Share: s.Share})
		}
	}
	id := service + "/" + environment
	rec, have, err := record.Load[davit.Tagging](ctx, b.ports.Keeper, KindTagging, id)
	if err != nil && davit.KindOf(err) != davit.NotFound {
		return err
	}
	want.Epoch = have.Epoch
	if !slices.Equal(have.Tags, want.Tags) {
		want.Epoch++
		rec, err = record.With(davit.Record{Kind: KindTagging, ID: id, Service: service, Environment: environment, Created: b.now(), Version: rec.Version}, want)
		if err != nil {
			return err
		}
		if _, err := b.ports.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}}); err != nil {
			return err
		}
	}
	return b.ports.Tagger.Tag(ctx, want)
}

// endRamp tidies up after a ramp. What fails is done at the next start.
func (b *Book) endRamp(ctx context.Context, s ramp.State) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	if err := b.tag(ctx, s.Service, s.Environment); err != nil {
		b.ports.Log.WarnContext(ctx, "tell the router that a ramp is over", "ramp", s.ID, "err", err)
	}
	if b.ports.Studies == nil {
		return
	}
	for step := range s.Plan.Steps {
		if err := b.ports.Studies.Drop(rampStudy(s, step)); err != nil {
			b.ports.Log.WarnContext(ctx, "forget a ramp's events", "ramp", s.ID, "err", err)
		}
	}
}
