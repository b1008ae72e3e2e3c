package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/davit-cd/davit/internal/mask"
)

const (
	maxLine   = 16 << 10 // bytes of a Line's text; a longer line is split
	maxReport = 4 << 20  // bytes of a line of test results
	lastKept  = 200      // bytes of the last line, for the reason
)

// log writes what the steps print, as Lines.
type log struct {
	mask    *mask.Mask
	readers sync.WaitGroup
	broken  chan struct{} // closed when the log cannot be written

	mu   sync.Mutex
	file *os.File
	left int64 // bytes that may still be written
	full bool
	err  error
	last map[string]string // last line that was not empty, by stream
}

// openLog opens the log of an attempt; what an interrupted turn wrote stays.
func openLog(path string, most int64) (*log, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	l := &log{file: f, left: most, broken: make(chan struct{}), mask: mask.New(), last: map[string]string{}}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if size := info.Size(); size > 0 {
		l.left -= size
		end := make([]byte, 1)
		if _, err := f.ReadAt(end, size-1); err == nil && end[0] != '\n' {
			_, _ = f.WriteString("\n") // a line cut short by the server's end
		}
		l.say("", "the server went away; the attempt starts again")
	}
	return l, nil
}

// say writes a line of the runner's own.
func (l *log) say(step, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(Line{T: time.Now().UTC(), Step: step, Stream: "davit", Text: l.mask.String(text)}, true)
}

// write appends a line; l.mu is held. Lines of the runner's own are few and are
// written even when the log is full.
func (l *log) write(line Line, always bool) {
	if l.err != nil || l.full && !always {
		return
	}
	b, err := json.Marshal(line)
	if err != nil {
		return
	}
	if int64(len(b))+1 > l.left && !always {
		l.full = true
		l.write(Line{T: line.T, Stream: "davit", Text: "the log is full; what the steps print from here on is not kept"}, true)
		return
	}
	l.left -= int64(len(b)) + 1
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		l.err = err
		close(l.broken)
	}
}

func (l *log) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// lastWords returns the last line the steps printed, preferably on stderr, for
// the reason of a failure.
func (l *log) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, stream := range []string{"err", "out"} {
		if s := l.last[stream]; s != "" {
			return fmt.Sprintf("; its last words were %q", s)
		}
	}
	return ""
}

// close marks the end and closes the file.
func (l *log) close() error {
	waitFor(&l.readers, time.Second)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(Line{T: time.Now().UTC(), Stream: "davit", Text: "end", End: true}, true)
	err := l.err
	l.err = errors.Join(err, os.ErrClosed) // a reader that is still there writes nowhere
	return errors.Join(err, l.file.Close())
}

// waitFor waits for g, but not for longer than d.
func waitFor(g *sync.WaitGroup, d time.Duration) {
	done := make(chan struct{})
	go func() {
		g.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// writer makes Lines of one stream of one step.
type writer struct {
	log    *log
	step   string
	stream string
	masked *mask.Stream
	reader lineReader
	rest   []byte
}

// lineReader looks at each whole line before it is written: it returns what is
// to be shown of it, and whether anything is.
type lineReader func(line []byte) (show []byte, ok bool)

func (l *log) writer(step, stream string, reader lineReader) *writer {
	return &writer{log: l, step: step, stream: stream, masked: l.mask.Stream(), reader: reader}
}

// Write takes all of b.
func (w *writer) Write(b []byte) (int, error) {
	w.take(w.masked.Push(b))
	return len(b), nil
}

// flush writes the last line, which has no end.
func (w *writer) flush() {
	w.take(w.masked.Flush())
	if len(w.rest) > 0 {
		w.line(w.rest)
	}
	w.rest = nil
}

func (w *writer) take(b []byte) {
	w.rest = append(w.rest, b...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			break
		}
		w.line(w.rest[:i])
		w.rest = w.rest[i+1:]
	}
	most := maxLine
	if w.reader != nil && bytes.HasPrefix(w.rest, []byte("{")) {
		most = maxReport
	}
	for len(w.rest) > most {
		n := cut(w.rest, most)
		w.line(w.rest[:n])
		w.rest = w.rest[n:]
	}
	w.rest = bytes.Clone(w.rest)
}

func (w *writer) line(b []byte) {
	if w.reader != nil {
		show, ok := w.reader(b)
		if !ok {
			return
		}
		b = show
	}
	now := time.Now().UTC()
	b = bytes.TrimRight(b, "\r\n")
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	for {
		part := b[:cut(b, maxLine)]
		text := strings.ToValidUTF8(string(part), "\uFFFD")
		w.log.write(Line{T: now, Step: w.step, Stream: w.stream, Text: text}, false)
		if s := strings.TrimSpace(text); s != "" {
			w.log.last[w.stream] = strings.ToValidUTF8(s[:min(len(s), lastKept)], "")
		}
		if b = b[len(part):]; len(b) == 0 {
			return
		}
	}
}

// cut returns where to split b so that no part is longer than most and no
// character is torn apart.
func cut(b []byte, most int) int {
	if len(b) <= most {
		return len(b)
	}
	for n := most; n > most-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n]) {
			return n
		}
	}
	return most
}
