package exposure

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/record"
)

// Evaluated counts an evaluation of a flag of a set. It takes a few dozen
// nanoseconds and never blocks; an evaluation of a set that is no longer served
// may go uncounted.
func (b *Book) Evaluated(_ *flag.Set, r flag.Result, c *flag.Context) {
	t := b.served.Load().tallies[r.Flag]
	if t == nil {
		return
	}
	t.add(r.Variant)
	if trial := t.trial.Load(); trial != nil {
		b.trials.evaluated(trial, r, c, b.ports.Now())
	}
}

// tally counts the evaluations of one flag in one set since the process began.
// Variants are few, so they are looked for one by one; once a variant has its
// place it keeps it.
type tally struct {
	mu     sync.Mutex // for a new variant only
	counts atomic.Pointer[[]*count]
	trial  atomic.Pointer[Trial] // the experiment that runs on the flag; nil: none

	flushed []uint64 // what was taken up already; only used by take
	kept    Use      // guarded by usages.mu
	dirty   bool     // kept has more than the store
}

type count struct {
	variant string
	n       atomic.Uint64
}

func (t *tally) add(variant string) {
	if list := t.counts.Load(); list != nil {
		for _, c := range *list {
			if c.variant == variant {
				c.n.Add(1)
				return
			}
		}
	}
	t.place(variant).n.Add(1)
}

func (t *tally) place(variant string) *count {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*count
	if old := t.counts.Load(); old != nil {
		for _, c := range *old {
			if c.variant == variant {
				return c
			}
		}
		list = append(list, *old...)
	}
	c := &count{variant: variant}
	list = append(list, c)
	t.counts.Store(&list)
	return c
}

// take adds what was counted since the last time to kept, as seen at a time.
func (t *tally) take(at time.Time) {
	list := t.counts.Load()
	if list == nil {
		return
	}
	for i, c := range *list {
		if i == len(t.flushed) {
			t.flushed = append(t.flushed, 0)
		}
		n := c.n.Load()
		if more := n - t.flushed[i]; more > 0 {
			t.flushed[i], t.dirty = n, true
			t.kept = t.kept.plus(c.variant, more, at)
		}
	}
}

// Use is how a flag was used in one environment.
type Use struct {
	Variants map[string]Seen // empty name: the program's own default
}

// Seen is how often a variant was given, and when last.
type Seen struct {
	Count uint64
	Last  time.Time
}

// Last returns when the flag was last evaluated; zero: never.
func (u Use) Last() time.Time {
	var last time.Time
	for _, s := range u.Variants {
		if s.Last.After(last) {
			last = s.Last
		}
	}
	return last
}

func (u Use) plus(variant string, n uint64, at time.Time) Use {
	out := Use{Variants: map[string]Seen{}}
	maps.Copy(out.Variants, u.Variants)
	out.Variants[variant] = Seen{out.Variants[variant].Count + n, at}
	return out
}

// Usage is how the flags of one set were used, by key.
type Usage struct{ Flags map[string]Use }

// usages are the tallies of all flags that were ever served by this process.
type usages struct {
	mu sync.Mutex
	of map[string]map[string]*tally // set id, key
}

func (u *usages) tally(id, key string) *tally {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[id] == nil {
		u.of[id] = map[string]*tally{}
	}
	if u.of[id][key] == nil {
		u.of[id][key] = &tally{}
	}
	return u.of[id][key]
}

// read takes up what was kept by an earlier process.
func (u *usages) read(rec davit.Record) error {
	var kept Usage
	if err := record.Decode(rec, &kept); err != nil {
		return err
	}
	for key, use := range kept.Flags {
		t := u.tally(rec.ID, key)
		u.mu.Lock()
		t.kept = use
		u.mu.Unlock()
	}
	return nil
}

// take returns what is to be kept of the sets that were used since the last
// time.
func (u *usages) take(at time.Time) map[string]Usage {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := map[string]Usage{}
	for id, flags := range u.of {
		changed := false
		for _, t := range flags {
			t.take(at)
			changed, t.dirty = changed || t.dirty, false
		}
		if !changed {
			continue
		}
		usage := Usage{Flags: map[string]Use{}}
		for key, t := range flags {
			if len(t.kept.Variants) > 0 {
				usage.Flags[key] = t.kept
			}
		}
		out[id] = usage
	}
	return out
}

// Use returns how a flag was used in an environment, counted up to now.
func (b *Book) Use(project, key, environment string) Use {
	t := b.usage.tally(project+"/"+environment, key)
	b.usage.mu.Lock()
	defer b.usage.mu.Unlock()
	t.take(b.now())
	return t.kept
}
