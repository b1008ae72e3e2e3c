package runner

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// goEvent is a line of `go test -json`.
type goEvent struct {
	Action     string
	Package    string
	ImportPath string // of a build that failed
	Test       string
	Output     string
}

// goLine takes a line of output that may be an event of go test. What is shown
// in the log is what go test would print without -json.
func (r *results) goLine(line []byte) (show []byte, ok bool) {
	var e goEvent
	if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 || trimmed[0] != '{' || json.Unmarshal(trimmed, &e) != nil || e.Action == "" {
		return line, true
	}
	r.goEvent(e)
	if e.Action != "output" && e.Action != "build-output" {
		return nil, false
	}
	return []byte(e.Output), true
}

// goFile takes a file of events.
func (r *results) goFile(from io.Reader) error {
	lines := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && len(line) <= maxReport {
			_, _ = r.goLine(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) goEvent(e goEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = true
	group := e.Package
	if group == "" {
		group, _, _ = strings.Cut(e.ImportPath, " ") // "p [p.test]": the package with its tests
	}
	if group == "" {
		return
	}
	name := group
	if e.Test != "" {
		name += "." + e.Test
	}
	switch e.Action {
	case "run", "start":
		r.goTest(name, group, e.Test).status = "running"
	case "pass", "bench":
		r.goTest(name, group, e.Test).end("passed")
	case "fail", "build-fail":
		r.goTest(name, group, e.Test).end("failed")
	case "skip":
		r.goTest(name, group, e.Test).end("skipped")
	case "output", "build-output":
		if t := strings.TrimSpace(e.Output); !strings.HasPrefix(t, "=== ") && !strings.HasPrefix(t, "--- ") && t != "FAIL" && t != "PASS" {
			r.goTest(name, group, e.Test).say(strings.TrimRight(e.Output, " \n"))
		}
	}
}

func (r *results) goTest(name, group, test string) *result {
	t := r.of(name)
	t.group, t.test, t.whole = group, test, test == ""
	return t
}
