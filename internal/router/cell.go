package router

import (
	"math"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// The marks a cell is kept for, as indexes.
const (
	live = iota
	probe
	mirrored
	marks
)

var markNames = [marks]davit.Mark{davit.Live, davit.Probe, davit.Mirror}

// cell counts what happened since it was last taken.
type cell struct {
	mu    sync.Mutex
	dirty bool
	counts
}

type counts struct {
	status  [6]uint64
	errors  uint64
	bytes   uint64
	refused uint64
	retries uint64
	hist    [128]uint32
}

// outcome is how one request ended.
type outcome struct {
	status int // 0: no answer
	failed bool
	bytes  int64
	took   time.Duration
	tries  int // attempts that came before
}

func (c *cell) count(o outcome) {
	class := 0
	if o.status >= 100 && o.status < 600 {
		class = o.status / 100
	}
	c.mu.Lock()
	c.dirty = true
	c.status[class]++
	c.bytes += uint64(o.bytes)
	c.retries += uint64(o.tries)
	if o.failed {
		c.errors++
	} else {
		c.hist[histIndex(o.took)]++
	}
	c.mu.Unlock()
}

// refuse counts a connection that could not be had.
func (c *cell) refuse() {
	c.mu.Lock()
	c.dirty = true
	c.refused++
	c.mu.Unlock()
}

// moved counts bytes that a tunnel carried to its client.
func (c *cell) moved(n int64) {
	c.mu.Lock()
	c.dirty = true
	c.bytes += uint64(n)
	c.mu.Unlock()
}

// takeInto moves the counts into s and reports whether there were any.
func (c *cell) takeInto(s *davit.Sample) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.dirty {
		return false
	}
	for class, n := range c.status {
		s.Status[class] = n
		s.Requests += n
	}
	s.Errors, s.Bytes, s.Refused, s.Retries = c.errors, c.bytes, c.refused, c.retries
	for i, n := range c.hist {
		if n > 0 {
			s.Hist = append(s.Hist, davit.Bucket{Index: uint8(i), Count: uint64(n)})
		}
	}
	c.dirty, c.counts = false, counts{}
	return true
}

// eighths are 2^(k/8) for k = 1 … 7: where the buckets of an octave begin.
var eighths = [...]float64{
	1.0905077326652577, 1.1892071150027210, 1.2968395546510096, 1.4142135623730951,
	1.5422108254079407, 1.6817928305074290, 1.8340080864093424,
}

// histIndex returns the bucket of a latency as davit.Hist defines them: the
// octave is the exponent of the number of milliseconds, the eighth is found by
// three comparisons in its mantissa.
func histIndex(d time.Duration) int {
	bits := math.Float64bits(float64(d) / float64(time.Millisecond))
	octave := int(bits>>52) - 1023 // the sign is 0 for all that counts
	if d < time.Millisecond || octave < 0 {
		return 0
	}
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	k := 0
	if m >= eighths[3] {
		k = 4
	}
	if m >= eighths[k+1] {
		k += 2
	}
	if m >= eighths[k] {
		k++
	}
	return min(octave*8+k, 127)
}
