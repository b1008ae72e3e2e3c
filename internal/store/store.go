package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	// The database driver, without cgo.
	_ "modernc.org/sqlite"
)

// Options says where the store is and how it behaves.
type Options struct {
	Path string           // of the database file; made, with its folder, if it is not there
	Now  func() time.Time // default time.Now

	// AcceptHead lets a store open whose journal does not end where the kept
	// head says, after somebody has looked at it. The mismatch itself becomes a
	// line of the journal.
	AcceptHead bool

	// BeforeWrite and AfterWrite are called just before and just after each
	// commit, from the writing goroutine, with the number of the commit since
	// the store was opened, from 1. For tests that kill the process there.
	BeforeWrite func(n int64)
	AfterWrite  func(n int64)
}

// Store keeps what Davit knows. It is safe for concurrent use. Reads that are
// given a canceled context fail; a write whose context is canceled before the
// writer took it up is not done, else its outcome is waited for.
type Store struct {
	options Options
	writing *sql.DB
	reading *sql.DB
	writer  *writer
	news    atomic.Pointer[chan struct{}] // closed at the next commit with events
	touched sync.Map                      // token id → time of the last noted use
	known   sync.Map                      // hash → knownToken
	revoked atomic.Int64                  // how many revocations there were since the store was opened
}

// Open opens the store, bringing its tables up to date. A database written by
// a newer Davit is refused. It does not look for other processes: see Lock.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{options: o}
	if err := s.open(ctx); err != nil {
		return nil, fmt.Errorf("open store %s: %w", filepath.Base(o.Path), errors.Join(plain(err), s.Close()))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	path, err := filepath.Abs(s.options.Path)
	if err != nil {
		return err
	}
	if err := makeFile(path); err != nil {
		return err
	}
	if s.writing, err = sql.Open("sqlite", source(path, "_txlock=immediate")); err != nil {
		return err
	}
	s.writing.SetMaxOpenConns(1)
	files, err := shipped()
	if err != nil {
		return err
	}
	if err := migrate(ctx, s.writing, path, files); err != nil {
		return err
	}
	if s.reading, err = sql.Open("sqlite", source(path, "_pragma=query_only(1)")); err != nil {
		return err
	}
	s.reading.SetMaxOpenConns(4)
	s.reading.SetMaxIdleConns(4)
	news := make(chan struct{})
	s.news.Store(&news)
	if s.writer, err = newWriter(ctx, s); err != nil {
		return err
	}
	if err := s.checkHead(ctx); err != nil {
		return err
	}
	return s.forgetClaims(ctx)
}

// Close waits for the writes that were taken up and closes the files.
func (s *Store) Close() error {
	var failed error
	if s.writer != nil {
		failed = s.writer.close()
	}
	for _, db := range []*sql.DB{s.reading, s.writing} {
		if db != nil {
			failed = errors.Join(failed, db.Close())
		}
	}
	return failed
}

// Changed returns a channel that is closed when the journal grows. Ask for it
// before reading, so that nothing is missed between reading and waiting.
func (s *Store) Changed() <-chan struct{} { return *s.news.Load() }

func (s *Store) announce() {
	next := make(chan struct{})
	close(*s.news.Swap(&next))
}

// makeFile makes an empty file that only its owner may read. SQLite gives its
// companion files the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// source is the driver's name for the database, with what every connection
// sets: synchronous=FULL because an acknowledged write must survive a power
// loss, which in WAL mode NORMAL does not promise.
func source(path, more string) string {
	name := url.URL{Scheme: "file", Path: path}
	return name.String() + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&" + more
}
