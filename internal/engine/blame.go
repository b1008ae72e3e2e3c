package engine

import (
	"maps"
	"slices"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/ramp"
)

// worthTurningOff is the share of the errors that turning a flag off must
// remove to be told of.
const worthTurningOff = 0.5

// tables count the requests of both versions by the arm of each flag that the
// router tells apart, since the first exposure. They decide nothing: they say
// what a version that is taken back could be helped with.
type tables map[string]map[ramp.Cell]ramp.Cell

// add counts the samples of one second.
func (t tables) add(samples []davit.Sample, releases ...string) {
	for _, s := range samples {
		flag, exposed, ok := s.Mark.Arm()
		if !ok || !slices.Contains(releases, s.Release) {
			continue
		}
		if t[flag] == nil {
			t[flag] = map[ramp.Cell]ramp.Cell{}
		}
		key := ramp.Cell{Release: s.Release, Exposed: exposed}
		c := t[flag][key]
		c.Release, c.Exposed, c.Requests, c.Errors = s.Release, exposed, c.Requests+s.Requests, c.Errors+s.Errors
		t[flag][key] = c
	}
}

// accuse returns the blame of the flag whose turning off removes most of the
// errors; zero if none is worth it.
func (t tables) accuse() ramp.Blame {
	var worst ramp.Blame
	for _, flag := range slices.Sorted(maps.Keys(t)) {
		b := ramp.Accuse(flag, slices.Collect(maps.Values(t[flag])))
		if (b.Cause == ramp.ByFlag || b.Cause == ramp.ByBoth) && b.Removes >= worthTurningOff && b.Removes > worst.Removes {
			worst = b
		}
	}
	return worst
}
