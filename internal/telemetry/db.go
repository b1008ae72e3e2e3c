package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

// DB keeps samples. It is safe for concurrent use, by one process.
type DB struct {
	dir     string
	options Options

	mu     sync.Mutex // guards memory, logs and closed
	memory *memory
	logs   map[int64]*hourLog // by hour; the few that are written
	closed bool

	// files is held for reading while the files of an hour are read, and for
	// writing while they are renamed or deleted. Taken after mu, never before.
	files sync.RWMutex

	tidying sync.Mutex // held while hours are sealed and deleted; taken before all others
	over    sync.WaitGroup
	stop    context.CancelFunc
}

// Open opens the telemetry in a folder, which is made if it is not there.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	o, err := o.defaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open telemetry: %w", plain(err))
	}
	db := &DB{
		dir: dir, options: o,
		memory: newMemory(int64(o.Memory / time.Second)),
		logs:   map[int64]*hourLog{},
	}
	if err := db.remember(ctx); err != nil {
		return nil, fmt.Errorf("open telemetry: %w", plain(err))
	}
	ctx, db.stop = context.WithCancel(context.WithoutCancel(ctx))
	db.over.Go(func() { db.maintain(ctx) })
	return db, nil
}

// remember loads the newest samples into memory.
func (db *DB) remember(ctx context.Context) error {
	now := db.options.Now().Unix()
	db.memory.newest = now
	from := db.memory.floor()
	return db.scanDisk(ctx, from, now+hour, func(key) bool { return true }, func(k key, second int64, body []byte) error {
		db.memory.add(k, second, slices.Clone(body))
		return nil
	})
}

// Close waits for background work and closes the files.
func (db *DB) Close() error {
	db.stop()
	db.over.Wait()
	db.mu.Lock()
	defer db.mu.Unlock()
	db.closed = true
	var failed error
	for start := range db.logs {
		failed = errors.Join(failed, db.closeLog(start))
	}
	return failed
}

func (db *DB) closeLog(start int64) error {
	l := db.logs[start]
	delete(db.logs, start)
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// The endings of the files of an hour, in the order in which samples count.
const (
	sealedEnd = ".seg"
	oldEnd    = ".old"
	logEnd    = ".log"
)

func (db *DB) path(start int64, end string) string {
	return filepath.Join(db.dir, strconv.FormatInt(start, 10)+end)
}

// hours lists the hours that have files, ascending.
func (db *DB) hours() ([]int64, error) {
	entries, err := os.ReadDir(db.dir)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, e := range entries {
		name, end, _ := strings.Cut(e.Name(), ".")
		start, err := strconv.ParseInt(name, 10, 64)
		if err == nil && slices.Contains([]string{sealedEnd, oldEnd, logEnd}, "."+end) && !slices.Contains(all, start) {
			all = append(all, start)
		}
	}
	slices.Sort(all)
	return all, nil
}

// syncFolder makes new names in the folder durable.
func (db *DB) syncFolder() error {
	f, err := os.Open(db.dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// plain turns a full disk or a forbidden folder into words.
func plain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return &davit.Error{
			Kind: davit.Unavailable, Text: "the disk that holds the data folder is full",
			Hint: "free space; nothing was half written, and it goes on by itself", Err: err,
		}
	case errors.Is(err, fs.ErrPermission):
		return &davit.Error{
			Kind: davit.Unavailable, Text: "the telemetry folder cannot be read and written",
			Hint: "give the user that davit runs as its data folder", Err: err,
		}
	}
	return err
}
