package engine

import (
	"sync"
	"time"
)

// clock tells a time that does not jump while work is under way. Deadlines are
// kept as absolute times, so that a restart neither resets nor skips them; if
// somebody sets the machine's clock ten minutes ahead, they must not all be over
// at once, and ten minutes back, nothing must wait ten minutes more. So the
// clock is read once and then runs on by itself; it is read again only while
// nothing is under way. (A machine that sleeps stops it, too.)
type clock struct {
	mu   sync.Mutex
	wall time.Time // what the machine's clock said
	read time.Time // when that was, by the monotonic clock
}

// now is the time of a decision: to the microsecond, so that JSON and store keep
// it exactly.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read.IsZero() {
		c.set()
	}
	return c.wall.Add(time.Since(c.read)).UTC().Truncate(time.Microsecond)
}

// readAgain takes the machine's clock as it is now.
func (c *clock) readAgain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set()
}

func (c *clock) set() {
	c.read = time.Now()
	c.wall = c.read.Round(0)
}

// now is the time of a decision.
func (e *Engine) now() time.Time { return e.clock.now() }
