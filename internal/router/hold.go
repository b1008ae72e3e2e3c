package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// How long the holder waits for a worker's word, and for its end.
const (
	wordWithin = 10 * time.Second
	stopWithin = 30 * time.Second
)

// holder keeps the sockets open and a worker running.
type holder struct {
	opts    Options
	public  *os.File
	control *os.File
	log     *slog.Logger

	current *child
	leaving []*child // on their way out, the last one first
	died    chan *child
	asked   chan upgradeRequest
	start   upgradeRequest // what to start
}

// Hold opens the sockets and keeps a worker running on them until ctx is over.
// A hang-up signal, or Client.Upgrade, replaces the worker by a new one of the
// program that is at the path now.
func Hold(ctx context.Context, opts Options) error {
	opts = opts.withDefaults()
	if opts.Executable == "" {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("hold the router: %w", err)
		}
		opts.Executable = self
	}
	if err := os.MkdirAll(opts.folder(), 0o700); err != nil {
		return fmt.Errorf("hold the router: %w", err)
	}
	lock, err := lockFolder(opts.folder())
	if err != nil {
		return err
	}
	defer lock.Close()
	if _, err := ProbeToken(opts.Data); err != nil {
		return err
	}
	h := &holder{
		opts: opts, log: opts.Log,
		died: make(chan *child, 64), asked: make(chan upgradeRequest, 16),
		start: upgradeRequest{opts.Executable, opts.WorkerArgs},
	}
	adopted, err := h.adopt(ctx)
	if err == nil && !adopted {
		err = h.open(ctx)
	}
	if err != nil {
		return err
	}
	defer h.close()
	if err := writePID(opts.folder()); err != nil {
		return err
	}
	defer os.Remove(pidPath(opts.folder()))
	return h.keep(ctx)
}

// open listens. The listeners are held as plain descriptors: the holder never
// accepts, and must not change their mode under the worker that does.
func (h *holder) open(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", h.opts.Listen)
	if err != nil {
		return fmt.Errorf("hold the router: %w", err)
	}
	defer l.Close()
	if h.public, err = l.(*net.TCPListener).File(); err != nil {
		return fmt.Errorf("hold the router: %w", err)
	}
	path := socketPath(h.opts.Data)
	_ = os.Remove(path) // the folder's lock is held: nobody listens there
	u, err := listenUnix(path)
	if err != nil {
		return err
	}
	u.SetUnlinkOnClose(false)
	defer u.Close()
	if h.control, err = u.File(); err != nil {
		return fmt.Errorf("hold the router: %w", err)
	}
	return nil
}

func (h *holder) close() {
	_ = h.public.Close()
	_ = h.control.Close()
	_ = os.Remove(socketPath(h.opts.Data))
}

// keep is the holder's loop.
func (h *holder) keep(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	if h.current == nil {
		if err := h.replace(ctx, h.start); err != nil {
			return fmt.Errorf("hold the router: %w", err)
		}
	}
	for pause := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			h.stop()
			return nil
		case c := <-h.died:
			if c != h.current {
				h.bury(c)
				continue
			}
			h.current = nil
			_ = os.Remove(c.socket)
			h.log.ErrorContext(ctx, "the worker died and is started again", "pid", c.pid, "how", c.how)
			for h.current == nil {
				err := h.replace(ctx, h.start)
				if err == nil {
					pause = 0
					break
				}
				h.log.ErrorContext(ctx, "the worker can not be started", "error", err)
				pause = min(max(2*pause, 50*time.Millisecond), 2*time.Second)
				select {
				case <-ctx.Done():
					h.stop()
					return nil
				case <-time.After(pause):
				}
			}
		case <-hangup:
			h.upgrade(ctx, upgradeRequest{})
		case q := <-h.asked:
			h.upgrade(ctx, q)
		}
	}
}

