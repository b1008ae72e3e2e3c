package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/davit-cd/davit"
)

const (
	firstPause  = 200 * time.Millisecond // before the second start
	longPause   = time.Minute            // the most between two starts
	loopDeaths  = 3                      // so many deaths …
	loopWithin  = time.Minute            // … in so short a time are a crash loop
	lasting     = time.Minute            // ready for so long, the pauses begin anew
	unknownHold = 3 * time.Second        // the lock may be held by a launcher that has not said who it is
	startWithin = time.Minute
)

// step does what is due for the instance and returns when it wants to be
// called again. It is never under way twice.
func (i *instance) step(now time.Time) time.Time {
	if i.pardon.Swap(false) && i.proc == nil {
		// Asked for anew: what happened before counts no more.
		i.deaths, i.losses, i.startAt = nil, 0, now
		i.fail("", "")
		if i.snapshot().State == davit.CrashLoop {
			i.become(davit.Starting, "to be started again")
		}
	}
	for {
		p := i.proc
		switch {
		case p != nil && p.isDead():
			if !i.bury(now) {
				return now.Add(20 * time.Millisecond)
			}
			continue
		case p != nil && !p.killAt.IsZero():
			return i.stopFurther(now)
		case p != nil && i.giveUp():
			i.become(davit.Stopping, "no longer wanted")
			i.stop(now, "")
			return p.killAt
		case p != nil:
			return i.examine(now)
		case !i.isWanted():
			return i.leave(now)
		case now.Before(i.startAt):
			return i.startAt
		}
		again, next := i.start(now)
		if !again {
			return next
		}
	}
}

// stop asks the process to end; cause is empty if it is no longer wanted.
func (i *instance) stop(now time.Time, cause string) {
	p := i.proc
	p.cause = cause
	p.killAt = now.Add(i.workload().StopWithin)
	i.t.passed("before-signal")
	if p.id.alive() {
		// The leader of the group is this very process, so the group is ours.
		_ = unix.Kill(-p.id.PID, unix.SIGTERM)
	}
	i.t.passed("signalled")
}

// stopFurther waits for the end of a process that was asked to stop, then
// kills all of it, again and again until nothing is left.
func (i *instance) stopFurther(now time.Time) time.Time {
	p := i.proc
	if now.Before(p.killAt) {
		return p.killAt
	}
	if !p.killed {
		p.killed = true
		i.say("still running %s after SIGTERM; killed", i.workload().StopWithin)
	}
	if p.id.alive() {
		_ = unix.Kill(-p.id.PID, unix.SIGKILL)
	}
	i.t.cgroups.kill(i.id)
	return now.Add(100 * time.Millisecond)
}

// bury removes what a dead process left behind, its children above all, and
// takes account of the death. It returns false as long as something is left.
func (i *instance) bury(now time.Time) bool {
	p := i.proc
	i.sweep(p)
	if held(filepath.Join(i.dir, "lock")) {
		if other, ok := i.holder(); ok && other.Attempt != p.id.Attempt {
			i.reap(p)
			i.proc = nil
			i.adopt(now, other) // an older launcher was faster than ours
			return true
		}
		if i.limbo.IsZero() {
			i.limbo = now
		}
		i.killHolders()
		if now.Sub(i.limbo) < unknownHold {
			return false
		}
		i.t.opt.Log.Warn("an unknown process holds the lock", "instance", i.id)
		return false
	}
	i.limbo = time.Time{}
	end := i.reap(p)
	i.proc = nil
	if err := i.spool.drain(now); err != nil {
		i.t.opt.Log.Warn("output is not collected", "instance", i.id, "error", err)
	}
	i.t.passed("buried")
	if !i.isWanted() || !p.killAt.IsZero() && p.cause == "" {
		i.startAt = now // nobody's fault; if it is wanted again, it comes back at once
		return true
	}
	var last identity
	if err := readJSON(filepath.Join(i.dir, "process.json"), &last); p.cmd != nil && (err != nil || last.Attempt != p.id.Attempt) {
		// The launcher gave up; its own line says why.
		i.ends = ending{text: "it could not be started: " + strings.TrimPrefix(i.spool.newest(), "davit: ")}
	} else {
		i.ends = ending{text: fallback(p.cause, end)}
		i.say("%s", i.ends.text)
	}
	i.died(now)
	return true
}

