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

// rampDrawing is a picture that goes on, with a judge of its own.
type rampDrawing struct {
	mu    sync.Mutex
	judge *rampJudge
	picture.Picture
}

// RampPicture draws the newest ramp of a flag in an environment from the
// telemetry that is kept: those with the variant (New) beside the others (Old),
// and the judge's evidence as it grew. It has only moments from the unix second
// after on, unless the step has become larger than step. Nothing is drawn of a
// ramp that no service's telemetry judges, nor before the first exposure.
func (b *Book) RampPicture(ctx context.Context, project, environment, flag string, after, step int64) (picture.Picture, ramp.State, error) {
	r, _, err := b.Ramp(project, environment, flag)
	if err != nil {
		return picture.Picture{}, ramp.State{}, err
	}
	s := r.State
	if s.Exposed.IsZero() || s.Service == "" || b.ports.Deployment == nil || b.ports.Telemetry == nil {
		return picture.New(0), s, nil
	}
	dep, err := b.ports.Deployment(ctx, s.Service, s.Environment)
	if err != nil {
		return picture.Picture{}, s, fmt.Errorf("draw the ramp of %s: what runs of %s: %w", flag, s.Service, err)
	}
	exposed := s.Exposed.Unix()
	d := b.drawings.Of(s.ID, s.Phase.Final(), b.now(), func(d *rampDrawing) bool { return d.Exposed != exposed }, func() *rampDrawing {
		return &rampDrawing{judge: newRampJudge(dep.Settings, exposed), Picture: picture.New(exposed)}
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	b.ramps.mu.Lock()
	newest := b.ramps.second
	b.ramps.mu.Unlock()
	if !s.Ended.IsZero() {
		newest = s.Ended.Unix()
	}
	err = d.judge.feed(ctx, b.ports.Telemetry, r, newest, func(second int64, share davit.Weight, counts []judge.Count) {
		d.take(s, second, share, counts)
	})
	if err != nil {
		return picture.Picture{}, s, fmt.Errorf("draw the ramp of %s: %w", flag, err)
	}
	return d.From(after, step), s, nil
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
	d.Add(m)
}
