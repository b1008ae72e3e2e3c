package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/davit-cd/davit/internal/mask"
)

const (
	// maxLine is where a line of output is cut.
	maxLine = 64 << 10
	// maxBacklog is how much uncollected output is read before the oldest part
	// is dropped.
	maxBacklog = 1 << 20
	// collectSoon and collectIdle are the shortest and the longest pause
	// between two looks at a spool, collectWatched that of an idle one whose
	// writes the system announces.
	collectSoon, collectIdle, collectWatched = 50 * time.Millisecond, time.Second, time.Minute
)

// spool takes over what an instance prints. The process appends raw bytes to a
// file, so it never waits for the server and loses nothing when the server is
// away; collect masks secrets, cuts lines, bounds the flood, writes the log
// and then removes the raw bytes.
type spool struct {
	dir     string // of the instance
	rate    int64  // bytes a second
	log     *logFile
	hear    func(at time.Time, text string) // each line; may be nil
	secrets *mask.Mask
	ready   bool // the secrets are known; nothing is collected before

	mu     sync.Mutex
	f      *os.File
	offset int64  // collected so far
	rest   []byte // read, but not a whole line yet
	skip   bool   // in the rest of a line that was cut
	budget float64
	filled time.Time
	last   time.Time // of the newest line: times of lines grow
	text   string    // the newest line
	pause  time.Duration
	lost   int64
}

// trust lets the spool collect, hiding the values of m, which may be nil.
func (s *spool) trust(m *mask.Mask) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets, s.ready = m, true
}

// collect takes over what is new and returns how long to wait for more.
func (s *spool) collect(now time.Time) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		return collectIdle, nil
	}
	size, err := s.open()
	if err != nil || size == s.offset+int64(len(s.rest)) {
		s.pause = min(max(s.pause*2, collectSoon), collectIdle)
		return s.pause, err
	}
	s.pause = collectSoon
	err = errors.Join(s.take(now, size), s.log.flush(), s.consumed())
	return s.pause, err
}

// drain takes over everything, also an unfinished last line: the process is
// dead.
func (s *spool) drain(now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ready {
		return nil
	}
	size, err := s.open()
	if err != nil {
		return err
	}
	err = s.take(now, size)
	if len(s.rest) > 0 {
		s.line(now, s.rest)
		s.offset += int64(len(s.rest))
		s.rest = nil
	}
	s.skip = false
	return errors.Join(err, s.log.flush(), s.consumed())
}

// say adds a line of Davit's own.
func (s *spool) say(now time.Time, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line(now, []byte("davit: "+text))
	return s.log.flush()
}

// close leaves the spool to the next server.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.log.close()
	if s.f != nil {
		_ = s.f.Close()
		s.f = nil
	}
}

// open opens the spool where the last server left it and returns its size.
func (s *spool) open() (int64, error) {
	if s.f == nil {
		f, err := os.OpenFile(s.path(), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return 0, fmt.Errorf("collect output: %w", err)
		}
		s.f, s.offset = f, 0
		if b, err := os.ReadFile(s.path() + ".offset"); err == nil {
			s.offset, _ = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		}
	}
	info, err := s.f.Stat()
	if err != nil {
		return 0, fmt.Errorf("collect output: %w", err)
	}
	if info.Size() < s.offset { // cut, by a crash between two steps or by hand
		s.offset, s.rest = 0, nil
	}
	return info.Size(), nil
}

// take reads up to size and writes whole lines to the log. What is beyond the
// rate is dropped, oldest first, and counted.
func (s *spool) take(now time.Time, size int64) error {
	if s.budget += now.Sub(s.filled).Seconds() * float64(s.rate); s.filled.IsZero() || s.budget > float64(s.rate)*4 {
		s.budget = float64(s.rate) * 4 // a burst of four seconds
	}
	s.filled = now
	from := s.offset + int64(len(s.rest))
	if allowed := min(int64(s.budget), maxBacklog); size-from > max(allowed, maxLine) {
		s.drop(size - max(allowed, maxLine))
		from = s.offset
	}
	s.budget = max(0, s.budget-float64(size-from))
	buf := make([]byte, size-from)
	n, err := s.f.ReadAt(buf, from)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("collect output: %w", err)
	}
	if s.lost > 0 {
		// The first line is likely a torn one, and a torn secret is not seen.
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			s.line(now, fmt.Appendf(nil, "davit: %d bytes of output dropped, more than %d a second", s.lost+int64(i)+1, s.rate))
			s.offset, s.lost, s.skip = from+int64(i)+1, 0, false
			buf, n = buf[i+1:], n-i-1
		} else {
			s.lost += int64(n)
			s.offset = from + int64(n)
			return nil
		}
	}
	s.cut(now, append(s.rest, buf[:n]...))
	return nil
}

// drop skips to offset to.
func (s *spool) drop(to int64) {
	s.lost += to - s.offset
	s.offset, s.rest = to, nil
}

// cut writes the whole lines of text and keeps the rest.
func (s *spool) cut(now time.Time, text []byte) {
	for {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			break
		}
		if !s.skip {
			s.line(now, text[:i])
		}
		s.skip = false
		s.offset += int64(i) + 1
		text = text[i+1:]
	}
	// A line without an end: what is beyond twice the limit cannot matter to
	// a secret that begins before it.
	if read := int64(len(text)); read > 2*maxLine || s.skip {
		if !s.skip {
			if s.secrets != nil {
				text = s.secrets.Stream().Push(text) // without what may be the beginning of a secret
			}
			s.write(now, string(text))
		}
		s.skip = true
		s.offset += read
		text = nil
	}
	s.rest = bytes.Clone(text)
}

// line masks a line and writes it.
func (s *spool) line(now time.Time, raw []byte) {
	s.write(now, strings.TrimSuffix(s.secrets.String(string(raw)), "\r"))
}

// write cuts a line and writes it.
func (s *spool) write(now time.Time, text string) {
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + " … (line cut)"
	}
	if !now.After(s.last) {
		now = s.last.Add(1)
	}
	s.last, s.text = now, text
	if s.log.write(now, text) == nil && s.hear != nil {
		s.hear(now, text)
	}
}

// consumed keeps the offset and removes the raw bytes before it.
func (s *spool) consumed() error {
	err := os.WriteFile(s.path()+".offset", []byte(strconv.FormatInt(s.offset, 10)), 0o600)
	if err != nil {
		return fmt.Errorf("collect output: %w", err)
	}
	if punch(s.f, s.offset) != nil {
		// No holes here: cut the file when all of it is collected. Bytes that
		// come between the look and the cut are lost.
		if info, err := s.f.Stat(); err == nil && info.Size() == s.offset && s.f.Truncate(0) == nil {
			s.offset = 0
		}
	}
	return nil
}

func (s *spool) path() string { return filepath.Join(s.dir, "spool") }

// hide returns text without secrets.
func (s *spool) hide(text string) string {
	s.mu.Lock()
	m := s.secrets
	s.mu.Unlock()
	return m.String(text)
}

// newest returns the newest line.
func (s *spool) newest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}
