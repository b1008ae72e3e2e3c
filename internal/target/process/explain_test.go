package process

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestExplainsFailures pins what a user reads when a release does not come up.
func TestExplainsFailures(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		change     func(*davit.Workload)
	}{
		{name: "exits-at-start", mode: "exit"},
		{name: "never-listens", mode: "silent"},
		{name: "wrong-port", mode: "port"},
		{name: "answers-500", mode: "500"},
		{name: "wrong-path", mode: "404"},
		{name: "hangs", mode: "hang"},
		{name: "no-such-program", mode: "", change: func(l *davit.Workload) { l.Command = []string{"./bin/shop"} }},
		{name: "no-such-secret", mode: "good", change: func(l *davit.Workload) { l.Secrets = []davit.SecretRef{{Name: "TOKEN", Env: "TOKEN"}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			l := w.load(c.mode)
			l.StartWithin = time.Second
			l.StopWithin = 200 * time.Millisecond
			l.Ready.Interval, l.Ready.Timeout = 300*time.Millisecond, 300*time.Millisecond
			if c.change != nil {
				c.change(&l)
			}
			w.ensure(l, 1, 1)
			_, err := w.Await(t.Context(), l.Release, l.Environment, 1)
			var e *davit.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			golden(t, c.name, steady(e.Text)+"\nhint: "+e.Hint+"\n")
		})
	}
}

// TestAwaitSaysWhatItWaitsFor pins the text of a wait that is cut short.
func TestAwaitSaysWhatItWaitsFor(t *testing.T) {
	w := newWorld(t)
	l := w.load("silent")
	w.ensure(l, 1, 1)
	eventually(t, "it is started", func() bool { return strings.HasPrefix(w.Instances("", "")[0].Reason, "started") })
	ctx, cancel := contextFor(t, 300*time.Millisecond)
	defer cancel()
	_, err := w.Await(ctx, l.Release, l.Environment, 1)
	if davit.KindOf(err) != davit.Unavailable {
		t.Fatalf("got %v", err)
	}
	golden(t, "timeout", steady(err.Error())+"\n")
}

// steady replaces what differs from run to run.
func steady(s string) string {
	for _, r := range []struct{ re, to string }{
		{`127\.0\.0\.1:1\d{4}`, "127.0.0.1:OTHER"},
		{`\b1\d{4}\b`, "OTHER"},
		{`\b2\d{4}\b`, "PORT"},
		{`after [0-9.]+m?s`, "after TIME"},
	} {
		s = regexp.MustCompile(r.re).ReplaceAllString(s, r.to)
	}
	// The number of checks in a short life is chance.
	var lines []string
	for l := range strings.SplitSeq(s, "\n") {
		if len(lines) == 0 || lines[len(lines)-1] != l {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
