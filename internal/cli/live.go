package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// live keeps one last line on a terminal that says what is going on right now,
// below the lines that stay. Elsewhere there is no such line.
type live struct {
	a    *line
	mu   sync.Mutex
	text string // what stands there now
	stop context.CancelFunc
	done sync.WaitGroup
}

// liveEvery is how often the last line is made anew.
const liveEvery = time.Second

// goLive begins to show what now says, once a second, until end is called.
func (a *line) goLive(ctx context.Context, now func(context.Context) string) *live {
	l := &live{a: a}
	if !a.Terminal || a.json {
		l.stop = func() {}
		return l
	}
	ctx, l.stop = context.WithCancel(ctx)
	l.done.Go(func() {
		tick := time.NewTicker(liveEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				l.set(now(ctx))
			}
		}
	})
	return l
}

// set puts a text on the last line.
func (l *live) set(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = text
	l.draw()
}

// above prints something that stays, above the last line.
func (l *live) above(say func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text != "" {
		fmt.Fprint(l.a.Stdout, "\r\x1b[K")
	}
	say()
	l.draw()
}

func (l *live) draw() {
	if l.text == "" {
		return
	}
	width := 80
	if f, ok := l.a.Stdout.(interface{ Fd() uintptr }); ok {
		if w, _, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			width = w
		}
	}
	fmt.Fprint(l.a.Stdout, "\r\x1b[K", l.a.paint(grey, ansi.Truncate(headline(l.text), width-1, "…")))
}

// end takes the last line away.
func (l *live) end() {
	l.stop()
	l.done.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text != "" {
		fmt.Fprint(l.a.Stdout, "\r\x1b[K")
		l.text = ""
	}
}
