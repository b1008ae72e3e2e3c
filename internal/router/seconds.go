package router

import (
	"sync"
	"time"
)

// secondClock says which second is measured. It follows the machine's clock
// ahead, but never back: what was measured is kept under its second. When the
// machine's clock is set back, it runs on until that has caught up.
type secondClock struct {
	mu    sync.Mutex
	read  time.Time     // the reading before, by the clock that nobody sets
	wall  time.Time     // and by the machine's
	ahead time.Duration // of the machine's clock
	begun bool          // there was a reading
}

// now reads the clock.
func (c *secondClock) now() time.Time {
	t := time.Now()
	return c.at(t, t.Round(0))
}

// at is now where read is told by the clock that nobody sets and wall by the
// machine's.
func (c *secondClock) at(read, wall time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun {
		set := wall.Sub(c.wall) - read.Sub(c.read)
		c.ahead = max(0, c.ahead-set)
	}
	c.read, c.wall, c.begun = read, wall, true
	return wall.Add(c.ahead)
}

// notBefore lets the clock be at a second at least: another worker measured up
// to it.
func (c *secondClock) notBefore(second int64) {
	behind := time.Unix(second, 0).Sub(c.now())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += max(0, behind)
}
