package ramp_test

import (
	"testing"

	"github.com/davit-cd/davit/internal/ramp"
)

func TestAccuse(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells []ramp.Cell
		cause ramp.Cause
		says  string
	}{
		{"nothing", nil, ramp.ByNothing, ""},
		{"no errors", []ramp.Cell{{"r1", false, 100, 0}, {"r1", true, 100, 0}}, ramp.ByNothing, ""},
		{"alike", []ramp.Cell{{"r1", false, 9500, 95}, {"r1", true, 500, 6}}, ramp.ByNothing, ""},
		{"the flag", []ramp.Cell{{"r1", false, 9500, 2}, {"r1", true, 500, 100}}, ramp.ByFlag, "turning off `new-checkout` removes 98 % of the errors"},
		{
			"the flag, on both",
			[]ramp.Cell{{"r1", false, 9500, 10}, {"r1", true, 500, 100}, {"r2", false, 950, 1}, {"r2", true, 50, 10}},
			ramp.ByFlag,
			"the errors come with `new-checkout` on every release alike: turning off `new-checkout` removes 90 % of the errors",
		},
		{
			"the release",
			[]ramp.Cell{{"r1", false, 9500, 10}, {"r1", true, 500, 1}, {"r2", false, 950, 95}, {"r2", true, 50, 5}},
			ramp.ByRelease,
			"the errors come with r2, whether or not a user has `new-checkout`: the flag is not to blame",
		},
		{
			"both together",
			[]ramp.Cell{{"r1", false, 9500, 10}, {"r1", true, 500, 1}, {"r2", false, 950, 1}, {"r2", true, 50, 20}, {"r2", true, 0, 0}},
			ramp.ByBoth,
			"the errors come with `new-checkout` on r2 and not elsewhere: turning off `new-checkout` removes 62 % of the errors",
		},
	} {
		b := ramp.Accuse("new-checkout", c.cells)
		if b.Cause != c.cause || b.Sentence != c.says {
			t.Errorf("%s: %s %q", c.name, b.Cause, b.Sentence)
		}
	}
}
