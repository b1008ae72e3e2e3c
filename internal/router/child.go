package router

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// child is a worker as its holder sees it.
type child struct {
	pid    int
	line   *line
	said   chan message
	gone   chan struct{}
	how    string // it ended
	socket string
}

// spawn starts a worker with the listeners and its end of the line.
func (h *holder) spawn(what upgradeRequest) (*child, error) {
	l, other, err := newPair()
	if err != nil {
		return nil, err
	}
	defer syscall.Close(other)
	public, err := rawFD(h.public)
	if err != nil {
		return nil, err
	}
	control, err := rawFD(h.control)
	if err != nil {
		return nil, err
	}
	pid, err := syscall.ForkExec(what.Executable, append([]string{what.Executable}, what.Args...), &syscall.ProcAttr{
		Env:   append(os.Environ(), h.opts.Env...),
		Files: []uintptr{0, 1, 2, public, control, uintptr(other)},
	})
	if err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("start %s: %w", what.Executable, err)
	}
	c := &child{pid: pid, line: l, said: make(chan message, 8), gone: make(chan struct{})}
	go c.listen(h)
	go c.wait(h)
	return c, nil
}

// newPair makes a line: this process's end, and a descriptor for the other.
func newPair() (*line, int, error) {
	syscall.ForkLock.RLock()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, 0, fmt.Errorf("open a line to another process: %w", err)
	}
	_ = syscall.SetNonblock(pair[0], true)
	l, err := newLine(os.NewFile(uintptr(pair[0]), "line"))
	if err != nil {
		_ = syscall.Close(pair[1])
	}
	return l, pair[1], err
}

// rawFD returns a descriptor without making it blocking, as Fd would: its mode
// is shared with the worker that accepts on it.
func rawFD(f syscall.Conn) (fd uintptr, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = raw.Control(func(d uintptr) { fd = d })
	return fd, err
}

// listen hears what the worker says.
func (c *child) listen(h *holder) {
	for {
		m, err := c.line.hear()
		if err != nil {
			return
		}
		if m.Do == sayUpgrade && m.Upgrade != nil {
			select {
			case h.asked <- *m.Upgrade:
			default: // so many are asked for already
			}
			continue
		}
		select {
		case c.said <- m:
		case <-c.gone:
			return
		}
	}
}

func (c *child) wait(h *holder) {
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(c.pid, &status, 0, nil)
		if err != syscall.EINTR {
			break
		}
	}
	c.how = fmt.Sprintf("exit %d", status.ExitStatus())
	if status.Signaled() {
		c.how = status.Signal().String()
	}
	_ = c.line.Close()
	close(c.gone)
	h.died <- c
}

// await waits for a word of the worker; others are dropped.
func (c *child) await(ctx context.Context, word string) (message, error) {
	late := time.NewTimer(wordWithin)
	defer late.Stop()
	for {
		select {
		case m := <-c.said:
			if m.Do == word {
				return m, nil
			}
		case <-c.gone:
			return message{}, fmt.Errorf("it ended before it was %s: %s", word, c.how)
		case <-late.C:
			return message{}, fmt.Errorf("it was not %s within %s", word, wordWithin)
		case <-ctx.Done():
			return message{}, context.Cause(ctx)
		}
	}
}
