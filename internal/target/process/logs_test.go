package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit/internal/mask"
)

// bench is a spool with a file to print into and what came out of it.
type bench struct {
	*spool
	out   *os.File
	lines []string
}

func newBench(t interface {
	TempDir() string
	Fatal(...any)
	Cleanup(func())
}, m *mask.Mask,
) *bench {
	dir := t.TempDir()
	b := &bench{}
	b.spool = &spool{dir: dir, rate: 1 << 20, log: &logFile{path: filepath.Join(dir, "log", "1.log"), size: 8 << 20, keep: 3}, hear: func(_ time.Time, s string) { b.lines = append(b.lines, s) }}
	b.trust(m)
	var err error
	if b.out, err = os.OpenFile(b.path(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.close(); _ = b.out.Close() })
	return b
}

func (b *bench) print(t interface{ Fatal(...any) }, s string) {
	if _, err := b.out.WriteString(s); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) take1(t interface{ Fatal(...any) }, at time.Time) {
	if _, err := b.collect(at); err != nil {
		t.Fatal(err)
	}
}

// TestSpoolLosesNothing prints text in arbitrary pieces, collects in between,
// changes servers, and wants every line once, without secrets.
func TestSpoolLosesNothing(t *testing.T) {
	m := mask.New("hunter2-secret")
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(fakeTB{t, rt}, m)
		now := time.Unix(1_000_000, 0)
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "line\n", "\n", "hunter2-secret", "über", strings.Repeat("x", 5000)}), 0, 30).Draw(rt, "text"), "")
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "piece")
			b.print(rt, rest[:n])
			rest = rest[n:]
			now = now.Add(time.Second)
			switch rapid.IntRange(0, 2).Draw(rt, "then") {
			case 0:
				b.take1(rt, now)
			case 1:
				b.take1(rt, now)
				b.close() // another server goes on: what is read but not a line is read again
				b.rest, b.offset = nil, 0
			}
		}
		if err := b.drain(now); err != nil {
			rt.Fatal(err)
		}
		want := strings.TrimSuffix(m.String(text), "\n")
		if got := strings.Join(b.lines, "\n"); got != want && (text != "" || got != "") {
			rt.Fatalf("got %q, want %q", got, want)
		}
		raw, err := os.ReadFile(b.path())
		if err != nil || strings.Trim(string(raw), "\x00") != "" {
			rt.Fatalf("raw text is left: %q", raw)
		}
	})
}

// fakeTB gives a property the folders of its test.
type fakeTB struct {
	*testing.T
	rt *rapid.T
}

func (f fakeTB) Fatal(args ...any) { f.rt.Fatal(args...) }

func TestFloodIsBoundedAndCounted(t *testing.T) {
	b := newBench(t, nil)
	now := time.Unix(1_000_000, 0)
	var printed, dropped, kept int
	for second := range 10 {
		chunk := strings.Repeat(fmt.Sprintf("line of second %d\n", second), 1<<18) // 4.5 MiB
		b.print(t, chunk)
		printed += len(chunk)
		now = now.Add(time.Second)
		b.take1(t, now)
	}
	for _, l := range b.lines {
		var n, rate int
		if _, err := fmt.Sscanf(l, "davit: %d bytes of output dropped, more than %d a second", &n, &rate); err == nil {
			dropped += n
		} else {
			kept += len(l) + 1
		}
	}
	if dropped+kept != printed {
		t.Errorf("%d bytes printed, %d kept and %d said to be dropped", printed, kept, dropped)
	}
	if kept > 15<<20 {
		t.Errorf("%d bytes kept of 10 s at 1 MiB/s", kept)
	}
	var st syscall.Stat_t
	if err := syscall.Stat(b.path(), &st); err != nil || st.Blocks > 16 {
		t.Errorf("the spool takes %d blocks: %v", st.Blocks, err)
	}
}

func TestLongLineIsCutWithoutShowingASecret(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	b := newBench(t, mask.New(secret))
	now := time.Unix(1_000_000, 0)
	line := strings.Repeat(secret, 3*maxLine/len(secret))
	for i := 0; i < len(line); i += 1000 {
		b.print(t, line[i:min(i+1000, len(line))])
		now = now.Add(time.Second)
		b.take1(t, now)
	}
	b.print(t, "\n"+strings.Repeat("y", maxLine+10)+"\nshort\n")
	b.take1(t, now.Add(time.Second))
	all := strings.Join(b.lines, "\n")
	if strings.Contains(all, "0123456") {
		t.Error("a part of a secret shows")
	}
	if len(b.lines) != 3 || b.lines[2] != "short" || !strings.HasSuffix(b.lines[1], "y … (line cut)") {
		t.Errorf("%d lines, the last %.40q", len(b.lines), b.lines[len(b.lines)-1])
	}
}

func TestLogIsRotated(t *testing.T) {
	b := newBench(t, nil)
	b.log.size, b.log.keep = 10_000, 2
	now := time.Unix(1_000_000, 0)
	for i := range 2000 {
		b.print(t, fmt.Sprintf("line %d\n", i))
		if i%50 == 49 {
			now = now.Add(time.Second)
			b.take1(t, now)
		}
	}
	files, _ := filepath.Glob(filepath.Join(b.dir, "log", "*"))
	if len(files) != 3 {
		t.Errorf("files: %v", files)
	}
	lines, err := lastLines(b.log.path, 300, 2)
	if err != nil || len(lines) != 300 || !strings.HasSuffix(lines[299], "line 1999") || !strings.HasSuffix(lines[0], "line 1700") {
		t.Errorf("%d lines: %v", len(lines), err)
	}
}

func TestLogsOfOldReleasesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base := filepath.Join(w.data, "logs", "shop", "production")
	for n := range 30 {
		dir := filepath.Join(base, fmt.Sprintf("shop-0%d", n))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(n-100) * time.Hour)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	l := w.load("good")
	w.ensure(l, 1, 1)
	w.await(l, 1)
	w.stop(l, 2)
	left, _ := filepath.Glob(filepath.Join(base, "*"))
	if len(left) != keptReleases || filepath.Base(left[0]) != "shop-011" {
		t.Errorf("left: %v", left)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("lines", "one", "two")
	w.ensure(l, 2, 1)
	w.await(l, 2)
	eventually(t, "both have printed", func() bool { return strings.Count(w.log(0), "two") == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	counts := map[string]int{}
	var stopping sync.Once
	stopped := make(chan struct{})
	for line, err := range w.Logs(ctx, LogQuery{Service: "shop", Environment: "production", Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if counts[line.Text]++; counts["two"] == 2 && counts["one"] == 2 {
			if counts["bye"] == 0 {
				stopping.Do(func() { go func() { defer close(stopped); w.stop(l, 2) }() })
			}
		}
		if counts["bye"] == 2 {
			break
		}
	}
	if counts["one"] != 2 || counts["two"] != 2 || ctx.Err() != nil {
		t.Errorf("lines: %v %v", counts, ctx.Err())
	}
	<-stopped
	for _, err := range w.Logs(ctx, LogQuery{Service: "../..", Environment: "production"}) {
		if err == nil {
			t.Error("a hostile name was taken")
		}
	}
}

func TestFloodingServiceStaysUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.load("flood")
	w.ensure(l, 1, 1)
	w.await(l, 1)
	eventually(t, "the drop is said", func() bool {
		for line, err := range w.Logs(t.Context(), LogQuery{Service: "shop", Environment: "production", Tail: maxTail}) {
			if err == nil && strings.Contains(line.Text, "bytes of output dropped") {
				return true
			}
		}
		return false
	})
	w.stop(l, 2)
}
