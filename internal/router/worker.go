package router

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
)

// The descriptors a worker is started with.
const (
	publicFD = 3 + iota
	controlFD
	lineFD
)

// worker is the process that serves.
type worker struct {
	plane   *plane
	public  *http.Server
	ctl     *http.Server // on the control socket, which the successor takes over
	private *http.Server // on the worker's own socket
	line    *line
	started time.Time
	holder  atomic.Int64 // pid; 0: gone
	address string
	socket  string
	clients atomic.Int64
	log     *slog.Logger

	listener net.Listener
	control  net.Listener

	mu         sync.Mutex
	before     []*Client
	waiting    []chan error // upgrades asked for
	yielded    bool         // told to yield
	orphanings int          // holders started
	followed   atomic.Bool  // a successor reads the samples
	final      atomic.Int64 // the last second there will ever be; 0: not known yet
}

// Work serves as the worker of a holder, from which it has inherited its
// descriptors, until the holder or ctx says otherwise.
func Work(ctx context.Context, opts Options) error {
	opts = opts.withDefaults()
	signal.Ignore(syscall.SIGHUP) // meant for the holder
	debug.SetGCPercent(400)
	if opts.MemoryLimit > 0 {
		debug.SetMemoryLimit(opts.MemoryLimit)
	}
	k := &worker{started: time.Now(), log: opts.Log}
	k.holder.Store(int64(os.Getppid()))
	if err := k.inherit(); err != nil {
		return err
	}
	defer func() { _ = k.line.Close() }() // the newest holder's
	if opts.ProbeToken == "" {
		token, err := ProbeToken(opts.Data)
		if err != nil {
			return err
		}
		opts.ProbeToken = token
	}
	var err error
	if opts.Executable == "" {
		if opts.Executable, err = os.Executable(); err != nil {
			return fmt.Errorf("work as a router: %w", err)
		}
	}
	if k.plane, err = newPlane(opts); err != nil {
		return err
	}
	if k.plane.report != "" {
		k.log.ErrorContext(ctx, "the kept routes are damaged", "report", k.plane.report)
	}
	if err := k.servePrivately(opts); err != nil {
		return err
	}
	defer os.Remove(k.socket)
	k.public = k.newPublic(opts)
	k.ctl = &http.Server{Handler: (&control{worker: k}).handler(), ReadHeaderTimeout: opts.HeadWithin}
	return k.live(ctx)
}

// inherit takes over what the holder left open.
func (k *worker) inherit() error {
	var err error
	if k.line, err = newLine(os.NewFile(lineFD, "line")); err != nil {
		return err
	}
	for _, l := range []struct {
		fd   uintptr
		into *net.Listener
	}{{publicFD, &k.listener}, {controlFD, &k.control}} {
		f := os.NewFile(l.fd, "listener")
		if *l.into, err = net.FileListener(f); err != nil {
			return fmt.Errorf("take over a listener: %w", err)
		}
		_ = f.Close()
	}
	if u, ok := k.control.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	k.address = k.listener.Addr().String()
	return nil
}

func (k *worker) servePrivately(opts Options) error {
	k.socket = filepath.Join(filepath.Dir(socketPath(opts.Data)), fmt.Sprintf("worker-%d.sock", os.Getpid()))
	_ = os.Remove(k.socket)
	l, err := listenUnix(k.socket)
	if err != nil {
		return err
	}
	k.private = &http.Server{Handler: (&control{worker: k, own: true}).handler(), ReadHeaderTimeout: opts.HeadWithin}
	go func() { _ = k.private.Serve(l) }()
	return nil
}

func (k *worker) newPublic(opts Options) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:                      k.plane,
		Protocols:                    &protocols,
		ReadHeaderTimeout:            opts.HeadWithin,
		IdleTimeout:                  opts.IdleWithin,
		MaxHeaderBytes:               headLimit - 4<<10, // net/http allows 4 KiB more
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug),
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: 250, MaxReadFrameSize: 64 << 10, SendPingTimeout: opts.IdleWithin},
	}
}

