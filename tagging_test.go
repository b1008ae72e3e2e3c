package davit_test

import (
	"testing"

	"github.com/davit-cd/davit"
	"pgregory.net/rapid"
)

// TestArmMarks holds that a mark says which flag and arm it is of, whatever the
// flag's key holds.
func TestArmMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, on := rapid.String().Draw(t, "key"), rapid.Bool().Draw(t, "exposed")
		flag, exposed, ok := davit.ArmMark(key, on).Arm()
		if !ok || flag != key || exposed != on {
			t.Fatalf("%q %v: %q %v %v", key, on, flag, exposed, ok)
		}
	})
	for _, m := range []davit.Mark{davit.Live, davit.Probe, davit.Mirror, davit.Warmup, "flag/", "flag/x"} {
		if _, _, ok := m.Arm(); ok {
			t.Errorf("%q is an arm", m)
		}
	}
}
