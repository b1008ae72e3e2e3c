package process

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/mask"
)

// instance is one process of a release and what is wanted of it.
type instance struct {
	t     *Target
	g     *group
	id    string
	dir   string
	spool *spool

	turn    turn // supervision
	logTurn turn // collecting output

	pardon    atomic.Bool                        // asked for anew at a higher epoch
	watched   bool                               // the spool announces writes; belongs to the log turn
	interrupt atomic.Pointer[context.CancelFunc] // ends the check under way

	mu     sync.Mutex
	wanted bool
	want   intent         // as it is on disk
	view   davit.Instance // what others see
	failed string         // why the release does not come up, until it does
	hint   string         // how to mend it

	// What follows belongs to the turn.
	proc       *proc
	env        []string // of the last start, for checks by command
	workDir    string
	startAt    time.Time // not before
	expected   bool      // it ran under the last server
	limbo      time.Time // since when the lock is held by an unknown
	ends       ending    // why the last process ended
	deaths     []time.Time
	losses     int       // starts in a row that did not last
	readySince time.Time // zero: not ready in this life
	history    []result  // the last checks, oldest first
	ready      checking
	live       checking
	oom        int
}

// proc is a process under supervision.
type proc struct {
	id     identity
	cmd    *exec.Cmd // nil: adopted from an earlier server
	began  time.Time
	by     time.Time // must be ready by; zero once it has been
	dead   chan struct{}
	cancel func() // of the watch

	killAt time.Time // zero: not being stopped
	killed bool
	cause  string // why Davit stops it, empty if it is no longer wanted
}

// checking is the state of one of the two checks.
type checking struct {
	next     time.Time
	failures int // in a row
}

// result is what one check said.
type result struct {
	after time.Duration // since the start
	ok    bool
	text  string
}

// ending says how a process ended and, if that is known, how to mend it.
type ending struct{ text, hint string }

// keptResults is how many checks an error quotes.
const keptResults = 5

func newInstance(t *Target, g *group, want intent) *instance {
	i := &instance{t: t, g: g, id: want.ID, dir: filepath.Join(t.dir, want.ID), wanted: !want.Stopping, want: want}
	i.view = davit.Instance{
		ID: want.ID, Service: want.Service, Environment: want.Environment, Release: want.Release, Ordinal: want.Ordinal,
		Address: address(want.Port), State: davit.Starting, Reason: "to be started",
	}
	i.spool = &spool{dir: i.dir, rate: t.opt.LogRate, log: &logFile{path: t.logPath(want), size: t.opt.LogSize, keep: t.opt.LogFiles}, hear: i.hear}
	i.turn, i.logTurn = turn{do: i.step, index: -1}, turn{do: i.collect, index: -1}
	return i
}

// keep changes the intent, on disk before anywhere else.
func (i *instance) keep(change func(*intent)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	want := i.want
	change(&want)
	if want == i.want {
		return nil
	}
	if err := writeDurable(filepath.Join(i.dir, "intent.json"), want); err != nil {
		return err
	}
	i.want, i.wanted, i.view.Address = want, !want.Stopping, address(want.Port)
	return nil
}

func (i *instance) isWanted() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.wanted
}

// giveUp marks an instance that is not wanted as stopping, in one step: from
// here on it counts as not ready, even if it is wanted again.
func (i *instance) giveUp() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.wanted {
		i.view.State = davit.Stopping
	}
	return !i.wanted
}

// isReady reports whether the instance is wanted and ready.
func (i *instance) isReady() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.wanted && i.view.State == davit.Ready
}

func (i *instance) snapshot() davit.Instance {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.view
}

func (i *instance) intent() intent {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.want
}

// become sets the state others see, keeps it as a hint and reports it. Only
// the turn calls it, so reports come in order.
func (i *instance) become(state davit.InstanceState, reason string) {
	i.mu.Lock()
	same := i.view.State == state && i.view.Reason == reason
	i.view.State, i.view.Reason = state, reason
	if i.proc != nil {
		i.view.Started = i.proc.began
	}
	view := i.view
	i.mu.Unlock()
	if same {
		return
	}
	if state != davit.Stopped {
		_ = writeHint(filepath.Join(i.dir, "facts.json"), facts{State: state, Reason: reason, Restarts: view.Restarts, Started: view.Started, Deaths: i.deaths})
	}
	i.t.opt.Report(view)
	i.t.changed()
}

// fail keeps why the release does not come up; Await hands it on.
func (i *instance) fail(text, hint string) {
	i.mu.Lock()
	i.failed, i.hint = text, hint
	i.mu.Unlock()
	i.t.changed()
}

func (i *instance) failure() (text, hint string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.failed, i.hint
}

// wake makes the instance take its turn now; a check under way is broken off.
func (i *instance) wake() {
	if cancel := i.interrupt.Load(); cancel != nil {
		(*cancel)()
	}
	i.t.agenda.wake(&i.turn)
}

// note keeps the result of a check.
func (i *instance) note(r result) {
	if len(i.history) == keptResults {
		i.history = append(i.history[:0], i.history[1:]...)
	}
	i.history = append(i.history, r)
}

// collect takes over output; it is the log turn.
func (i *instance) collect(now time.Time) time.Time {
	pause, err := i.spool.collect(now)
	if err != nil && i.isWanted() {
		i.t.opt.Log.Warn("output is not collected", "instance", i.id, "error", err)
		return now.Add(collectIdle)
	}
	if pause < collectIdle {
		return now.Add(pause)
	}
	if !i.watched {
		// The watch may begin after the last write: look once more.
		if i.watched = i.t.events.watch(i.spool.path(), func() { i.t.agenda.wake(&i.logTurn) }); i.watched {
			return now.Add(collectSoon)
		}
	}
	switch {
	case i.watched:
		return now.Add(collectWatched)
	case i.t.hub.followed(i.snapshot()):
		return now.Add(collectSoon)
	}
	return now.Add(pause)
}

func (i *instance) hear(at time.Time, text string) {
	v := i.snapshot()
	i.t.hub.tell(v, LogLine{At: at, Release: v.Release, Instance: v.ID, Ordinal: v.Ordinal, Text: text})
}

// trust tells the spool which secrets to hide.
func (i *instance) trust(values map[string]string) {
	var m *mask.Mask
	if len(values) > 0 {
		all := make([]string, 0, len(values))
		for _, v := range values {
			all = append(all, v)
		}
		m = mask.New(all...)
	}
	i.spool.trust(m)
	i.t.agenda.sooner(&i.logTurn, 0)
}

// say puts a line of Davit's own into the log of the instance.
func (i *instance) say(format string, args ...any) {
	if err := i.spool.say(time.Now(), fmt.Sprintf(format, args...)); err != nil {
		i.t.opt.Log.Warn("log not written", "instance", i.id, "error", err)
	}
}

// isDead reports whether the process is gone, reaped or not.
func (p *proc) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}
