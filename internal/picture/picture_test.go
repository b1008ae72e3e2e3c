package picture_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/picture"
)

func second(at int64, requests uint64) picture.Moment {
	one := picture.Side{Requests: requests, Errors: 1, Hist: davit.Hist{{Index: 40, Count: requests}}}
	return picture.Moment{At: at, New: one, Old: one}
}

// TestPictureStaysSmall holds that a long picture has no more moments than a
// short one, that they follow each other, and that nothing is lost by that.
func TestPictureStaysSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const exposed = 1000
		p := picture.New(exposed)
		seconds := rapid.Int64Range(1, 9000).Draw(t, "seconds")
		for at := int64(exposed - 200); at < exposed+seconds; at++ {
			p.Add(second(at, 7))
		}
		if len(p.Moments) > picture.Most || p.Moments[0].At != exposed-picture.Before {
			t.Fatal(len(p.Moments), p.Moments[0].At)
		}
		var requests, counted uint64
		for i, m := range p.Moments {
			requests += m.New.Requests
			counted += m.Old.Hist.Total()
			if i > 0 && m.At != p.Moments[i-1].At+p.Step {
				t.Fatalf("moment %d at %d follows %d by %d", i, m.At, p.Moments[i-1].At, p.Step)
			}
		}
		want := uint64(picture.Before+seconds) * 7
		if requests != want || counted != want || p.New.Requests != want || p.Old.Hist.Total() != want {
			t.Fatal(requests, counted, p.New.Requests, want)
		}
	})
}

// TestFrom holds that a picture that was fetched in parts is the picture.
func TestFrom(t *testing.T) {
	p, have := picture.New(1000), picture.New(1000)
	for at := int64(1000); at < 1500; at++ {
		p.Add(second(at, 3))
		if at%10 != 0 {
			continue
		}
		after := int64(0)
		if n := len(have.Moments); n > 0 {
			after = have.Moments[n-1].At
		}
		next := p.From(after, have.Step)
		for len(have.Moments) > 0 && have.Moments[len(have.Moments)-1].At >= after {
			have.Moments = have.Moments[:len(have.Moments)-1]
		}
		have.Moments = append(have.Moments, next.Moments...)
	}
	whole := p.From(0, 1)
	if len(have.Moments) != 491 || fmt.Sprint(have.Moments) != fmt.Sprint(whole.Moments[:491]) {
		t.Fatal(len(have.Moments))
	}
	if other := p.From(1400, 2); len(other.Moments) != 500 {
		t.Error("a picture of another step does not come whole")
	}
	p.Add(picture.Moment{At: 1499, New: picture.Side{Requests: 9}})
	if whole.Moments[499].New.Requests != 3 {
		t.Error("what was drawn later changed a copy")
	}
}

// TestJoin holds that evidence is that of the end of a moment, and stays where
// nothing was judged.
func TestJoin(t *testing.T) {
	p := picture.New(1)
	for at := int64(1); at <= picture.Most+1; at++ {
		m := second(at, 1)
		m.Share = davit.Weight(at)
		if at%2 == 1 {
			m.Judged, m.Harm, m.Verdict = true, float64(at), davit.Continue
		}
		p.Add(m)
	}
	if m := p.Moments[0]; p.Step != 2 || !m.Judged || m.Harm != 1 || m.Verdict != davit.Continue || m.Share != 2 || m.New.Errors != 2 {
		t.Errorf("%d: %+v", p.Step, m)
	}
}

func TestToward(t *testing.T) {
	for _, c := range [][3]float64{{1, 2, 0.5}, {-1, 2, 0}, {4, 2, 2}, {1, 0, 0}} {
		if got := picture.Toward(c[0], c[1]); got != c[2] {
			t.Errorf("Toward(%g, %g) = %g, want %g", c[0], c[1], got, c[2])
		}
	}
}

// TestAlbumIsBounded holds that drawings go on, the oldest make room, and what
// is over is not kept.
func TestAlbumIsBounded(t *testing.T) {
	var album picture.Album[picture.Picture]
	now := time.Unix(5000, 0)
	made := 0
	of := func(id string, over, stale bool) *picture.Picture {
		now = now.Add(time.Second)
		return album.Of(id, over, now, func(*picture.Picture) bool { return stale }, func() *picture.Picture {
			made++
			p := picture.New(int64(made))
			return &p
		})
	}
	first := of("first", false, false)
	for i := range 31 {
		of(fmt.Sprint(i), false, false)
	}
	if of("first", false, false) != first || made != 32 {
		t.Fatal("a drawing does not go on")
	}
	of("one more", false, false)
	if of("first", false, false) != first {
		t.Error("what was asked for last has gone")
	}
	if of("0", false, false); made != 34 {
		t.Error("the oldest is still kept", made)
	}
	if of("first", false, true) == first {
		t.Error("a stale drawing goes on")
	}
	over := of("over", true, false)
	if of("over", true, false) == over {
		t.Error("what is over is kept")
	}
}
