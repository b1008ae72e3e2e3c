package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// logFile is the log of one instance: lines of time and text, rotated by size.
type logFile struct {
	path string
	size int64 // rotate beyond
	keep int   // rotated files

	f       *os.File
	w       *bufio.Writer
	written int64
}

// write appends a line; it reaches the file with flush.
func (l *logFile) write(at time.Time, text string) error {
	if l.f == nil || l.written > l.size {
		if err := l.open(); err != nil {
			return err
		}
	}
	n, err := fmt.Fprintf(l.w, "%s %s\n", at.UTC().Format(time.RFC3339Nano), text)
	l.written += int64(n)
	return err
}

// flush hands what was written to the system, so that readers see it.
func (l *logFile) flush() error {
	if l.w == nil {
		return nil
	}
	return l.w.Flush()
}

// close flushes and closes; a later write opens it again.
func (l *logFile) close() error {
	if l.f == nil {
		return nil
	}
	err := errors.Join(l.w.Flush(), l.f.Close())
	l.f, l.w = nil, nil
	return err
}

// open opens the log to append, rotating it first if it is full.
func (l *logFile) open() error {
	if err := l.close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(l.path); err == nil && info.Size() > l.size {
		for i := l.keep; i > 1; i-- {
			_ = os.Rename(rotated(l.path, i-1), rotated(l.path, i))
		}
		if err := os.Rename(l.path, rotated(l.path, 1)); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.w, l.written = f, bufio.NewWriterSize(f, 16<<10), info.Size()
	return nil
}

func rotated(path string, n int) string { return path + "." + strconv.Itoa(n) }

// lastLines returns the last n lines of the log at path, oldest first, reaching
// into the rotated files if need be. It reads from the end.
func lastLines(path string, n, keep int) ([]string, error) {
	var lines []string // newest file's last
	for i := 0; i <= keep && len(lines) < n; i++ {
		file := path
		if i > 0 {
			file = rotated(path, i)
		}
		more, err := tail(file, n-len(lines))
		if missing(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		lines = append(more, lines...)
	}
	return lines, nil
}

// tail returns the last n whole lines of a file.
func tail(path string, n int) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const block = 64 << 10
	var text []byte
	for at := info.Size(); at > 0 && strings.Count(string(text), "\n") <= n; {
		size := min(block, at)
		at -= size
		part := make([]byte, size, int(size)+len(text))
		if _, err := f.ReadAt(part, at); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		text = append(part, text...)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(text) == 0 || n <= 0 {
		return nil, nil
	}
	return lines[max(0, len(lines)-n):], nil
}

// parseLine takes a line of a log file apart.
func parseLine(line string) (at time.Time, text string) {
	stamp, text, _ := strings.Cut(line, " ")
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}, line
	}
	return at, text
}