// upgrade replaces the worker and tells the old one if that fails.
func (h *holder) upgrade(ctx context.Context, q upgradeRequest) {
	if q.Executable == "" {
		q.Executable = h.start.Executable
	}
	if q.Args == nil {
		q.Args = h.start.Args
	}
	if err := h.replace(ctx, q); err != nil {
		h.log.ErrorContext(ctx, "the worker is not replaced", "error", err)
		if h.current != nil {
			_ = h.current.line.say(message{Do: sayFailed, Error: err.Error()})
		}
		return
	}
	h.start = q
}

// replace starts a worker and has it take over from the current one, if there
// is one. Whatever happens to the successor before it serves, the current one
// goes on.
func (h *holder) replace(ctx context.Context, what upgradeRequest) error {
	c, err := h.spawn(what)
	if err != nil {
		return err
	}
	ready, err := c.await(ctx, sayReady)
	if err != nil {
		return h.discard(c, err)
	}
	c.socket = ready.Socket
	old := h.current
	if old != nil {
		err := old.line.say(message{Do: doYield})
		if err == nil {
			_, err = old.await(ctx, sayYielded)
		}
		if err != nil { // it does not answer; it is not fit to go on either
			h.log.ErrorContext(ctx, "the old worker does not yield", "error", err)
		}
	}
	m := message{Do: doGo}
	for _, l := range h.leaving {
		m.Predecessors = append(m.Predecessors, l.socket)
	}
	if old != nil {
		m.Predecessors = append([]string{old.socket}, m.Predecessors...)
	}
	if err = c.line.say(m); err == nil {
		_, err = c.await(ctx, sayServing)
	}
	if err != nil {
		if old != nil {
			_ = old.line.say(message{Do: doResume})
		}
		return h.discard(c, err)
	}
	h.current = c
	if old != nil {
		h.leaving = append([]*child{old}, h.leaving...)
		_ = old.line.say(message{Do: doLame})
	}
	return nil
}

// discard ends a successor that came to nothing.
func (h *holder) discard(c *child, err error) error {
	_ = syscall.Kill(c.pid, syscall.SIGKILL)
	_ = os.Remove(c.socket)
	return fmt.Errorf("start a worker: %w", err)
}

func (h *holder) bury(c *child) {
	_ = os.Remove(c.socket)
	for i, l := range h.leaving {
		if l == c {
			h.leaving = append(h.leaving[:i:i], h.leaving[i+1:]...)
			return
		}
	}
}

// stop ends all workers and waits for them.
func (h *holder) stop() {
	left := map[*child]bool{}
	for _, c := range append(h.leaving, h.current) {
		if c != nil {
			left[c] = true
			_ = c.line.say(message{Do: doStop})
		}
	}
	deadline := time.After(stopWithin)
	for len(left) > 0 {
		select {
		case c := <-h.died:
			delete(left, c)
			_ = os.Remove(c.socket)
		case <-deadline:
			for c := range left {
				_ = syscall.Kill(c.pid, syscall.SIGKILL)
			}
			return
		}
	}
}

// pidFile names a process so that another with the same number is not taken
// for it.
type pidFile struct {
	PID     int
	Started string // as the system tells it; see processStart
}

func pidPath(folder string) string { return filepath.Join(folder, "router.pid") }

func writePID(folder string) error {
	start, err := processStart(os.Getpid())
	if err != nil {
		return fmt.Errorf("write the router's pid file: %w", err)
	}
	b, err := json.Marshal(pidFile{os.Getpid(), start})
	if err != nil {
		return err
	}
	if err := writeSynced(pidPath(folder), append(b, '\n')); err != nil {
		return fmt.Errorf("write the router's pid file: %w", err)
	}
	return nil
}

// lockFolder makes sure there is one holder. The lock is the process's; it
// goes when the process does.
func lockFolder(folder string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the router's folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", folder, ErrRunning)
		}
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	return f, nil
}

// ErrRunning says that the data folder has a router already.
var ErrRunning = errors.New("a router is running there already")
