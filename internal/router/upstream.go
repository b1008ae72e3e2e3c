package router

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// upstream is one HTTP/1.1 connection to an instance. It is used by the
// goroutine of the request it carries; no other reads or writes it.
type upstream struct {
	*net.TCPConn
	raw     syscall.RawConn
	in      *bufio.Reader
	out     []byte // the head being made
	backend *backend
	reused  bool   // it has carried a request before
	rested  moment // since when it is idle

	begun atomic.Int64 // moment since when an answer is awaited; 0: it has begun
	cut   atomic.Int32 // why it was interrupted

	// Guarded by backend.mu.
	ctx        context.Context // of the request
	prev, next *upstream
	linked     bool
}

// cut says why an exchange was interrupted.
type cut int32

const (
	cutClient cut = iota + 1 // the client is gone
	cutSlow                  // no answer in time
	cutDrain                 // the drain's deadline passed
)

func newUpstream(c *net.TCPConn, b *backend) *upstream {
	u := &upstream{TCPConn: c, backend: b, in: bufio.NewReaderSize(c, answerLimit)}
	u.raw, _ = c.SyscallConn()
	return u
}

func (u *upstream) close() { _ = u.Close() }

// interrupt makes the exchange's reads and writes fail. The backend's lock is
// held, so the connection can not have passed on to another request.
func (u *upstream) interrupt(why cut) {
	if u.cut.CompareAndSwap(0, int32(why)) {
		_ = u.SetDeadline(time.Unix(1, 0))
	}
}

// open reports whether an idle connection is still open. A byte nobody asked
// for counts as closed: the peer is confused.
func (u *upstream) open() bool {
	if u.raw == nil || u.in.Buffered() > 0 {
		return false
	}
	var b [1]byte
	n, err := 0, error(nil)
	if e := u.raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), b[:])
		return true
	}); e != nil {
		return false
	}
	return n < 0 && (errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR))
}

// fill waits for more bytes of the answer and returns all there are. An
// answer cut short, or too long for the buffer, is errAnswer.
func (u *upstream) fill() ([]byte, error) {
	n := u.in.Buffered()
	if _, err := u.in.Peek(n + 1); err != nil {
		if n > 0 {
			err = fmt.Errorf("%w: cut in its head: %w", errAnswer, err)
		}
		return nil, err
	}
	return u.in.Peek(u.in.Buffered())
}
