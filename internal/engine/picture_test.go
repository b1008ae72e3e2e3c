package engine

import (
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/picture"
	"github.com/davit-cd/davit/internal/rollout"
)

// drawn is a rollout at 20 % from second 1000 on, fed with so many seconds.
func drawn(seconds int64, failing bool) *drawing {
	const exposed = 1000
	s := rollout.State{
		ID: "shop-production-r2", New: rollout.Side{Release: "shop-2"}, Old: rollout.Side{Release: "shop-1"},
		Exposed: time.Unix(exposed, 0), Shifts: []rollout.Shift{{At: time.Unix(exposed-1, 0), Weight: davit.Full / 5}},
		Plan: davit.Plan{Steps: []davit.Step{{Weight: davit.Full / 5}, {Weight: davit.Full}}},
	}
	d := newDrawing(s, judge.Defaults())
	for second := d.trial.First(); second < exposed+seconds; second++ {
		share := shareAt(s, second)
		samples := []davit.Sample{{Release: "shop-1", Second: second, Mark: davit.Live, Requests: 80, Hist: davit.Hist{{Index: 40, Count: 80}}}}
		if share > 0 {
			one := davit.Sample{Release: "shop-2", Second: second, Mark: davit.Live, Requests: 20, Hist: davit.Hist{{Index: 40, Count: 20}}}
			if failing {
				one.Errors = 4
			}
			samples = append(samples, one, davit.Sample{Release: "shop-2", Second: second, Mark: davit.Probe, Requests: 50})
		}
		d.take(s, d.trial.Feed(second, samples, share), samples, share)
	}
	return d
}

func TestPicture(t *testing.T) {
	d := drawn(60, true)
	if d.Step != 1 || len(d.Moments) != picture.Before+60 || d.Moments[0].At != 1000-picture.Before {
		t.Fatal(d.Step, len(d.Moments), d.Moments[0].At)
	}
	if before := d.Moments[picture.Before-1]; before.Judged || before.Share != 0 || before.Old.Requests != 80 {
		t.Errorf("before the exposure: %+v", before)
	}
	last := d.Moments[len(d.Moments)-1]
	if !last.Judged || last.Harm < 1 || last.Verdict != davit.Fail || last.New.Requests != 20 || last.New.Errors != 4 {
		t.Errorf("a version that fails a fifth is not convicted: %+v", last)
	}
	if d.New.Requests != 60*20 || d.Old.Requests != 60*80 || d.New.Hist.Total() != 60*20 {
		t.Errorf("sums: %+v %+v", d.New, d.Old)
	}
	if well := drawn(120, false); well.Moments[len(well.Moments)-1].Safety <= last.Safety || well.Moments[len(well.Moments)-1].Harm >= 1 {
		t.Errorf("a good version: %+v", well.Moments[len(well.Moments)-1])
	}
}
