package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/davit-cd/davit"
)

// batch is the most changes in one transaction. It bounds how long the first
// of them waits for the last.
const batch = 256

// The states of a request.
const (
	queued = iota
	taken
	dropped
)

// request is one change on its way through the writer.
type request struct {
	state atomic.Int32
	do    func(*txn) error
	done  chan error // holds one
}

// writer owns the only connection that writes.
type writer struct {
	store   *Store
	conn    *sql.Conn
	ctx     context.Context // of the statements; never canceled: a half-done batch helps nobody
	known   map[string]*sql.Stmt
	queue   chan *request
	closing sync.RWMutex // held for reading while a request is put in the queue
	closed  bool
	over    chan struct{}
	commits int64
}

func newWriter(ctx context.Context, s *Store) (*writer, error) {
	ctx = context.WithoutCancel(ctx)
	conn, err := s.writing.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		store: s, conn: conn, ctx: ctx,
		known: map[string]*sql.Stmt{},
		queue: make(chan *request, batch),
		over:  make(chan struct{}),
	}
	go w.run()
	return w, nil
}

// write has the writer run do inside a transaction of its own and returns when
// it is on disk. do may be called twice and must start afresh each time.
func (s *Store) write(ctx context.Context, do func(*txn) error) error {
	r := &request{do: do, done: make(chan error, 1)}
	if err := s.writer.put(ctx, r); err != nil {
		return err
	}
	select {
	case err := <-r.done:
		return plain(err)
	case <-ctx.Done():
		if r.state.CompareAndSwap(queued, dropped) {
			return context.Cause(ctx)
		}
		return plain(<-r.done)
	}
}

func (w *writer) put(ctx context.Context, r *request) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return &davit.Error{Kind: davit.Unavailable, Text: "the store is closed"}
	}
	select {
	case w.queue <- r:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close lets the writer finish what is queued.
func (w *writer) close() error {
	w.closing.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.closing.Unlock()
	<-w.over
	var failed error
	for text, st := range w.known {
		failed = errors.Join(failed, st.Close())
		delete(w.known, text)
	}
	if err := w.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		failed = errors.Join(failed, err)
	}
	return failed
}

func (w *writer) run() {
	defer close(w.over)
	for first := range w.queue {
		w.writeBatch(w.gather(first))
	}
}

// gather takes what waits in the queue, without waiting for more: while one
// batch is synced to disk, the next one collects by itself.
func (w *writer) gather(first *request) []*request {
	all := make([]*request, 0, 8)
	for r := first; r != nil; {
		if r.state.CompareAndSwap(queued, taken) {
			all = append(all, r)
		}
		if len(all) == batch {
			break
		}
		select {
		case r = <-w.queue: // nil when the queue is closed
		default:
			r = nil
		}
	}
	return all
}

func (w *writer) writeBatch(all []*request) {
	if len(all) == 0 {
		return
	}
	results, err := w.transact(all)
	if err == nil {
		for i, r := range all {
			r.done <- results[i]
		}
		return
	}
	if len(all) == 1 || errors.Is(err, errCommit) {
		for _, r := range all {
			r.done <- err
		}
		return
	}
	for _, r := range all {
		w.writeBatch([]*request{r})
	}
}

// errCommit marks a batch that broke at its commit. It is not tried again,
// because whether it reached the disk is not known for certain.
var errCommit = errors.New("commit")

// transact runs the requests in one transaction. It returns what came of each,
// or one error if the transaction as a whole came to nothing.
func (w *writer) transact(all []*request) (results []error, failed error) {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if failed != nil {
			_ = w.exec("ROLLBACK") // fails where SQLite has rolled back already
		}
	}()
	before, err := w.readHead()
	if err != nil {
		return nil, err
	}
	head := before
	results = make([]error, len(all))
	for i, r := range all {
		t := &txn{writer: w, now: w.store.options.Now().UTC(), head: head}
		if results[i], err = w.attempt(t, r); err != nil {
			return nil, err
		}
		if results[i] == nil {
			head = t.head
		}
	}
	if head != before {
		if err := w.writeHead(head); err != nil {
			return nil, err
		}
	}
	if err := w.commit(); err != nil {
		return nil, err
	}
	if head != before {
		w.store.announce()
	}
	return results, nil
}

// attempt runs one request between savepoints. The first result is the
// request's own; the second says that the transaction is lost.
func (w *writer) attempt(t *txn, r *request) (own, lost error) {
	if err := w.exec("SAVEPOINT change"); err != nil {
		return nil, err
	}
	if own = r.do(t); own != nil {
		if _, ours := errors.AsType[*davit.Error](own); !ours && !constraint(own) {
			return nil, own
		}
		if err := w.exec("ROLLBACK TO change"); err != nil {
			return nil, errors.Join(own, err)
		}
	}
	return own, w.exec("RELEASE change")
}

func (w *writer) commit() error {
	w.commits++
	if f := w.store.options.BeforeWrite; f != nil {
		f(w.commits)
	}
	if err := w.exec("COMMIT"); err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	if f := w.store.options.AfterWrite; f != nil {
		f(w.commits)
	}
	return nil
}

func (w *writer) exec(text string, args ...any) error {
	_, err := w.change(text, args...)
	return err
}

// change runs a statement and returns the number of rows it changed.
func (w *writer) change(text string, args ...any) (int64, error) {
	st, err := w.prepare(text) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		return 0, err
	}
	done, err := st.ExecContext(w.ctx, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// one reads one row; found is false if there is none.
func (w *writer) one(text string, args []any, into ...any) (found bool, err error) {
	st, err := w.prepare(text) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		return false, err
	}
	err = st.QueryRowContext(w.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if st := w.known[text]; st != nil {
		return st, nil
	}
	st, err := w.conn.PrepareContext(w.ctx, text)
	if err != nil {
		return nil, err
	}
	w.known[text] = st
	return st, nil
}