// live follows the holder's word until the end.
func (k *worker) live(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var hands sync.WaitGroup
	defer hands.Wait()
	defer stop()
	hands.Go(func() { k.keepHouse(background) })
	first := make(chan message)
	go k.listen(background, k.line, first)
	var heard <-chan message = first
	var again <-chan time.Time // when to start a holder
	if err := k.line.say(message{Do: sayReady, Socket: k.socket}); err != nil {
		return fmt.Errorf("say ready: %w", err)
	}
	serving := false
	measured, stopMeasuring := context.WithCancel(background)
	defer stopMeasuring()
	for {
		select {
		case <-ctx.Done():
			return k.end(background, stopMeasuring, serving, stopWithin-5*time.Second)
		case <-again:
			again = nil
			var err error
			if heard, err = k.startHolder(background); err != nil {
				k.log.ErrorContext(ctx, "no holder can be started", "error", err)
				heard, again = nil, k.nextHolder()
			}
		case m, ok := <-heard:
			if !ok { // the holder is gone; who serves goes on serving
				if !serving {
					return errors.New("the holder is gone")
				}
				if !k.orphaned() {
					return k.end(background, stopMeasuring, serving, k.plane.opts.TunnelWithin)
				}
				heard, again = nil, k.nextHolder()
				continue
			}
			switch m.Do {
			case doGo:
				if err := k.begin(background, m.Predecessors); err != nil {
					return err
				}
				hands.Go(func() { k.plane.meter.run(measured) })
				serving = true
				_ = k.line.say(message{Do: sayServing})
			case doYield:
				k.yielded = true
				k.setLeaving(true)
				_ = k.line.say(message{Do: sayYielded})
			case doResume:
				k.yielded = false
				k.setLeaving(false)
			case sayFailed:
				k.upgraded(&davit.Error{Kind: davit.Unavailable, Text: "upgrade the router: " + m.Error, Hint: "the old worker goes on serving"})
			case doLame:
				k.upgraded(nil)
				return k.end(background, stopMeasuring, serving, k.plane.opts.TunnelWithin)
			case doStop:
				return k.end(background, stopMeasuring, serving, stopWithin-5*time.Second)
			}
		}
	}
}

func (k *worker) listen(ctx context.Context, l *line, heard chan<- message) {
	defer close(heard)
	for {
		m, err := l.hear()
		if err != nil {
			return
		}
		select {
		case heard <- m:
		case <-ctx.Done():
			return
		}
	}
}

// begin serves. What the predecessors still measure is added to what this
// worker does.
func (k *worker) begin(ctx context.Context, predecessors []string) error {
	if len(predecessors) > 0 { // the table may have changed since it was read
		if err := k.plane.restore(); err != nil {
			return err
		}
	}
	var before history
	for i, path := range predecessors {
		c := newClient(path)
		if i == 0 {
			short, cancel := context.WithTimeout(ctx, 2*time.Second)
			var err error
			if before, err = c.history(short); err != nil {
				k.log.WarnContext(ctx, "the samples of the worker before are lost", "error", err)
			}
			cancel()
			k.plane.meter.inherit(before)
		}
		k.before = append(k.before, c) // nobody else knows it yet
	}
	for _, c := range k.predecessors() {
		since, ok := before.Seen[c.path]
		if !ok {
			since = k.plane.meter.lastGiven()
		}
		go func() {
			if since != over { // else it has said all
				k.plane.meter.follow(c.path, since, func(fn func(Batch) error) error { return c.stream(ctx, since, fn) })
			}
			k.bury(c)
		}()
	}
	go func() {
		_ = k.public.Serve(&limited{Listener: k.listener, room: k.plane.opts.MaxConnections, open: &k.clients})
	}()
	go func() { _ = k.ctl.Serve(k.control) }()
	return nil
}

func (k *worker) predecessors() []*Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]*Client(nil), k.before...)
}

