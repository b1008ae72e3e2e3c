package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// punch gives the blocks before end back to the file system; the bytes in the
// block that end lies in become zero.
func punch(f *os.File, end int64) error {
	if end == 0 {
		return nil
	}
	return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, 0, end)
}
