package judge

import "math"

// minute is how many seconds the ring of recent counts holds.
const minute = 60

// moment is the counts of one second.
type moment struct {
	t              int64
	nc, xc, nb, xb float64
}

// traffic knows who has spoken lately, and when silence means something.
type traffic struct {
	ring       [minute]moment
	first      int64 // first live second
	firstNew   int64 // first second of the new version with requests
	lastNew    int64
	lastOld    int64
	began      bool
	heardNew   bool
	heardOld   bool
	rateNew    float64 // requests a second, fading
	rateOld    float64
	rateAll    float64 // of both together while both were heard
	share      float64 // told by the caller; negative: not told
	requests   float64 // of the new version
	liveSecond float64 // with both versions
}

func (f *traffic) note(s *second, gap float64) {
	if !f.began {
		f.began, f.first = true, s.t
	}
	f.ring[((s.t%minute)+minute)%minute] = moment{s.t, s.canary.n, s.canary.x, s.all.n, s.all.x}
	if s.canary.n > 0 {
		if !f.heardNew {
			f.heardNew, f.firstNew = true, s.t
			f.rateNew = s.canary.n
		}
		f.lastNew = s.t
		f.requests += s.canary.n
	}
	if s.all.n > 0 {
		f.heardOld, f.lastOld = true, s.t
		if s.canary.n > 0 {
			f.liveSecond++
		}
	}
	const fadeRate = 0.9
	keep := math.Pow(fadeRate, gap)
	if s.canary.n > 0 {
		f.rateNew = f.rateNew*keep + s.canary.n*(1-keep)
	}
	if s.all.n > 0 {
		total := s.canary.n + s.all.n
		if f.rateAll == 0 {
			f.rateAll = total
		}
		if f.rateOld == 0 {
			f.rateOld = s.all.n
		}
		f.rateOld = f.rateOld*keep + s.all.n*(1-keep)
		f.rateAll = f.rateAll*keep + total*(1-keep)
	}
}

// recent sums the last seconds.
func (f *traffic) recent(t int64, seconds int64) (m moment) {
	for i := range f.ring {
		if o := &f.ring[i]; o.t > t-seconds && o.t <= t && f.began && o.t >= f.first {
			m.nc += o.nc
			m.xc += o.xc
			m.nb += o.nb
			m.xb += o.xb
		}
	}
	return m
}

// silentNew reports whether the new version should have been heard by now.
func (f *traffic) silentNew(t int64) bool {
	if !f.heardNew {
		return t-f.first >= 10
	}
	silence := t - f.lastNew
	return silence >= 3 && (float64(silence)*f.rateNew >= 8 || silence >= minute)
}

// silentOld reports whether the old version has not been heard for some
// seconds.
func (f *traffic) silentOld(t int64) bool {
	if !f.heardOld {
		return true
	}
	silence := t - f.lastOld
	return silence >= 3 && (float64(silence)*f.rateOld >= 8 || silence >= 10)
}

// alone reports whether the new version has all of the traffic by design: told
// so, or taking over about as much as both had before.
func (f *traffic) alone(t int64) bool {
	switch {
	case f.share >= 1:
		return !f.heardOld || t-f.lastOld >= 2
	case f.share >= 0:
		return false
	case !f.heardOld:
		return true
	}
	m := f.recent(t, min(5, t-f.lastOld))
	return f.silentOld(t) && m.nc >= 0.7*f.rateAll*float64(min(5, t-f.lastOld))
}
