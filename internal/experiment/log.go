package experiment

import "math"

// Log remembers who was exposed to what, and what they did then. It is a fold:
// the same exposures and events in the same order give the same log. Its memory
// is bounded: beyond Limit units it keeps those whose hash is in a share that
// is halved as often as need be, with all their data, so what is left is a
// random sample of the units and every figure stays unbiased.
//
// It is not for use by several goroutines.
type Log struct {
	design Design
	events []string
	Limit  int // units kept

	units   map[uint64]*unit
	totals  [][]Sums // per variant and metric; N is kept in counts
	counts  []uint64 // units per variant, without those that saw several
	several uint64
	halved  uint8 // how often the kept share was halved
	seen    [2]map[uint64]struct{}
	minutes map[int64][]bin
	late    uint64
	unknown uint64
}

// unit is one user, or whatever is assigned.
type unit struct {
	Arm   int16 // −1: saw several
	First int64 // unix seconds of the first exposure
	Sum   []float64
	Count []uint32
}

// defaultLimit of units takes some 30 MB with four events.
const defaultLimit = 200_000

// idsKept is how many ids of events are remembered at least; twice as many at
// most.
const idsKept = 250_000

// NewLog returns an empty log of a design, which must have been checked.
func NewLog(d Design) *Log {
	l := &Log{design: d, events: d.events(), Limit: defaultLimit, units: map[uint64]*unit{}, minutes: map[int64][]bin{}, counts: make([]uint64, len(d.Variants))}
	for range d.Variants {
		l.totals = append(l.totals, make([]Sums, len(d.Metrics)))
	}
	l.seen = [2]map[uint64]struct{}{{}, {}}
	return l
}

// UnitOf names a unit by 64 bits of its key (FNV-1a, finished as in SplitMix64
// so that its high bits are as good as its low ones).
func UnitOf(key string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	h ^= h >> 27
	h *= 0x94d049bb133111eb
	return h ^ h>>31
}

// Expose takes in that a unit saw a variant at a time (unix seconds). It
// reports whether that was news: the first exposure of a unit, or the first to
// a second variant.
func (l *Log) Expose(id uint64, variant string, at int64) bool {
	arm := l.design.arm(variant)
	if arm < 0 || !l.keeps(id) {
		return false
	}
	u := l.units[id]
	switch {
	case u == nil:
		l.units[id] = &unit{Arm: int16(arm), First: at}
		l.counts[arm]++
		l.thin()
		return true
	case int(u.Arm) == arm || u.Arm < 0:
		u.First = min(u.First, at)
		return false
	}
	l.remove(u)
	u.Arm, u.Sum, u.Count = -1, nil, nil
	l.several++
	return true
}

// Observe takes in an event of a unit. id names the event: one that comes again
// is passed over, as is one of a unit that was not exposed before it. It
// reports whether the event counts.
func (l *Log) Observe(id, who uint64, event string, value float64, at int64) bool {
	e := -1
	for i, name := range l.events {
		if name == event {
			e = i
		}
	}
	if e < 0 || math.IsNaN(value) || math.IsInf(value, 0) || !l.keeps(who) {
		return false
	}
	u := l.units[who]
	switch {
	case u == nil:
		l.unknown++
		return false
	case u.Arm < 0:
		return false
	case at < u.First:
		l.late++
		return false
	case l.known(id):
		return false
	}
	l.apply(u, -1)
	if u.Sum == nil {
		u.Sum, u.Count = make([]float64, len(l.events)), make([]uint32, len(l.events))
	}
	u.Sum[e] += value
	u.Count[e]++
	l.apply(u, 1)
	l.count(int(u.Arm), e, value, at, u.Count[e] == 1)
	return true
}

// known remembers an id and reports whether it was known.
func (l *Log) known(id uint64) bool {
	for _, ids := range l.seen {
		if _, ok := ids[id]; ok {
			return true
		}
	}
	if len(l.seen[0]) >= idsKept {
		l.seen[0], l.seen[1] = map[uint64]struct{}{}, l.seen[0]
	}
	l.seen[0][id] = struct{}{}
	return false
}

// apply adds a unit's numbers to its variant's sums, or takes them away.
func (l *Log) apply(u *unit, sign float64) {
	if u.Sum == nil {
		return
	}
	for j := range l.design.Metrics {
		y, d := l.numbers(u, &l.design.Metrics[j])
		l.totals[u.Arm][j].add(y, d, sign)
	}
}

func (l *Log) numbers(u *unit, m *Metric) (y, d float64) {
	for i, name := range l.events {
		if name == m.Event {
			y = u.Sum[i]
			if m.Kind == Conversion {
				y = min(float64(u.Count[i]), 1)
			}
		}
		if name == m.Per {
			d = u.Sum[i]
		}
	}
	if m.Cap > 0 && m.Kind != Conversion {
		y = min(y, m.Cap)
	}
	return y, d
}

func (l *Log) remove(u *unit) {
	if u.Arm < 0 {
		l.several--
		return
	}
	l.apply(u, -1)
	l.counts[u.Arm]--
}

// keeps reports whether a unit is in the share that is kept.
func (l *Log) keeps(id uint64) bool { return l.halved == 0 || id>>(64-l.halved) == 0 }

// thin halves the kept share when there are too many units.
func (l *Log) thin() {
	for len(l.units) > l.Limit && l.halved < 63 {
		l.halved++
		for id, u := range l.units {
			if !l.keeps(id) {
				l.remove(u)
				delete(l.units, id)
			}
		}
		l.recount()
	}
}

// recount adds everything up again, so that taking many away leaves no rounding
// behind. The order of a map does not matter to it but for the last bits; units
// are added in the order of their hash.
func (l *Log) recount() {
	for i := range l.totals {
		clear(l.totals[i])
	}
	for _, id := range l.sorted() {
		if u := l.units[id]; u.Arm >= 0 {
			l.apply(u, 1)
		}
	}
}

// Units returns how many units each variant has.
func (l *Log) Units() []uint64 { return append([]uint64(nil), l.counts...) }

// Several returns how many units saw more than one variant.
func (l *Log) Several() uint64 { return l.several }

// Sampled is the share of units that is kept.
func (l *Log) Sampled() float64 { return math.Exp2(-float64(l.halved)) }

// Passed returns how many events did not count: of units that were not exposed,
// and from before the exposure.
func (l *Log) Passed() (unexposed, early uint64) { return l.unknown, l.late }

// sums returns one variant's sums of one metric.
func (l *Log) sums(arm, metric int) Sums {
	s := l.totals[arm][metric]
	s.N = l.counts[arm]
	return s
}

// spend is the share of α that intervals of the present sample may use: each
// time the sample is halved another sequence begins, and all together must not
// err more often than α: 0.9 + 0.05 + 0.025 + … = 1.
func (l *Log) spend() float64 {
	if l.halved == 0 {
		return 0.9
	}
	return 0.1 * math.Exp2(-float64(l.halved))
}
