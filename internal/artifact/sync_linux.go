package artifact

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncAll makes all files below dir last over a loss of power: once for the
// whole file system, which is cheaper than once a file.
func syncAll(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}
