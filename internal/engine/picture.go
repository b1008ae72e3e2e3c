package engine

import (
	"context"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/picture"
	"github.com/davit-cd/davit/internal/rollout"
)

// pictureMost is how many seconds are drawn at a time.
const pictureMost = 7 * 24 * 3600

// Picture draws a rollout from the telemetry that is kept: both versions side by
// side over the same seconds, and the judge's evidence as it grew. It has only
// moments from the unix second after on, unless the step has become larger than
// step.
func (e *Engine) Picture(ctx context.Context, id string, after, step int64) (picture.Picture, error) {
	s, err := LoadRollout(ctx, e.Keeper, id)
	if err != nil {
		return picture.Picture{}, err
	}
	if s.Exposed.IsZero() {
		return picture.New(0), nil
	}
	settings, err := SettingsOf(ctx, e.Keeper, s)
	if err != nil {
		return picture.Picture{}, err
	}
	exposed := s.Exposed.Unix()
	d := e.pictures.Of(s.ID, s.Phase.Final(), e.now(), func(d *drawing) bool { return d.Exposed != exposed }, func() *drawing { return newDrawing(s, settings) })
	d.mu.Lock()
	defer d.mu.Unlock()
	newest, _ := e.seconds.latest()
	if !s.Ended.IsZero() {
		newest = s.Ended.Unix()
	}
	if err := e.draw(ctx, d, s, newest); err != nil {
		return picture.Picture{}, err
	}
	return d.From(after, step), nil
}

// drawing is a picture that goes on.
type drawing struct {
	mu    sync.Mutex
	trial *Trial
	picture.Picture
}

func newDrawing(s rollout.State, settings judge.Settings) *drawing {
	exposed := s.Exposed.Unix()
	return &drawing{trial: NewTrial(settings, exposed, s.New.Release, s.Old.Release), Picture: picture.New(exposed)}
}

// draw goes on up to the second newest.
func (e *Engine) draw(ctx context.Context, d *drawing, s rollout.State, newest int64) error {
	from := d.trial.First()
	if newest < from {
		return nil
	}
	if newest-from > pictureMost {
		newest = from + pictureMost
	}
	samples, err := e.Telemetry.Samples(ctx, s.Service, s.Environment, from, newest)
	if err != nil {
		return err
	}
	for second := from; second <= newest; second++ {
		n := 0
		for n < len(samples) && samples[n].Second <= second {
			n++
		}
		share := shareAt(s, second)
		d.take(s, d.trial.Feed(second, samples[:n], share), samples[:n], share)
		samples = samples[n:]
	}
	return nil
}

// take adds a second.
func (d *drawing) take(s rollout.State, w Word, samples []davit.Sample, share davit.Weight) {
	m := picture.Moment{At: w.Second, Share: share}
	for _, one := range samples {
		switch {
		case one.Mark != davit.Live:
		case one.Release == s.New.Release:
			m.New.Add(one.Requests, one.Errors, one.Hist)
		case one.Release == s.Old.Release:
			m.Old.Add(one.Requests, one.Errors, one.Hist)
		}
	}
	if compared(s, share) {
		m.Judged, m.Verdict = true, w.Live.Verdict
		m.Harm = picture.Toward(w.Live.Harm, w.Live.HarmNeeded)
		m.Safety = picture.Toward(w.Live.SafetyAt(scaleAt(s, share)), w.Live.SafetyNeeded)
	}
	d.Add(m)
}

// scaleAt is marginScale at a share: how much wider the margin is while so many
// are exposed.
func scaleAt(s rollout.State, share davit.Weight) float64 {
	for _, step := range s.Plan.Steps {
		if step.Weight > share {
			return min(1/step.Weight.Fraction(), mostScale)
		}
	}
	return 1
}

// compared reports whether the new version is judged beside the old one at a
// share. At the end the old one has nothing any more; only where a plan begins
// with that is there something to be said of it.
func compared(s rollout.State, share davit.Weight) bool {
	return share > 0 && (share < davit.Full || s.Plan.Steps[0].Weight == davit.Full)
}
