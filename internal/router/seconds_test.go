package router

import (
	"testing"
	"time"
)

// TestSecondsOnlyGrow sets the machine's clock: the seconds that are measured
// follow it ahead, and run on where it is set back.
func TestSecondsOnlyGrow(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	var c secondClock
	for _, step := range []struct {
		passed, set, want time.Duration // since the beginning
	}{
		{0, 0, 0},
		{time.Second, 0, time.Second},
		{2 * time.Second, 10 * time.Minute, 10*time.Minute + 2*time.Second},
		{3 * time.Second, -10 * time.Minute, 10*time.Minute + 3*time.Second},
		{7 * time.Second, -10 * time.Minute, 10*time.Minute + 7*time.Second}, // late, and no second is lost
		{8 * time.Second, 0, 10*time.Minute + 8*time.Second},
		{9 * time.Second, 11 * time.Minute, 11*time.Minute + 9*time.Second},
		{10 * time.Second, 11 * time.Minute, 11*time.Minute + 10*time.Second},
		{11 * time.Second, -time.Minute, 11*time.Minute + 11*time.Second},
	} {
		read := begin.Add(step.passed)
		if got := c.at(read, read.Round(0).Add(step.set)).Sub(begin.Round(0)); got != step.want {
			t.Errorf("after %s, with the clock set by %s: %s, want %s", step.passed, step.set, got, step.want)
		}
	}
}

// TestSecondsGoOn lets a worker begin where another one has come to.
func TestSecondsGoOn(t *testing.T) {
	t.Parallel()
	var c secondClock
	there := time.Now().Add(20 * time.Minute).Unix()
	c.notBefore(there)
	if got := c.now().Unix(); got < there || got > there+60 {
		t.Errorf("it begins at %d, another one is at %d", got, there)
	}
	c.notBefore(there - 600)
	if got := c.now().Unix(); got < there {
		t.Errorf("it went back to %d", got)
	}
}
