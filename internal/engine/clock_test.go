package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestClockRunsOn holds that the engine's clock goes on by what has passed since
// it was read, not by what the machine's clock says.
func TestClockRunsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A reading that is ten minutes ahead stands for a machine's clock that
		// was set back since.
		c := clock{wall: time.Now().Add(10 * time.Minute), read: time.Now()}
		before := c.now()
		time.Sleep(3 * time.Second)
		if passed := c.now().Sub(before); passed != 3*time.Second {
			t.Errorf("%s passed, want 3s", passed)
		}
		if ahead := time.Until(c.now()); ahead != 10*time.Minute {
			t.Errorf("the clock jumped: it is %s ahead, want 10m", ahead)
		}
		c.readAgain()
		if ahead := time.Until(c.now()).Abs(); ahead > time.Millisecond {
			t.Errorf("read again while idle, the clock is %s off", ahead)
		}
	})
}
