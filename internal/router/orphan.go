package router

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// adoptKey names the variable that tells a holder to take over a running
// worker: its value is the worker's pid. The descriptors are those of a worker.
const adoptKey = "DAVIT_ROUTER_ADOPT"

// orphaned is what a serving worker does when its holder is gone: it starts
// another, which gets the sockets back and takes the worker for its own. It
// reports false if the worker should rather end: the holder died in the middle
// of an upgrade, and the successor serves already.
func (k *worker) orphaned() bool {
	if k.yielded && k.followed.Load() {
		return false
	}
	k.yielded = false
	k.setLeaving(false)
	k.holder.Store(0)
	k.upgraded(errors.New("upgrade the router: its holder is gone"))
	k.log.Error("the holder is gone; another one is started", "attempt", k.orphanings+1)
	return true
}

// nextHolder returns when to try to start a holder, later each time; nil if it
// can not be, or was tried often enough.
func (k *worker) nextHolder() <-chan time.Time {
	if len(k.plane.opts.HolderArgs) == 0 || k.orphanings >= 10 {
		return nil
	}
	k.orphanings++
	return time.After(50 * time.Millisecond << (k.orphanings - 1))
}

// startHolder starts a holder in a session of its own and hands it the sockets
// and a new line.
func (k *worker) startHolder(ctx context.Context) (<-chan message, error) {
	_ = k.line.Close()
	l, other, err := newPair()
	if err != nil {
		return nil, err
	}
	defer syscall.Close(other)
	fds := []uintptr{0, 1, 2, 0, 0, uintptr(other)}
	for i, c := range []any{k.listener, k.control} {
		s, ok := c.(syscall.Conn)
		if !ok {
			return nil, fmt.Errorf("hand over a %T", c)
		}
		if fds[publicFD+i], err = rawFD(s); err != nil {
			return nil, err
		}
	}
	opts := k.plane.opts
	pid, err := syscall.ForkExec(opts.Executable, append([]string{opts.Executable}, opts.HolderArgs...), &syscall.ProcAttr{
		Env:   append(append(os.Environ(), opts.Env...), adoptKey+"="+strconv.Itoa(os.Getpid())),
		Files: fds,
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("start a holder: %w", err)
	}
	go func() { _, _ = syscall.Wait4(pid, nil, 0, nil) }() // no zombie
	k.holder.Store(int64(pid))
	k.mu.Lock()
	k.line = l
	k.mu.Unlock()
	heard := make(chan message)
	go k.listen(ctx, l, heard)
	return heard, l.say(message{Do: sayReady, Socket: k.socket})
}

// adopt takes over the sockets and the worker of a holder that died. It reports
// false if there is none to adopt.
func (h *holder) adopt(ctx context.Context) (bool, error) {
	pid, err := strconv.Atoi(os.Getenv(adoptKey))
	if err != nil {
		return false, nil //nolint:nilerr // it is an ordinary start
	}
	if err := os.Unsetenv(adoptKey); err != nil { // it is not meant for the workers to come
		return false, err
	}
	for fd := publicFD; fd <= lineFD; fd++ {
		syscall.CloseOnExec(fd)
	}
	h.public, h.control = os.NewFile(publicFD, "public"), os.NewFile(controlFD, "control")
	l, err := newLine(os.NewFile(lineFD, "line"))
	if err != nil {
		return false, err
	}
	c := &child{pid: pid, line: l, said: make(chan message, 8), gone: make(chan struct{})}
	go func() { // it is not this process's child: the end of its line is the sign
		c.listen(h)
		c.how = "its line is closed"
		close(c.gone)
		h.died <- c
	}()
	ready, err := c.await(ctx, sayReady)
	if err != nil {
		return false, fmt.Errorf("adopt worker %d: %w", pid, err)
	}
	c.socket = ready.Socket
	h.current = c
	h.log.WarnContext(ctx, "adopted a worker whose holder died", "pid", pid)
	return true, nil
}
