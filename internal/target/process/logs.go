package process

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// LogQuery selects lines of output. Service and Environment are needed, the
// other fields restrict only if set.
type LogQuery struct {
	Service     string
	Environment string
	Release     string
	Ordinal     int
	Since       time.Time
	Tail        int  // the last so many lines; 0: 100, negative: none
	Follow      bool // go on with new lines until the context is over
}

// LogLine is a line that an instance printed, secrets hidden.
type LogLine struct {
	At       time.Time
	Release  string
	Instance string
	Ordinal  int
	Text     string
}

const (
	maxTail      = 10_000 // bounds Tail
	keptReleases = 20     // the logs of so many releases of a service are kept in an environment
)

// Logs returns the lines that q selects, oldest first; following, it then goes
// on with new ones. A reader that is too slow misses lines and is told so.
func (t *Target) Logs(ctx context.Context, q LogQuery) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		if err := checkNames(q.Service, fallback(q.Release, "r"), q.Environment); err != nil {
			yield(LogLine{}, err)
			return
		}
		var live *listener
		if q.Follow {
			live = t.hub.listen(q)
			defer t.hub.leave(live)
			t.hurryLogs(q)
		}
		lines, err := t.past(q)
		if err != nil {
			yield(LogLine{}, err)
			return
		}
		seen := map[string]time.Time{}
		for _, l := range lines {
			seen[l.Instance] = l.At
			if !yield(l, nil) {
				return
			}
		}
		if live != nil {
			live.follow(ctx, seen, yield)
		}
	}
}

// past reads the last lines from the files.
func (t *Target) past(q LogQuery) ([]LogLine, error) {
	n := min(q.Tail, maxTail)
	if n == 0 {
		n = 100
	}
	if n < 0 {
		return nil, nil
	}
	base := filepath.Join(t.opt.Data, "logs", q.Service, q.Environment)
	releases := []string{q.Release}
	if q.Release == "" {
		releases = nil
		entries, err := os.ReadDir(base)
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("read logs: %w", err)
		}
		for _, e := range entries {
			releases = append(releases, e.Name())
		}
	}
	var all []LogLine
	for _, r := range releases {
		files, _ := filepath.Glob(filepath.Join(base, r, "*.log"))
		for _, f := range files {
			ordinal, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(f), ".log"))
			if err != nil || q.Ordinal != 0 && q.Ordinal != ordinal {
				continue
			}
			lines, err := lastLines(f, n, t.opt.LogFiles)
			if err != nil {
				return nil, fmt.Errorf("read logs: %w", err)
			}
			for _, l := range lines {
				if at, text := parseLine(l); !at.Before(q.Since) {
					all = append(all, LogLine{At: at, Release: r, Instance: instanceID(r, q.Environment, ordinal), Ordinal: ordinal, Text: text})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b LogLine) int { return a.At.Compare(b.At) })
	return all[max(0, len(all)-n):], nil
}

// hurryLogs makes the spools that a follower listens to be looked at often.
func (t *Target) hurryLogs(q LogQuery) {
	for _, i := range t.matching(q.Service, q.Environment) {
		t.agenda.sooner(&i.logTurn, collectSoon)
	}
}

// pruneLogs removes the logs of the oldest releases of a service.
func (t *Target) pruneLogs(of davit.Instance) {
	base := filepath.Join(t.opt.Data, "logs", of.Service, of.Environment)
	entries, err := os.ReadDir(base)
	if err != nil || len(entries) <= keptReleases {
		return
	}
	running := map[string]bool{}
	for _, i := range t.matching(of.Service, of.Environment) {
		running[i.snapshot().Release] = true
	}
	age := func(e os.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return age(b).Compare(age(a)) })
	for _, e := range entries[keptReleases:] {
		if !running[e.Name()] {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

// hub passes new lines to those who follow.
type hub struct {
	mu        sync.Mutex
	listeners map[*listener]bool
}

// listener is one who follows.
type listener struct {
	q      LogQuery
	lines  chan LogLine
	missed int // guarded by the hub's mu
	hub    *hub
}

func (h *hub) listen(q LogQuery) *listener {
	l := &listener{q: q, lines: make(chan LogLine, 1024), hub: h}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.listeners == nil {
		h.listeners = map[*listener]bool{}
	}
	h.listeners[l] = true
	return l
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.listeners, l)
}

// followed reports whether anybody listens to an instance.
func (h *hub) followed(v davit.Instance) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if l.wants(v) {
			return true
		}
	}
	return false
}

func (h *hub) tell(v davit.Instance, line LogLine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		if !l.wants(v) {
			continue
		}
		select {
		case l.lines <- line:
		default:
			l.missed++
		}
	}
}

func (l *listener) wants(v davit.Instance) bool {
	return l.q.Service == v.Service && l.q.Environment == v.Environment &&
		(l.q.Release == "" || l.q.Release == v.Release) && (l.q.Ordinal == 0 || l.q.Ordinal == v.Ordinal)
}

// follow yields new lines, leaving out those that were already seen.
func (l *listener) follow(ctx context.Context, seen map[string]time.Time, yield func(LogLine, error) bool) {
	for {
		select {
		case <-ctx.Done():
			return
		case line := <-l.lines:
			if last, ok := seen[line.Instance]; ok && !line.At.After(last) {
				continue
			}
			if !yield(line, nil) {
				return
			}
			if n := l.takeMissed(); n > 0 && !yield(LogLine{At: line.At, Release: line.Release, Instance: line.Instance, Ordinal: line.Ordinal, Text: fmt.Sprintf("davit: %d lines not shown, the reader was too slow", n)}, nil) {
				return
			}
		}
	}
}

func (l *listener) takeMissed() int {
	if len(l.lines) > 0 {
		return 0 // said once it has caught up
	}
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	n := l.missed
	l.missed = 0
	return n
}

func fallback(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
