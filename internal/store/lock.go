package store

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davit-cd/davit"
)

// FolderLock says that this process owns a data folder.
type FolderLock struct{ file *os.File }

// Lock takes the data folder for this process until Unlock or its death. If
// another process has it, the error says which one and since when. The lock is
// the kernel's, not the file's existence, so nothing stale stays behind; it is
// not inherited by the processes that this one starts.
func Lock(dir string) (*FolderLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock data folder: %w", plain(err))
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", plain(err))
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock data folder: %w", err)
		}
		return nil, &davit.Error{
			Kind: davit.Conflict,
			Text: fmt.Sprintf("the data folder %s is in use by %s", dir, holder(f)),
			Hint: "stop that process, or give this one another data folder",
		}
	}
	text := fmt.Sprintf("%d\n%s\n", os.Getpid(), time.Now().UTC().Format(time.RFC3339))
	if err := errors.Join(f.Truncate(0), writeAt(f, text), f.Sync()); err != nil {
		return nil, fmt.Errorf("lock data folder: %w", errors.Join(plain(err), f.Close()))
	}
	return &FolderLock{file: f}, nil
}

// Unlock gives the folder back. The file stays: removing it would let two
// processes lock two files of the same name.
func (l *FolderLock) Unlock() error { return l.file.Close() }

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// holder reads who wrote the lock file.
func holder(f *os.File) string {
	lines := bufio.NewScanner(f)
	lines.Scan()
	pid, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
	if err != nil {
		return "another process"
	}
	lines.Scan()
	since, err := time.Parse(time.RFC3339, strings.TrimSpace(lines.Text()))
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("process %d since %s", pid, since.Local().Format("2006-01-02 15:04:05"))
}
