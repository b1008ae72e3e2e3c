package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// watch calls gone once the process is dead, which may be at once; own children
// are not reaped by it. cancel ends the watch.
func watch(id identity, gone func()) (cancel func()) {
	// The descriptor means this very process, whatever becomes of its pid.
	fd, err := unix.PidfdOpen(id.PID, unix.PIDFD_NONBLOCK)
	if err != nil || !id.exists() {
		if err == nil {
			_ = unix.Close(fd)
		} else if id.exists() {
			return poll(id, gone) // no pidfd on this kernel
		}
		go gone()
		return func() {}
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	conn, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return poll(id, gone)
	}
	go func() {
		err := conn.Read(func(fd uintptr) bool {
			p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, err := unix.Poll(p, 0)
			return err == nil && n == 1
		})
		if err == nil {
			gone()
		}
		_ = f.Close()
	}()
	return func() { _ = f.Close() }
}

// exists reports whether the process is there, alive or not yet reaped.
func (p identity) exists() bool {
	s, ok := readStat(p.PID)
	return ok && s.start == p.Start
}
