package telemetry

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/davit-cd/davit"
)

// Series is one version over time, its instances taken together.
type Series struct {
	Service     string
	Environment string
	Release     string
	Mark        davit.Mark
	Step        int64 // seconds that a point covers
	Points      []Point
}

// Point is what happened in one step. Steps without traffic have no point.
type Point struct {
	At       int64 // unix seconds, a multiple of the step
	Requests uint64
	Errors   uint64
	Bytes    uint64
	Hist     davit.Hist // latencies; ask it for its quantiles and mean
}

// Series returns the selected samples added up per version and step (seconds,
// at least 1), sorted by version and time.
func (db *DB) Series(ctx context.Context, s Selector, step int64) ([]Series, error) {
	if step < 1 {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("read telemetry in steps of %d s", step), Hint: "a step is at least 1 s"}
	}
	sums := map[key]map[int64]*sum{}
	err := db.each(ctx, s, func(one davit.Sample) error {
		k := keyOf(&one)
		k.instance = ""
		if sums[k] == nil {
			sums[k] = map[int64]*sum{}
		}
		at := one.Second - ((one.Second%step)+step)%step
		p := sums[k][at]
		if p == nil {
			p = &sum{}
			sums[k][at] = p
		}
		p.add(&one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read telemetry: %w", plain(err))
	}
	var all []Series
	for k, points := range sums {
		one := Series{Service: k.service, Environment: k.environment, Release: k.release, Mark: k.mark, Step: step}
		for _, at := range slices.Sorted(maps.Keys(points)) {
			one.Points = append(one.Points, points[at].point(at))
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Environment, b.Environment),
			cmp.Compare(a.Release, b.Release), cmp.Compare(a.Mark, b.Mark))
	})
	return all, nil
}

// sum adds samples up.
type sum struct {
	requests, errors, bytes uint64
	buckets                 [128]uint64
}

func (p *sum) add(s *davit.Sample) {
	p.requests += s.Requests
	p.errors += s.Errors
	p.bytes += s.Bytes
	for _, b := range s.Hist {
		p.buckets[b.Index&127] += b.Count
	}
}

func (p *sum) point(at int64) Point {
	return Point{At: at, Requests: p.requests, Errors: p.errors, Bytes: p.bytes, Hist: p.hist(nil)}
}

// hist writes the histogram into the room of h.
func (p *sum) hist(h davit.Hist) davit.Hist {
	h = h[:0]
	for i, n := range p.buckets {
		if n > 0 {
			h = append(h, davit.Bucket{Index: uint8(i), Count: n})
		}
	}
	return h
}
