package exposure

import (
	"context"
	"fmt"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/picture"
	"github.com/davit-cd/davit/internal/ramp"
)

// rampDrawing is the judgement of a ramp with the picture that comes of it.
type rampDrawing struct {
	feeding sync.Mutex // one feeds the judge at a time
	judge   *rampJudge
	mu      sync.Mutex // guards the picture, which is looked at meanwhile
	picture picture.Picture
}

func newRampDrawing(settings judge.Settings, exposed int64) *rampDrawing {
	return &rampDrawing{judge: newRampJudge(settings, exposed), picture: picture.New(exposed)}
}

// RampPicture draws the newest ramp of a flag in an environment: those with the
// variant (New) beside the others (Old), and the judge's evidence as it grew. It
// has only moments from the unix second after on, unless the step has become
// larger than step. Nothing is drawn of a ramp that no service's telemetry
// judges, nor before the first exposure.
//
// While a ramp is under way it is drawn by the judge that decides on it; one that
// ended before this process began is judged again, from the telemetry that is
// kept, which takes seconds for each day. What was done stays if ctx ends it.
func (b *Book) RampPicture(ctx context.Context, project, environment, flag string, after, step int64) (picture.Picture, ramp.State, error) {
	r, _, err := b.Ramp(project, environment, flag)
	if err != nil {
		return picture.Picture{}, ramp.State{}, err
	}
	s := r.State
	d := b.ramps.drawing(s.ID)
	if d == nil {
		if !s.Phase.Final() || s.Exposed.IsZero() || s.Service == "" || b.ports.Deployment == nil || b.ports.Telemetry == nil {
			return picture.New(0), s, nil
		}
		dep, err := b.ports.Deployment(ctx, s.Service, s.Environment)
		if err != nil {
			return picture.Picture{}, s, fmt.Errorf("draw the ramp of %s: what runs of %s: %w", flag, s.Service, err)
		}
		d = b.keepDrawing(s, newRampDrawing(dep.Settings, s.Exposed.Unix()))
		if err := d.feed(ctx, b.ports.Telemetry, r, s.Ended.Unix()); err != nil {
			return picture.Picture{}, s, fmt.Errorf("draw the ramp of %s: %w", flag, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.picture.From(after, step), s, nil
}

// keepDrawing keeps the drawing of a ramp that is over, and returns the one that
// is kept.
func (b *Book) keepDrawing(s ramp.State, d *rampDrawing) *rampDrawing {
	return b.drawings.Of(s.ID, false, b.now(), func(*rampDrawing) bool { return false }, func() *rampDrawing { return d })
}

// feed gives the judge all seconds up to the newest, and draws them.
func (d *rampDrawing) feed(ctx context.Context, telemetry Telemetry, r Ramp, newest int64) error {
	d.feeding.Lock()
	defer d.feeding.Unlock()
	return d.judge.feed(ctx, telemetry, r, newest, func(second int64, share davit.Weight, counts []judge.Count) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.take(r.State, second, share, counts)
	})
}

// take adds a second that the judge has just been fed.
func (d *rampDrawing) take(s ramp.State, second int64, share davit.Weight, counts []judge.Count) {
	m := picture.Moment{At: second, Share: share}
	for _, c := range counts {
		side := &m.Old
		if c.Version == judge.Canary {
			side = &m.New
		}
		side.Add(c.Requests, c.Errors, c.Hist)
	}
	if share > 0 && share < davit.Full {
		r := d.judge.last
		m.Judged, m.Verdict = true, r.Verdict
		m.Harm = picture.Toward(r.Harm, r.HarmNeeded)
		m.Safety = picture.Toward(r.SafetyAt(s.ScaleAt(share)), r.SafetyNeeded)
	}
	d.picture.Add(m)
}
