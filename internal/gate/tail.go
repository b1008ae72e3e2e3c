package gate

import (
	"strings"
	"unicode/utf8"
)

// tail keeps the last bytes that are written to it.
type tail struct {
	most int
	kept []byte
	lost bool
}

func newTail(most int) *tail { return &tail{most: most} }

// Write keeps the end of what was written so far.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b...)
	if over := len(t.kept) - t.most; over > 0 {
		t.kept, t.lost = append([]byte(nil), t.kept[over:]...), true
	}
	return len(b), nil
}

// String returns the text, from the beginning of a line if its beginning is
// lost.
func (t *tail) String() string {
	s := strings.ToValidUTF8(string(t.kept), string(utf8.RuneError))
	if _, rest, ok := strings.Cut(s, "\n"); t.lost && ok {
		s = rest
	}
	return strings.TrimSpace(s)
}

func lastLine(s string) string {
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		return s[i+1:]
	}
	return s
}
