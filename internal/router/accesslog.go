package router

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// logRoom is how many bytes of lines may wait to be written; what comes when
// the disk is that far behind is dropped and counted. No request waits.
const logRoom = 4 << 20

// accessLog writes one line of JSON for each request, in pieces, and rotates
// the file by size.
type accessLog struct {
	path string
	size int64
	keep int

	mu      sync.Mutex
	lines   []byte // waiting
	stamp   []byte // the current second's time, formatted
	second  int64
	dropped uint64

	file    *os.File // used by flush only
	written int64
	spare   []byte
}

func openAccessLog(opts Options) (*accessLog, error) {
	l := &accessLog{path: opts.AccessLog, size: opts.AccessLogSize, keep: opts.AccessLogKeep}
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *accessLog) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open access log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("open access log: %w", err)
	}
	l.file, l.written = f, info.Size()
	return nil
}

// write adds the line of a request. The query is left out: it may hold secrets.
func (l *accessLog) write(x *exchange) {
	now := x.start
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) > logRoom {
		l.dropped++
		return
	}
	if s := now.Unix(); s != l.second {
		l.second = s
		l.stamp = now.UTC().AppendFormat(l.stamp[:0], "2006-01-02T15:04:05.")
	}
	b := append(l.lines, `{"time":"`...)
	b = append(b, l.stamp...)
	ms := now.Nanosecond() / int(time.Millisecond)
	b = append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	b = append(b, `Z","client":`...)
	b = appendQuoted(b, x.client)
	b = append(b, `,"method":`...)
	b = appendQuoted(b, x.r.Method)
	b = append(b, `,"host":`...)
	b = appendQuoted(b, x.r.Host)
	b = append(b, `,"path":`...)
	b = appendQuoted(b, x.r.URL.Path)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(x.status), 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, x.bytes, 10)
	b = append(b, `,"ms":`...)
	us := x.took.Microseconds()
	b = strconv.AppendInt(b, us/1000, 10)
	b = append(b, '.', byte('0'+us/100%10), byte('0'+us/10%10), byte('0'+us%10))
	if x.route != nil {
		b = append(b, `,"service":`...)
		b = appendQuoted(b, x.route.Service)
		b = append(b, `,"environment":`...)
		b = appendQuoted(b, x.route.Environment)
		b = append(b, `,"epoch":`...)
		b = strconv.AppendUint(b, x.route.Epoch, 10)
	}
	if x.lane != nil {
		b = append(b, `,"release":`...)
		b = appendQuoted(b, x.lane.release)
	}
	if x.backend != nil {
		b = append(b, `,"instance":`...)
		b = appendQuoted(b, x.backend.Instance)
	}
	if id := x.traceID(); id != "" {
		b = append(append(append(b, `,"trace":"`...), id...), '"')
	}
	if x.mark != live {
		b = append(append(append(b, `,"mark":"`...), markOf(x.mark)...), '"')
	}
	if x.tries > 0 {
		b = append(b, `,"retries":`...)
		b = strconv.AppendInt(b, int64(x.tries), 10)
	}
	if x.gone {
		b = append(b, `,"gone":true`...)
	}
	l.lines = append(b, "}\n"...)
}

// appendQuoted appends s as a JSON string, whatever bytes it has.
func appendQuoted(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	plain := true
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return append(append(b, s...), '"')
	}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029:
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			b = utf8.AppendRune(b, r) // a byte that is no UTF-8 became U+FFFD
		}
	}
	return append(b, '"')
}

// flush writes what has gathered and rotates the file when it is large enough.
func (l *accessLog) flush() error {
	l.mu.Lock()
	lines, dropped := l.lines, l.dropped
	l.lines, l.dropped = l.spare[:0], 0
	l.mu.Unlock()
	if dropped > 0 {
		lines = append(lines, fmt.Sprintf(`{"dropped":%d}`+"\n", dropped)...)
	}
	l.spare = nil
	if cap(lines) < 1<<20 {
		l.spare = lines
	}
	if len(lines) == 0 {
		return nil
	}
	n, err := l.file.Write(lines)
	l.written += int64(n)
	if err != nil {
		return fmt.Errorf("write access log: %w", err)
	}
	if l.written < l.size {
		return nil
	}
	return l.rotate()
}

// rotate renames access.log to access.log.1, that to .2, and so on.
func (l *accessLog) rotate() error {
	_ = l.file.Close()
	for i := l.keep - 1; i >= 1; i-- {
		_ = os.Rename(fmt.Sprintf("%s.%d", l.path, i), fmt.Sprintf("%s.%d", l.path, i+1))
	}
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		return fmt.Errorf("rotate access log: %w", err)
	}
	return l.open()
}
