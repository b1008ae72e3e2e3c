package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/rollout"
)

const (
	pictureBefore  = 60            // seconds shown before the first exposure
	pictureMoments = 600           // moments of a picture; beyond, two become one
	picturesKept   = 32            // rollouts under way whose pictures go on where they were
	pictureMost    = 7 * 24 * 3600 // seconds that are drawn at a time
)

// Side is what one version did in a moment, or since the first exposure.
type Side struct {
	Requests, Errors uint64
	Hist             davit.Hist
}

func (s *Side) add(requests, errors uint64, h davit.Hist) {
	s.Requests += requests
	s.Errors += errors
	s.Hist = s.Hist.Merge(h)
}

// Moment is a second of a rollout, or Picture.Step of them.
type Moment struct {
	At       int64        // unix second it begins with
	Share    davit.Weight // of the traffic that the new version was to have, at its end
	New, Old Side
	Judged   bool    // the judge had something to say; what follows is of the end of the moment
	Harm     float64 // evidence that the new version is worse, as a share of what convicts, at least 0
	Safety   float64 // evidence that it is safe enough to go on from where it was, as a share of what passes, at least 0
	Verdict  davit.Verdict
}

// Picture is a rollout as it can be drawn: both versions side by side over the
// same seconds, and the judge's evidence as it grew.
type Picture struct {
	Exposed  int64 // unix second of the first exposure; 0: none yet
	Step     int64 // seconds a moment stands for
	Moments  []Moment
	New, Old Side // in the seconds in which both had traffic
}

// Picture draws a rollout from the telemetry that is kept: only moments from
// the unix second after on, unless the step has become larger than step.
func (e *Engine) Picture(ctx context.Context, id string, after, step int64) (Picture, error) {
	s, err := LoadRollout(ctx, e.Keeper, id)
	if err != nil {
		return Picture{}, err
	}
	if s.Exposed.IsZero() {
		return Picture{Step: 1, Moments: []Moment{}}, nil
	}
	settings, err := SettingsOf(ctx, e.Keeper, s)
	if err != nil {
		return Picture{}, err
	}
	d := e.pictures.of(s, settings, e.now())
	d.mu.Lock()
	defer d.mu.Unlock()
	newest, _ := e.seconds.latest()
	if !s.Ended.IsZero() {
		newest = s.Ended.Unix()
	}
	if err := e.draw(ctx, d, s, newest); err != nil {
		return Picture{}, err
	}
	p := d.Picture
	if step == p.Step {
		i, _ := slices.BinarySearchFunc(p.Moments, after, func(m Moment, at int64) int { return int(m.At - at) })
		p.Moments = p.Moments[i:]
	}
	p.Moments = slices.Clone(p.Moments)
	return p, nil
}

// drawing is a picture that goes on.
type drawing struct {
	mu    sync.Mutex
	trial *Trial
	used  time.Time
	Picture
}

// pictures are the drawings of rollouts that somebody looks at.
type pictures struct {
	mu   sync.Mutex
	kept map[string]*drawing
}

// of returns the drawing of a rollout. Finished ones are not kept: nobody looks
// at them every second.
func (p *pictures) of(s rollout.State, settings judge.Settings, now time.Time) *drawing {
	exposed := s.Exposed.Unix()
	fresh := &drawing{trial: NewTrial(settings, exposed, s.New.Release, s.Old.Release), used: now, Picture: Picture{Exposed: exposed, Step: 1}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.Phase.Final() {
		delete(p.kept, s.ID)
		return fresh
	}
	if d := p.kept[s.ID]; d != nil && d.Exposed == exposed {
		d.used = now
		return d
	}
	if p.kept == nil {
		p.kept = map[string]*drawing{}
	}
	for len(p.kept) >= picturesKept {
		oldest := ""
		for id, d := range p.kept {
			if oldest == "" || d.used.Before(p.kept[oldest].used) {
				oldest = id
			}
		}
		delete(p.kept, oldest)
	}
	p.kept[s.ID] = fresh
	return fresh
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
	if w.Second < d.Exposed-pictureBefore {
		return
	}
	m := Moment{At: w.Second, Share: share}
	for _, one := range samples {
		switch {
		case one.Mark != davit.Live:
		case one.Release == s.New.Release:
			m.New.add(one.Requests, one.Errors, one.Hist)
		case one.Release == s.Old.Release:
			m.Old.add(one.Requests, one.Errors, one.Hist)
		}
	}
	if compared(s, share) {
		m.Judged, m.Verdict = true, w.Live.Verdict
		m.Harm = ratio(w.Live.Harm, w.Live.HarmNeeded)
		m.Safety = ratio(w.Live.SafetyAt(scaleAt(s, share)), w.Live.SafetyNeeded)
	}
	if m.New.Requests > 0 && m.Old.Requests > 0 {
		d.New.add(m.New.Requests, m.New.Errors, m.New.Hist)
		d.Old.add(m.Old.Requests, m.Old.Errors, m.Old.Hist)
	}
	if last := len(d.Moments) - 1; last >= 0 && w.Second < d.Moments[last].At+d.Step {
		d.Moments[last].join(m)
		return
	}
	d.Moments = append(d.Moments, m)
	if len(d.Moments) > pictureMoments {
		d.halve()
	}
}

// halve makes one moment of each two.
func (d *drawing) halve() {
	half := d.Moments[:0]
	for i, m := range d.Moments {
		if i%2 == 0 {
			half = append(half, m)
		} else {
			half[len(half)-1].join(m)
		}
	}
	clear(d.Moments[len(half):])
	d.Moments, d.Step = half, 2*d.Step
}

// join adds the moment that follows.
func (m *Moment) join(next Moment) {
	m.New.add(next.New.Requests, next.New.Errors, next.New.Hist)
	m.Old.add(next.Old.Requests, next.Old.Errors, next.Old.Hist)
	m.Share = next.Share
	if next.Judged {
		m.Judged, m.Harm, m.Safety, m.Verdict = true, next.Harm, next.Safety, next.Verdict
	}
}

func ratio(have, need float64) float64 {
	if need <= 0 {
		return 0
	}
	return max(0, have/need)
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
