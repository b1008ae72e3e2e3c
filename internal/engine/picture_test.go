package engine

import (
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/judge"
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
	d := (&pictures{}).of(s, judge.Defaults(), time.Unix(exposed, 0))
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
	if d.Step != 1 || len(d.Moments) != pictureBefore+60 || d.Moments[0].At != 1000-pictureBefore {
		t.Fatal(d.Step, len(d.Moments), d.Moments[0].At)
	}
	if before := d.Moments[pictureBefore-1]; before.Judged || before.Share != 0 || before.Old.Requests != 80 {
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

// TestPictureStaysSmall holds that a long rollout has no more moments than a
// short one, and that nothing is lost by that.
func TestPictureStaysSmall(t *testing.T) {
	d := drawn(3000, false)
	if len(d.Moments) > pictureMoments || d.Step != 8 {
		t.Fatal(len(d.Moments), d.Step)
	}
	var requests uint64
	for i, m := range d.Moments {
		requests += m.Old.Requests
		if i > 0 && m.At != d.Moments[i-1].At+d.Step {
			t.Fatalf("moment %d at %d follows %d by %d", i, m.At, d.Moments[i-1].At, d.Step)
		}
	}
	if requests != (pictureBefore+3000)*80 {
		t.Error(requests)
	}
}

func TestPicturesAreBounded(t *testing.T) {
	p := &pictures{}
	now := time.Unix(5000, 0)
	for i := range 3 * picturesKept {
		s := rollout.State{ID: string(rune('a' + i)), Exposed: now, Phase: rollout.Baking}
		first := p.of(s, judge.Defaults(), now.Add(time.Duration(i)*time.Second))
		if again := p.of(s, judge.Defaults(), now.Add(time.Duration(i)*time.Second)); again != first {
			t.Fatal("a drawing does not go on")
		}
		if len(p.kept) > picturesKept {
			t.Fatal(len(p.kept))
		}
	}
	if p.of(rollout.State{ID: "over", Exposed: now, Phase: rollout.Done}, judge.Defaults(), now); p.kept["over"] != nil {
		t.Error("a finished rollout is kept")
	}
}
