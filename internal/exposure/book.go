package exposure

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/picture"
)

// Book keeps and serves the flags of all projects. It is safe for concurrent
// use; reading a set never waits for a change.
type Book struct {
	ports Ports

	deciding sync.Mutex          // one decision at a time
	projects map[string]*project // guarded by deciding
	saved    map[string][]byte   // what is on disk, as far as this process put it there; guarded by deciding

	served atomic.Pointer[shelf]
	news   atomic.Pointer[chan struct{}] // closed at the next publication
	wakeup chan struct{}                 // what is due has changed
	doing  sync.WaitGroup
	usage  usages
	ramps  ramps
	trials trials

	drawings picture.Album[rampDrawing]
}

// shelf is everything that is served at one time.
type shelf struct {
	sets    map[string]*flag.Set
	tallies map[*flag.Flag]*tally
}

// New returns a Book that serves the last good sets of its folder. Nothing else
// happens before Start.
func New(p Ports) *Book {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	b := &Book{ports: p, projects: map[string]*project{}, saved: map[string][]byte{}, wakeup: make(chan struct{}, 1)}
	b.usage.of = map[string]map[string]*tally{}
	b.ramps.init()
	b.trials.init()
	news := make(chan struct{})
	b.news.Store(&news)
	b.served.Store(&shelf{sets: map[string]*flag.Set{}, tallies: map[*flag.Flag]*tally{}})
	b.place(b.lastGood())
	return b
}

// Start reads what is kept, publishes it, takes the steps of schedules that
// were missed and goes to work under ctx.
func (b *Book) Start(ctx context.Context) error {
	if err := b.read(ctx); err != nil {
		return err
	}
	if err := b.readRamps(ctx); err != nil {
		return err
	}
	if err := b.readTrials(ctx); err != nil {
		return err
	}
	b.tick(ctx)
	b.doing.Go(func() { b.timers(ctx) })
	b.startRamps(ctx)
	b.doing.Go(func() { b.logExposures(ctx) })
	return nil
}

// Wait returns when all work has ended after the context given to Start has.
func (b *Book) Wait() { b.doing.Wait() }

// Set returns the flag set of that id, project/environment, as it is now.
func (b *Book) Set(id string) (*flag.Set, error) {
	if s := b.served.Load().sets[id]; s != nil {
		return s, nil
	}
	return nil, &davit.Error{
		Kind: davit.NotFound, Text: "there is no flag set " + quoted(id),
		Hint: "a set is named project/environment; davit flags list shows the projects",
	}
}

// Sets returns the ids of all sets, sorted.
func (b *Book) Sets() []string { return slices.Sorted(maps.Keys(b.served.Load().sets)) }

// Changed returns a channel that is closed at the next publication. Ask for it
// before reading a set, so that nothing is missed between reading and waiting.
func (b *Book) Changed() <-chan struct{} { return *b.news.Load() }

// now is the time of a decision: to the microsecond, so that JSON and store
// keep it exactly.
func (b *Book) now() time.Time { return b.ports.Now().UTC().Truncate(time.Microsecond) }

// Now is the time by the clock that flags are kept by.
func (b *Book) Now() time.Time { return b.now() }

// nudge makes the timers look again.
func (b *Book) nudge() {
	select {
	case b.wakeup <- struct{}{}:
	default:
	}
}
