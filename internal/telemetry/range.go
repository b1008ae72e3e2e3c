package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"github.com/davit-cd/davit"
)

// Range returns the selected samples, sorted by second, then by series.
func (db *DB) Range(ctx context.Context, s Selector) ([]davit.Sample, error) {
	var all []davit.Sample
	err := db.each(ctx, s, func(one davit.Sample) error {
		all = append(all, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read telemetry: %w", plain(err))
	}
	slices.SortFunc(all, func(a, b davit.Sample) int {
		return cmp.Or(cmp.Compare(a.Second, b.Second), compareKeys(keyOf(&a), keyOf(&b)))
	})
	return all, nil
}

// Samples returns all samples of a service in one environment between two
// seconds, both included, sorted by second.
func (db *DB) Samples(ctx context.Context, service, environment string, from, to int64) ([]davit.Sample, error) {
	return db.Range(ctx, Selector{Service: service, Environment: environment, From: from, To: to})
}

// Latest returns the samples of the newest second that has any, within what is
// in memory.
func (db *DB) Latest(service, environment string) []davit.Sample {
	db.mu.Lock()
	defer db.mu.Unlock()
	s := Selector{Service: service, Environment: environment}
	newest := int64(math.MinInt64)
	for k, r := range db.memory.series {
		if s.matches(k) && len(r.samples) > 0 {
			newest = max(newest, r.samples[len(r.samples)-1].second)
		}
	}
	var all []davit.Sample
	s.From, s.To = newest, newest
	_ = db.memory.each(s, func(one davit.Sample) error { // cannot fail: it was encoded here
		all = append(all, one)
		return nil
	})
	return all
}

// each calls f with the selected samples, series by series or second by second,
// whichever is at hand. Samples of one series come in the order of time.
func (db *DB) each(ctx context.Context, s Selector, f func(davit.Sample) error) error {
	if s.To == 0 {
		s.To = math.MaxInt64
	}
	db.mu.Lock()
	if s.From >= db.memory.floor() {
		defer db.mu.Unlock()
		return db.memory.each(s, f)
	}
	db.mu.Unlock()
	return db.scanDisk(ctx, s.From, s.To, s.matches, func(k key, second int64, body []byte) error {
		one := davit.Sample{Second: second}
		k.name(&one)
		if err := readSample(body, &one); err != nil {
			return err
		}
		return f(one)
	})
}

func (m *memory) each(s Selector, f func(davit.Sample) error) error {
	for k, r := range m.series {
		if !s.matches(k) {
			continue
		}
		if err := r.each(k, s.From, s.To, f); err != nil {
			return err
		}
	}
	return nil
}

// scanDisk calls f with each sample of a span of seconds, hour by hour, inside
// an hour series by series, inside a series by second, without doubles.
func (db *DB) scanDisk(ctx context.Context, from, to int64, match func(key) bool, f func(key, int64, []byte) error) error {
	hours, err := db.hours()
	if err != nil {
		return err
	}
	for _, start := range hours {
		if start+hour <= from || start > to {
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		content, err := db.readHour(start, match)
		if err != nil {
			return err
		}
		if err := content.each(from, to, f); err != nil {
			return err
		}
	}
	return nil
}

// content is samples of an hour by series; each series sorted, without doubles.
type content map[key][]encoded

func (c content) each(from, to int64, f func(key, int64, []byte) error) error {
	for k, all := range c {
		for _, e := range all {
			if e.second < from || e.second > to {
				continue
			}
			if err := f(k, e.second, e.body); err != nil {
				return err
			}
		}
	}
	return nil
}

// readHour reads what the files of an hour hold of the matching series. What
// is damaged is passed over and told as trouble: the rest is still of use.
func (db *DB) readHour(start int64, match func(key) bool) (content, error) {
	db.files.RLock()
	defer db.files.RUnlock()
	c := content{}
	failed := []error{
		c.addSealed(db.path(start, sealedEnd), start, match),
		c.addLog(db.path(start, oldEnd), start, match),
		c.addLog(db.path(start, logEnd), start, match),
	}
	for _, err := range failed {
		if errors.Is(err, errTorn) {
			db.options.Trouble(err)
		} else if err != nil {
			return nil, err
		}
	}
	c.settle()
	return c, nil
}

// addLog adds the samples of a log. A log that is being written ends with its
// last whole frame.
func (c content) addLog(path string, start int64, match func(key) bool) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	wanted := map[uint64]key{}
	define := func(id uint64, k key) {
		if match(k) {
			wanted[id] = k
		}
	}
	_, err = readLog(b, start, define, func(id uint64, second int64, body []byte) {
		if k, ok := wanted[id]; ok {
			c[k] = append(c[k], encoded{second, body})
		}
	})
	return err
}

// settle sorts each series and drops doubles; what was added first stays.
func (c content) settle() {
	for k, all := range c {
		slices.SortStableFunc(all, func(a, b encoded) int { return cmp.Compare(a.second, b.second) })
		c[k] = slices.CompactFunc(all, func(a, b encoded) bool { return a.second == b.second })
	}
}
