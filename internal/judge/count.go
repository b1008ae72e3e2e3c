package judge

import (
	"fmt"

	"github.com/davit-cd/davit"
)

// Version says which version a count belongs to.
type Version uint8

// The versions.
const (
	Canary   Version = iota // the new version
	Baseline                // the old version
)

// String returns the word of the stream format.
func (v Version) String() string {
	if v == Canary {
		return "canary"
	}
	return "baseline"
}

// Count is what one instance of one version did in one second.
type Count struct {
	Version  Version
	Instance string // empty where it is not known
	Requests uint64
	Errors   uint64
	Hist     davit.Hist  // latencies of requests that were not errors; nil where they are not measured
	Kinds    [][2]uint64 // requests and errors per kind of request (route class); may be nil
}

// Bounds on what one second may hold; more is an input error, so that a broken
// source can neither overflow the sums nor slow the judge down.
const (
	mostRequests = 1 << 40 // per count
	mostCounts   = 4096    // per second
	mostKinds    = 64      // per count
	buckets      = 128
)

// check returns what is wrong with c.
func (c *Count) check() error {
	switch {
	case c.Version > Baseline:
		return fmt.Errorf("version %d: want canary or baseline", c.Version)
	case c.Requests > mostRequests:
		return fmt.Errorf("%d requests in a second: want at most %d", c.Requests, uint64(mostRequests))
	case c.Errors > c.Requests:
		return fmt.Errorf("%d errors in %d requests", c.Errors, c.Requests)
	case len(c.Hist) > 4*buckets:
		return fmt.Errorf("%d histogram buckets: want at most %d", len(c.Hist), buckets)
	case len(c.Kinds) > mostKinds:
		return fmt.Errorf("%d kinds of request: want at most %d", len(c.Kinds), mostKinds)
	}
	var sum uint64
	for _, b := range c.Hist {
		if b.Index >= buckets {
			return fmt.Errorf("histogram bucket %d: want 0 to %d", b.Index, buckets-1)
		}
		if b.Count > c.Requests {
			return fmt.Errorf("histogram of more latencies than the %d requests", c.Requests)
		}
		sum += b.Count
	}
	if sum > c.Requests {
		return fmt.Errorf("histogram of %d latencies in %d requests", sum, c.Requests)
	}
	for _, k := range c.Kinds {
		if k[1] > k[0] || k[0] > c.Requests {
			return fmt.Errorf("kind with %d errors in %d requests, of %d in all", k[1], k[0], c.Requests)
		}
	}
	return nil
}
