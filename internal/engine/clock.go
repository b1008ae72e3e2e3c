package engine

import (
	"context"
	"sync"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
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

// aheadAtMost is how far the clock follows the router's seconds, which only
// grow, after the machine's clock was set back: as far as telemetry does.
const aheadAtMost = 2 * time.Hour

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

// readAgain takes the machine's clock as it is now, or the router's, whose
// seconds what is measured is kept under, if that is ahead: what is exposed from
// now on must not begin before seconds that are measured already.
func (c *clock) readAgain(measured time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set()
	if ahead := measured.Sub(c.wall); ahead > 0 && ahead <= aheadAtMost {
		c.wall = measured
	}
}

// notBefore sets the clock to at, unless it is later already.
func (c *clock) notBefore(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read.IsZero() {
		c.set()
	}
	if behind := at.Sub(c.wall.Add(time.Since(c.read))); behind > 0 {
		c.wall = c.wall.Add(behind)
	}
}

func (c *clock) set() {
	c.read = time.Now()
	c.wall = c.read.Round(0)
}

// Now is the time by the clock that decisions are made by.
func (e *Engine) Now() time.Time { return e.clock.now() }

func (e *Engine) now() time.Time { return e.clock.now() }

// goOnFromLastLine lets the clock begin at the journal's last line, if the
// machine's was set back since: what was under way has waited that long.
func (e *Engine) goOnFromLastLine(ctx context.Context) error {
	last, err := e.Keeper.Events(ctx, davit.EventQuery{Newest: true, Limit: 1})
	if err != nil || len(last) == 0 {
		return err
	}
	e.clock.notBefore(last[0].At)
	return nil
}

// readClock reads the machine's clock if nothing with a deadline is under way.
func (e *Engine) readClock(ctx context.Context) {
	if !e.idle(ctx) {
		return
	}
	var measured time.Time
	if second, _ := e.seconds.latest(); second > 0 {
		measured = time.Unix(second+1, 0)
	}
	e.clock.readAgain(measured)
}

// idle reports whether no rollout and no run is under way.
func (e *Engine) idle(ctx context.Context) bool {
	e.deciding.Lock()
	busy := len(e.jobs) > 0
	e.deciding.Unlock()
	if busy {
		return false
	}
	runs, _, err := e.Keeper.Records(ctx, davit.Query{Kind: KindRun, Limit: 1, Phases: []string{
		string(pipeline.Running), string(pipeline.Packaging), string(pipeline.Deploying),
	}})
	return err == nil && len(runs) == 0
}
