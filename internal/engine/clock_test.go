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
		c.readAgain(time.Time{})
		if ahead := time.Until(c.now()).Abs(); ahead > time.Millisecond {
			t.Errorf("read again while idle, the clock is %s off", ahead)
		}
		// The router measured while the clock was ahead, and its seconds only grow.
		for measured, want := range map[time.Duration]time.Duration{20 * time.Minute: 20 * time.Minute, -time.Second: 0, 3 * time.Hour: 0} {
			c.readAgain(time.Now().Add(measured))
			if ahead := time.Until(c.now()); ahead.Round(time.Millisecond) != want {
				t.Errorf("where the router is %s ahead, the clock is %s ahead, want %s", measured, ahead, want)
			}
		}
	})
}

// TestClockGoesOn holds that a restart does not make what is under way wait for
// longer because the clock was set back meanwhile.
func TestClockGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		last := time.Now().Add(10 * time.Minute)
		c.notBefore(last)
		time.Sleep(time.Second)
		if now := c.now(); !now.Equal(last.Add(time.Second).Truncate(time.Microsecond)) {
			t.Errorf("a second after the journal's last line, at %s, the clock says %s", last, now)
		}
		c.notBefore(last)
		if now := c.now(); !now.Equal(last.Add(time.Second).Truncate(time.Microsecond)) {
			t.Errorf("the clock went back to %s", now)
		}
	})
}
