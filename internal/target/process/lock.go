package process

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errHeld says that somebody else has the lock.
var errHeld = errors.New("the lock is held")

// lock takes the lock file at path without waiting; create says whether the
// file may be made. The lock lasts until unlock, or until the last process that
// inherited the file is gone.
func lock(path string, create bool) (*os.File, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errHeld
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

// unlock gives the lock back. Closing alone would not do: a child that is just
// being forked may have a copy of the file for a moment.
func unlock(f *os.File) {
	_ = unix.Flock(int(f.Fd()), unix.LOCK_UN)
	_ = f.Close()
}

// held reports whether somebody has the lock.
func held(path string) bool {
	f, err := lock(path, false)
	if err != nil {
		return errors.Is(err, errHeld)
	}
	unlock(f)
	return false
}
