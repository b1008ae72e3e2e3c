package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// grace is how long after its end an hour is still expected to grow.
const grace = 2 * time.Minute

// maintain seals hours that are over and deletes those that are too old.
func (db *DB) maintain(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := db.tidy(ctx); err != nil && ctx.Err() == nil {
			db.options.Trouble(fmt.Errorf("tidy telemetry: %w", plain(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (db *DB) tidy(ctx context.Context) error {
	db.tidying.Lock()
	defer db.tidying.Unlock()
	hours, err := db.hours()
	if err != nil {
		return err
	}
	now := db.options.Now()
	var failed error
	for _, start := range hours {
		end := time.Unix(start+hour, 0)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case end.Before(now.Add(-db.options.Retention)):
			failed = errors.Join(failed, db.drop(start))
		case end.Add(grace).Before(now):
			failed = errors.Join(failed, db.seal(start))
		}
	}
	return failed
}

// drop deletes an hour.
func (db *DB) drop(start int64) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.files.Lock()
	defer db.files.Unlock()
	failed := db.closeLog(start)
	for _, end := range []string{sealedEnd, oldEnd, logEnd} {
		if err := os.Remove(db.path(start, end)); !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// seal brings what was logged of an hour into its sealed file. What comes in
// meanwhile goes to a new log, and is sealed the next time.
func (db *DB) seal(start int64) error {
	there, err := db.setAside(start)
	if err != nil || !there {
		return err
	}
	c, err := db.readHour(start, func(key) bool { return true })
	if err != nil {
		return err
	}
	temporary := db.path(start, ".tmp")
	if err := writeSealed(temporary, start, c); err != nil {
		return errors.Join(fmt.Errorf("seal hour %d: %w", start, err), os.Remove(temporary))
	}
	db.files.Lock()
	defer db.files.Unlock()
	if err := os.Rename(temporary, db.path(start, sealedEnd)); err != nil {
		return err
	}
	if err := db.syncFolder(); err != nil { // before the only other copy goes
		return err
	}
	return os.Remove(db.path(start, oldEnd))
}

// setAside turns the log of an hour into one that is not written any more, and
// reports whether there is one.
func (db *DB) setAside(start int64) (bool, error) {
	if _, err := os.Stat(db.path(start, oldEnd)); err == nil {
		return true, nil // left by a crash
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.files.Lock()
	defer db.files.Unlock()
	if err := db.closeLog(start); err != nil {
		return false, err
	}
	err := os.Rename(db.path(start, logEnd), db.path(start, oldEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
