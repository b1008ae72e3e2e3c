package process

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/davit-cd/davit"
)

// firstLook is the pause between checks of a process that has just started; it
// grows with the time it takes.
const firstLook = 100 * time.Millisecond

// An instance that has been well is asked again after this part of the time it
// has been well, and at least every slowest.
const (
	paceOfWell = 10
	slowest    = 15 * time.Second
)

// examine checks a running process and returns when to check again.
func (i *instance) examine(now time.Time) time.Time {
	w, p := i.workload(), i.proc
	if !p.by.IsZero() {
		return i.waitReady(w)
	}
	next := i.checkReady(now, w)
	if p.killAt.IsZero() && set(w.Live) {
		if at := i.checkLive(now, w); at.Before(next) {
			next = at
		}
	}
	if !p.killAt.IsZero() {
		return p.killAt
	}
	return next
}

// waitReady looks whether a started process has become ready.
func (i *instance) waitReady(w davit.Workload) time.Time {
	p := i.proc
	what, ok := i.try(w, w.Ready)
	now := time.Now()
	if i.void() {
		return now
	}
	i.note(result{after: now.Sub(p.began), ok: ok, text: what})
	switch {
	case ok:
		p.by = time.Time{}
		i.readySince = now
		i.fail("", "")
		i.ready = checking{next: i.spread(now, w.Ready.Interval)}
		i.live = checking{next: i.spread(now, w.Live.Interval)}
		i.become(davit.Ready, what)
		return i.nextCheck(w)
	case !now.Before(p.by):
		text, hint := i.explain("not ready within "+w.StartWithin.String(), false)
		i.fail(text, hint)
		i.stop(now, "not ready within "+w.StartWithin.String())
		return p.killAt
	}
	pause := min(max(firstLook, now.Sub(p.began)/20), w.Ready.Interval)
	if at := now.Add(pause); at.Before(p.by) {
		return at
	}
	return p.by
}

// checkReady does the readiness check of a process that has been ready.
func (i *instance) checkReady(now time.Time, w davit.Workload) time.Time {
	if now.Before(i.ready.next) {
		return i.ready.next
	}
	what, ok := i.try(w, w.Ready)
	i.ready.next = now.Add(i.interval(now, w.Ready, ok))
	if i.void() {
		return now
	}
	i.note(result{after: now.Sub(i.proc.began), ok: ok, text: what})
	if ok {
		if i.ready.failures >= w.Ready.Failures {
			i.readySince = now
		}
		i.ready.failures = 0
		i.become(davit.Ready, readyAgain(i.snapshot(), what))
		return i.ready.next
	}
	if i.ready.failures++; i.ready.failures >= w.Ready.Failures {
		i.become(davit.NotReady, what)
	}
	return i.ready.next
}

// interval returns the time to the next check. Where nobody asked for a pace,
// an instance is asked the less often the longer it has been well: a death is
// seen at once anyway, a fresh version is looked at closely, and a thousand idle
// instances should cost next to nothing.
func (i *instance) interval(now time.Time, c davit.Check, ok bool) time.Duration {
	if ok && c.Interval == defaultInterval && i.ready.failures+i.live.failures == 0 {
		return min(max(c.Interval, now.Sub(i.readySince)/paceOfWell), slowest)
	}
	return c.Interval
}

// readyAgain keeps the reason of an instance that was ready all along: a check
// that passes as before is no news.
func readyAgain(v davit.Instance, what string) string {
	if v.State == davit.Ready {
		return v.Reason
	}
	return what
}

// checkLive does the liveness check; a process that fails it is restarted.
func (i *instance) checkLive(now time.Time, w davit.Workload) time.Time {
	if now.Before(i.live.next) {
		return i.live.next
	}
	what, ok := i.try(w, w.Live)
	i.live.next = now.Add(i.interval(now, w.Live, ok))
	if i.void() {
		return now
	}
	if ok {
		i.live.failures = 0
		return i.live.next
	}
	if i.live.failures++; i.live.failures >= w.Live.Failures {
		i.become(davit.NotReady, "liveness: "+what)
		i.stop(now, "restarted because the liveness check failed: "+what)
	}
	return i.live.next
}

// void reports whether the answer of a check does not count: the process died
// meanwhile, so that it came from nobody or from a foreign program, or nobody
// wants to know any more.
func (i *instance) void() bool {
	return i.proc.isDead() || i.t.ctx.Err() != nil || !i.isWanted()
}

// try does one check; only so many are under way at a time on this machine.
func (i *instance) try(w davit.Workload, c davit.Check) (string, bool) {
	select {
	case i.t.probing <- struct{}{}:
		defer func() { <-i.t.probing }()
	case <-i.t.ctx.Done():
		return "the server is stopping", false
	}
	ctx, cancel := context.WithCancel(i.t.ctx)
	defer cancel()
	i.interrupt.Store(&cancel)
	defer i.interrupt.Store(nil)
	if i.void() {
		return "", false
	}
	p := probe{port: i.intent().Port, protocol: w.Protocol, dir: i.workDir, env: i.env}
	what, ok := p.try(ctx, c)
	return i.spool.hide(what), ok
}

// nextCheck returns when the earlier of the two checks is due.
func (i *instance) nextCheck(w davit.Workload) time.Time {
	if set(w.Live) && i.live.next.Before(i.ready.next) {
		return i.live.next
	}
	return i.ready.next
}

// spread puts the first regular check somewhere in its interval, for each
// instance elsewhere: a thousand that came up together are not asked together.
func (i *instance) spread(now time.Time, interval time.Duration) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(i.id))
	share := float64(h.Sum32()%1000) / 1000
	return now.Add(time.Duration(float64(interval) * (0.5 + share/2)))
}
