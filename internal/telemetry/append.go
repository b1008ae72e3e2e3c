package telemetry

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/davit-cd/davit"
)

// aheadAtMost is how far a sample may be ahead of this process's clock: the
// router's may have been set, or read, at another time.
const aheadAtMost = 2 * time.Hour

// Append keeps samples; they are on disk when it returns. Samples that are
// there already, older than the retention or more than two hours ahead of the
// clock are passed over, so that delivering twice does no harm. After an error
// none, or the samples of earlier hours only, are kept: deliver all again.
func (db *DB) Append(ctx context.Context, samples []davit.Sample) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return &davit.Error{Kind: davit.Unavailable, Text: "append telemetry: it is closed"}
	}
	byHour := db.fresh(samples)
	for _, start := range slices.Sorted(maps.Keys(byHour)) {
		if err := db.appendHour(start, byHour[start]); err != nil {
			return fmt.Errorf("append telemetry: %w", plain(err))
		}
	}
	db.memory.sweep()
	return nil
}

// fresh sorts out what is to be written, by hour.
func (db *DB) fresh(samples []davit.Sample) map[int64][]davit.Sample {
	now := db.options.Now()
	oldest, latest := now.Add(-db.options.Retention).Unix(), now.Add(aheadAtMost).Unix()
	byHour := map[int64][]davit.Sample{}
	for _, s := range samples {
		if s.Second > oldest && s.Second <= latest && !db.memory.has(keyOf(&s), s.Second) {
			start := hourOf(s.Second)
			byHour[start] = append(byHour[start], s)
		}
	}
	return byHour
}

func (db *DB) appendHour(start int64, samples []davit.Sample) error {
	l, err := db.log(start)
	if err != nil {
		return err
	}
	bodies := make([][]byte, len(samples))
	var scratch []byte
	for i := range samples {
		scratch = appendSample(scratch[:0], &samples[i])
		bodies[i] = slices.Clone(scratch) // exactly as long as it is: it stays in memory
	}
	if err := l.append(samples, bodies); err != nil {
		return err
	}
	for i := range samples {
		db.memory.add(keyOf(&samples[i]), samples[i].Second, bodies[i])
	}
	return nil
}

// log returns the open log of an hour.
func (db *DB) log(start int64) (*hourLog, error) {
	if l := db.logs[start]; l != nil {
		return l, nil
	}
	path := db.path(start, logEnd)
	_, missing := os.Stat(path)
	l, err := openLog(path, start)
	if err != nil {
		return nil, err
	}
	db.logs[start] = l
	if missing != nil {
		return l, db.syncFolder()
	}
	return l, nil
}