// sweep kills what remains of a process whose leader is dead.
func (i *instance) sweep(p *proc) {
	i.t.cgroups.kill(i.id)
	if start, _ := startTime(p.id.PID); start != "" && start != p.id.Start {
		return // the pid was given out anew, which happens only when its session is empty
	}
	for _, pid := range sessionOf(p.id.PID) {
		if pid != p.id.PID {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
	}
}

// killHolders kills processes that left the session but inherited the lock.
func (i *instance) killHolders() {
	for _, pid := range holdersOf(filepath.Join(i.dir, "lock")) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// reap takes the exit status of an own child and says how the process ended.
func (i *instance) reap(p *proc) string {
	p.cancel()
	text := "the process ended; its exit status is unknown, for it outlived the server that started it"
	if p.cmd != nil {
		_ = p.cmd.Wait()
		text = describe(p.cmd.ProcessState)
	}
	if n := i.t.cgroups.outOfMemory(i.id); n > i.oom {
		i.oom = n
		text += fmt.Sprintf(": out of memory, the limit is %s", bytesText(i.workload().Memory))
	}
	return text
}

// died decides what follows a death that nobody asked for.
func (i *instance) died(now time.Time) {
	if !i.readySince.IsZero() && now.Sub(i.readySince) > lasting {
		i.losses = 0
	}
	wasReady := !i.readySince.IsZero()
	i.readySince = time.Time{}
	i.losses++
	i.deaths = append(recent(i.deaths, now), now)
	pause := min(firstPause<<min(i.losses-1, 20), longPause)
	i.startAt = now.Add(pause)
	i.mu.Lock()
	i.view.Restarts++
	already := i.view.State == davit.CrashLoop || i.failed != ""
	i.mu.Unlock()
	if len(i.deaths) >= loopDeaths || already {
		span := max(now.Sub(i.deaths[0]).Round(time.Second), time.Second)
		text, hint := i.explain(fmt.Sprintf("died %d times in %s", len(i.deaths), span), wasReady)
		if !already {
			i.fail(text, hint)
		}
		if len(i.deaths) >= loopDeaths {
			i.become(davit.CrashLoop, text)
			return
		}
	}
	i.become(davit.BackOff, i.ends.text)
}

// recent returns the deaths that still count. One that is still to come was kept
// by an earlier server, before the clock was set back.
func recent(deaths []time.Time, now time.Time) []time.Time {
	var kept []time.Time
	for _, d := range deaths {
		if passed := now.Sub(d); passed >= 0 && passed < loopWithin {
			kept = append(kept, d)
		}
	}
	return kept
}

// leave removes the instance: nothing of it runs and it is not wanted.
func (i *instance) leave(now time.Time) time.Time {
	l, err := lock(filepath.Join(i.dir, "lock"), false)
	switch {
	case err == nil:
		defer unlock(l) // held while the folder goes: a late launcher finds it taken
	case missing(err):
	default:
		// Somebody runs whom we do not know yet.
		if id, ok := i.holder(); ok {
			i.adopt(now, id)
			return now
		}
		if i.limbo.IsZero() {
			i.limbo = now
		}
		if now.Sub(i.limbo) > unknownHold {
			i.killHolders()
		}
		return now.Add(20 * time.Millisecond)
	}
	if id, ok := i.running(); ok { // it closed the lock file, but it runs
		i.adopt(now, id)
		return now
	}
	_ = i.spool.drain(now)
	trash := filepath.Join(i.t.dir, fmt.Sprintf(".trash-%s-%d", i.id, now.UnixNano()))
	if !i.g.forget(i, func() error { return i.dismantle(trash) }) {
		return now // wanted again
	}
	i.t.passed("forgotten")
	i.spool.close()
	_ = os.RemoveAll(trash)
	i.t.artifacts.collect(i.t.artifactsInUse)
	i.t.pruneLogs(i.snapshot())
	i.become(davit.Stopped, "stopped")
	i.t.agenda.drop(&i.logTurn)
	i.g.left()
	return time.Time{}
}

// dismantle gives everything back that goes by the name of the instance, so
// that a new one of this name may be made at once.
func (i *instance) dismantle(trash string) error {
	_ = os.RemoveAll(i.t.secretDir(i.id))
	i.t.cgroups.drop(i.id)
	i.t.ports.give(i.intent().Port)
	return os.Rename(i.dir, trash)
}
