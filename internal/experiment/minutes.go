package experiment

import (
	"maps"
	"slices"
)

// minutesKept bounds the minutes that are remembered: two days. Older ones go;
// what they added to the results stays.
const minutesKept = 2 * 24 * 60

// Minute is what one event came to in one variant in one minute.
type Minute struct {
	At      int64 // unix seconds, when the minute began
	Variant string
	Event   string
	N       uint64  // events
	Sum     float64 // of their values
	Squares float64 // of their values
	Units   uint64  // that had the event for the first time: conversions
}

// bin is a Minute without its names.
type bin struct {
	N            uint64
	Sum, Squares float64
	Units        uint64
}

// count adds an event to its minute. first: the unit had none before.
func (l *Log) count(arm, event int, value float64, at int64, first bool) {
	minute := at - at%60
	bins := l.minutes[minute]
	if bins == nil {
		bins = make([]bin, len(l.design.Variants)*len(l.events))
		l.minutes[minute] = bins
		if len(l.minutes) > minutesKept {
			delete(l.minutes, slices.Min(slices.Collect(maps.Keys(l.minutes))))
		}
	}
	b := &bins[arm*len(l.events)+event]
	b.N++
	b.Sum += value
	b.Squares += value * value
	if first {
		b.Units++
	}
}

// Minutes returns what happened from a time on (unix seconds), oldest first.
func (l *Log) Minutes(since int64) []Minute {
	var out []Minute
	for _, at := range slices.Sorted(maps.Keys(l.minutes)) {
		if at+60 <= since {
			continue
		}
		for i, b := range l.minutes[at] {
			if b.N > 0 {
				out = append(out, Minute{
					At: at, Variant: l.design.Variants[i/len(l.events)].Name, Event: l.events[i%len(l.events)],
					N: b.N, Sum: b.Sum, Squares: b.Squares, Units: b.Units,
				})
			}
		}
	}
	return out
}