// tell passes a change on to the workers on their way out, which still have
// clients: it is in effect when they know it, too. One that does not answer has
// died, or is about to.
func (k *worker) tell(ctx context.Context, what func(context.Context, *Client) error) {
	for _, p := range k.predecessors() {
		short, cancel := context.WithTimeout(ctx, time.Second)
		if err := what(short, p); err != nil {
			k.log.WarnContext(ctx, "a worker on its way out did not take a change", "error", err)
		}
		cancel()
	}
}

func (k *worker) bury(gone *Client) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, c := range k.before {
		if c == gone {
			k.before = append(k.before[:i:i], k.before[i+1:]...)
			return
		}
	}
}

// setLeaving says whether a successor is about to take over: it must read a
// table that does not change under it, and go on with the samples where this
// worker stopped.
func (k *worker) setLeaving(leaving bool) {
	k.plane.mu.Lock()
	k.plane.leaving = leaving
	k.plane.mu.Unlock()
	k.plane.meter.setFrozen(leaving)
}

func (k *worker) leaving() bool {
	k.plane.mu.Lock()
	defer k.plane.mu.Unlock()
	return k.plane.leaving
}

// askUpgrade has the holder replace this worker and waits for what comes of it.
func (k *worker) askUpgrade(ctx context.Context, q upgradeRequest) error {
	over := make(chan error, 1)
	k.mu.Lock()
	k.waiting = append(k.waiting, over)
	k.mu.Unlock()
	k.mu.Lock()
	l := k.line
	k.mu.Unlock()
	if err := l.say(message{Do: sayUpgrade, Upgrade: &q}); err != nil {
		return &davit.Error{Kind: davit.Unavailable, Text: "upgrade the router: its holder is gone", Err: err, Hint: "restart it with: davit router"}
	}
	select {
	case err := <-over:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (k *worker) upgraded(err error) {
	k.mu.Lock()
	waiting := k.waiting
	k.waiting = nil
	k.mu.Unlock()
	for _, w := range waiting {
		w <- err
	}
}

// end is the lame duck's way out: no new connections, answers with Connection:
// close for a while, then what is idle is closed, what is under way ends, and
// tunnels live for the time given. At the very end the last samples go out.
func (k *worker) end(ctx context.Context, stopMeasuring func(), serving bool, within time.Duration) error {
	if !serving {
		stopMeasuring()
		return nil
	}
	p := k.plane
	p.lame.Store(true)
	_ = k.listener.Close()
	ctlOver := make(chan struct{})
	go func() { // calls under way are answered
		defer close(ctlOver)
		answered, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		_ = k.control.Close()
		_ = k.ctl.Shutdown(answered)
	}()
	for _, v := range p.known() {
		v.expireTunnels(within)
	}
	t := time.NewTimer(p.opts.LameWithin)
	<-t.C
	ended, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := k.public.Shutdown(ended)
	for p.tunnels() > 0 {
		t.Reset(50 * time.Millisecond)
		<-t.C
	}
	_ = k.public.Close()
	<-ctlOver
	k.final.Store(p.meter.nextSecond())
	stopMeasuring()
	short, done := context.WithTimeout(ctx, 2*time.Second)
	defer done()
	_ = k.private.Shutdown(short)
	return err
}

// drained reports whether the private stream is over with this second.
func (k *worker) drained(second int64) bool {
	final := k.final.Load()
	return final != 0 && second >= final
}

func (p *plane) tunnels() int {
	n := 0
	for _, v := range p.known() {
		n += v.tunnelCount()
	}
	return n
}

// keepHouse does what has to be done now and then.
func (k *worker) keepHouse(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := 1; ; i++ {
		select {
		case now := <-tick.C:
			k.plane.sweep(now)
			if i%10 == 0 {
				k.writeLog()
			}
			if i%300 == 0 {
				k.plane.forget()
			}
		case <-ctx.Done():
			k.writeLog()
			return
		}
	}
}

func (k *worker) writeLog() {
	if l := k.plane.log; l != nil {
		if err := l.flush(); err != nil {
			k.log.Error("the access log can not be written", "error", err)
		}
	}
}
