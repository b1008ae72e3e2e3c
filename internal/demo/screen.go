package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// screen prints what happens, line by line, and on a terminal a last line that
// moves.
type screen struct {
	mu       sync.Mutex
	out      io.Writer
	json     bool
	terminal bool
	begun    time.Time
	status   string // the moving line
	traffic  *load
}

func newScreen(o Options) *screen {
	return &screen{out: o.Out, json: o.JSON, terminal: o.Terminal && !o.JSON, begun: time.Now()}
}

func (s *screen) watchLoad(l *load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic = l
}

// line prints a line above the moving one.
func (s *screen) line(text string) {
	if s.json {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	fmt.Fprintln(s.out, text)
	if s.terminal {
		fmt.Fprint(s.out, s.status)
	}
}

func (s *screen) head(format string, args ...any) { s.line(fmt.Sprintf(format, args...)) }

func (s *screen) chapter(n int, name string) {
	text := fmt.Sprintf("Push %d: %s", n, name)
	if s.terminal {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	s.line("\n" + text)
}

// page says where all of it can be seen in a browser.
func (s *screen) page(ctx context.Context, c *child) {
	if link, err := c.client.Link(ctx); err == nil {
		s.head("See it in a browser: %s", c.client.URL+link.Path)
	}
}

// follow prints the journal as it grows, and keeps the moving line moving.
func (s *screen) follow(ctx context.Context, client *api.Client) {
	if s.json {
		return
	}
	if s.terminal {
		go s.move(ctx, client)
	}
	patience := func(error) error { return ctx.Err() }
	for e, err := range client.Follow(ctx, api.Params{}, 0, patience) {
		if err != nil {
			return
		}
		if strings.HasPrefix(e.Kind, "token.") || e.Kind == "rollout.routed" {
			continue
		}
		where := e.Environment
		if where == "" {
			where = "pipeline"
		}
		first, rest, _ := strings.Cut(e.Text, "\n")
		s.line(fmt.Sprintf("%6.1f s  %-10s  %s", e.At.Sub(s.begun).Seconds(), where, first))
		if rest != "" && strings.HasSuffix(e.Kind, "rolling-back") {
			for _, l := range strings.SplitN(rest, "\n", 6) {
				s.line("                      " + strings.TrimSpace(l))
			}
		}
	}
}

// move redraws the moving line: weight, rate and errors of this moment.
func (s *screen) move(ctx context.Context, client *api.Client) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var before int64
	for {
		select {
		case <-ctx.Done():
			s.set("")
			return
		case <-tick.C:
		}
		var page api.Page[api.Rollout]
		if client.Call(ctx, "list-rollouts", api.Params{"phase": "active", "limit": "3"}, nil, &page) != nil {
			continue
		}
		var parts []string
		if l := s.load(); l != nil {
			sent := l.sent.Load()
			parts = append(parts, fmt.Sprintf("%d req/s, %d bad", (sent-before)*4, l.bad.Load()))
			before = sent
		}
		for _, r := range page.Items {
			part := fmt.Sprintf("%s: %s %s", r.Environment, r.Release, r.Phase)
			if r.Percent > 0 {
				part += fmt.Sprintf(" %s %.4g %%", bar(r.Percent), r.Percent)
			}
			switch {
			case r.Verdict != nil:
				part += ", " + r.Verdict.Reason
			case r.Waiting != nil:
				part += ", " + r.Waiting.For
			}
			parts = append(parts, part)
		}
		s.set(strings.Join(parts, " │ "))
	}
}

func (s *screen) load() *load {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.traffic
}

func bar(percent float64) string {
	full := int(percent / 10)
	return strings.Repeat("█", full) + strings.Repeat("░", 10-full)
}

func (s *screen) set(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := []rune(status); len(r) > 150 {
		status = string(r[:150])
	}
	s.status = status
	fmt.Fprint(s.out, "\r\x1b[K"+status)
}

// table prints what came of each push.
func (s *screen) table(results []result) {
	if s.json {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		_ = enc.Encode(results)
		return
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\n push\toutcome\tdecided by\tseconds\tbad answers\tfailed by switching")
	for i, r := range results {
		fmt.Fprintf(w, " %d %s\t%s\t%s\t%.1f\t%d\t%d\n", i+1, r.Push, r.Outcome, r.By, r.Seconds, r.Bad, r.Switched)
	}
	_ = w.Flush()
	s.line(strings.TrimRight(text.String(), "\n"))
	all := true
	for i, r := range results {
		if r.Wrong != "" {
			all = false
			s.head(" push %d is not as it should be: %s", i+1, r.Wrong)
		}
	}
	if all {
		s.head("\nAll of it came true, in %.0f s.", time.Since(s.begun).Seconds())
	}
}
