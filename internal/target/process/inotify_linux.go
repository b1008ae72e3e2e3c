package process

import (
	"encoding/binary"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// calm is the pause between two readings of events: a service that prints all
// the time makes one event of many.
const calm = 25 * time.Millisecond

// events tells which spools have been written to, so that idle ones need not
// be looked at.
type events struct {
	file *os.File

	mu     sync.Mutex
	wakeOf map[int32]func()
}

// newEvents returns nil if the system has no more of these to give.
func newEvents() *events {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	e := &events{file: os.NewFile(uintptr(fd), "inotify"), wakeOf: map[int32]func(){}}
	go e.run()
	return e
}

// watch calls wake after path has been written to, until the file is removed. It
// reports whether it can.
func (e *events) watch(path string, wake func()) bool {
	if e == nil {
		return false
	}
	conn, err := e.file.SyscallConn()
	if err != nil {
		return false
	}
	wd := -1
	e.mu.Lock()
	defer e.mu.Unlock()
	err = conn.Control(func(fd uintptr) { wd, _ = unix.InotifyAddWatch(int(fd), path, unix.IN_MODIFY) })
	if err != nil || wd < 0 {
		return false
	}
	e.wakeOf[int32(wd)] = wake
	return true
}

func (e *events) close() {
	if e != nil {
		_ = e.file.Close()
	}
}

func (e *events) run() {
	buf := make([]byte, 64<<10)
	pause := time.NewTicker(calm)
	defer pause.Stop()
	for {
		n, err := e.file.Read(buf)
		if err != nil {
			return // closed
		}
		e.tell(buf[:n])
		pause.Reset(calm)
		<-pause.C
	}
}

// tell wakes whoever watches what the events are about.
func (e *events) tell(buf []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(buf) >= unix.SizeofInotifyEvent {
		wd := int32(binary.NativeEndian.Uint32(buf))
		mask, size := binary.NativeEndian.Uint32(buf[4:]), binary.NativeEndian.Uint32(buf[12:])
		switch wake := e.wakeOf[wd]; {
		case mask&unix.IN_Q_OVERFLOW != 0: // some were lost: it may be any
			for _, wake := range e.wakeOf {
				wake()
			}
		case mask&unix.IN_IGNORED != 0: // the file is gone
			delete(e.wakeOf, wd)
		case wake != nil:
			wake()
		}
		buf = buf[min(len(buf), unix.SizeofInotifyEvent+int(size)):]
	}
}
