package picture

import "slices"

const (
	// Before is how many seconds before the first exposure are drawn.
	Before = 60
	// Most is how many moments a picture has; beyond, two become one.
	Most = 600
)

// Picture is two groups as they can be drawn.
type Picture struct {
	Exposed  int64 // unix second of the first exposure; 0: none yet
	Step     int64 // seconds a moment stands for
	Moments  []Moment
	New, Old Side // in the seconds in which both had traffic
}

// New begins a picture at the unix second of the first exposure; 0: there was
// none yet.
func New(exposed int64) Picture {
	return Picture{Exposed: exposed, Step: 1, Moments: []Moment{}}
}

// Add draws the second that follows. Seconds long before the first exposure are
// left out.
func (p *Picture) Add(m Moment) {
	if m.At < p.Exposed-Before {
		return
	}
	if m.New.Requests > 0 && m.Old.Requests > 0 {
		p.New.Add(m.New.Requests, m.New.Errors, m.New.Hist)
		p.Old.Add(m.Old.Requests, m.Old.Errors, m.Old.Hist)
	}
	if last := len(p.Moments) - 1; last >= 0 && m.At < p.Moments[last].At+p.Step {
		p.Moments[last].join(m)
		return
	}
	p.Moments = append(p.Moments, m)
	if len(p.Moments) > Most {
		p.halve()
	}
}

// halve makes one moment of each two.
func (p *Picture) halve() {
	half := p.Moments[:0]
	for i, m := range p.Moments {
		if i%2 == 0 {
			half = append(half, m)
		} else {
			half[len(half)-1].join(m)
		}
	}
	clear(p.Moments[len(half):])
	p.Moments, p.Step = half, 2*p.Step
}

// From returns a copy: only moments from the unix second after on, unless the
// step is not step any more. What is drawn later does not change it.
func (p *Picture) From(after, step int64) Picture {
	out := *p
	if step == p.Step {
		i, _ := slices.BinarySearchFunc(p.Moments, after, func(m Moment, at int64) int { return int(m.At - at) })
		out.Moments = p.Moments[i:]
	}
	out.Moments = slices.Clone(out.Moments)
	return out
}

// Toward is how far evidence has come towards what is needed, at least 0; 1 is
// enough.
func Toward(have, needed float64) float64 {
	if needed <= 0 {
		return 0
	}
	return max(0, have/needed)
}
