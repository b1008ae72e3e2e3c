package uml

import (
	"fmt"
	"syscall"
	"time"
)

// SetClock sets the machine's clock: by so much ahead of what it says, or back.
func SetClock(by time.Duration) error {
	if !Inside() {
		return fmt.Errorf("set the clock by %s: only in a machine of its own", by)
	}
	tv := syscall.NsecToTimeval(time.Now().Add(by).UnixNano())
	if err := syscall.Settimeofday(&tv); err != nil {
		return fmt.Errorf("set the clock by %s: %w", by, err)
	}
	return nil
}
