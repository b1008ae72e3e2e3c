package router

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// tagging is what is told apart in one place now; nil: nothing. It belongs to
// the place, not to its route, so that neither change has to know the other.
type tagging struct {
	atomic.Pointer[davit.Tagging]
}

// arms are the cells of requests told apart by flags. Most versions and
// instances never have any.
type arms struct {
	atomic.Pointer[map[string]*[2]cell] // by flag: not exposed, exposed
}

// cell returns where requests of one arm are counted, made if need be.
func (a *arms) cell(key string, exposed bool) *cell {
	for {
		now := a.Load()
		if now != nil {
			if c := (*now)[key]; c != nil {
				return &c[armIndex(exposed)]
			}
		}
		next := map[string]*[2]cell{key: {}}
		if now != nil {
			maps.Copy(next, *now)
		}
		a.CompareAndSwap(now, &next)
	}
}

func armIndex(exposed bool) int {
	if exposed {
		return 1
	}
	return 0
}

// each calls fn with the cells there are.
func (a *arms) each(fn func(m davit.Mark, c *cell)) {
	now := a.Load()
	if now == nil {
		return
	}
	for key, c := range *now {
		fn(davit.ArmMark(key, false), &c[0])
		fn(davit.ArmMark(key, true), &c[1])
	}
}

// keep forgets the cells of flags that are not told apart any more. A request
// that is being counted there at this very instant is lost to that flag, which
// nobody asks about.
func (a *arms) keep(t *davit.Tagging) {
	now := a.Load()
	if now == nil {
		return
	}
	next := map[string]*[2]cell{}
	for key, c := range *now {
		if t != nil && slices.ContainsFunc(t.Tags, func(t davit.Tag) bool { return t.Flag == key }) {
			next[key] = c
		}
	}
	switch {
	case len(next) == len(*now):
	case len(next) == 0:
		a.CompareAndSwap(now, nil)
	default:
		a.CompareAndSwap(now, &next)
	}
}

// countArms counts the request for each flag that its user is, or is not,
// exposed to.
func (x *exchange) countArms(t *davit.Tagging, o outcome) {
	key := x.user(x.route)
	if key == "" {
		return
	}
	a := &x.lane.arms
	if x.backend != nil {
		a = &x.backend.arms
	}
	for i := range t.Tags {
		tag := &t.Tags[i]
		exposed := flag.Bucket(tag.Salt, key, uint32(davit.Full)) < uint32(tag.Share)
		a.cell(tag.Flag, exposed).count(o)
	}
}

// user returns the key that the service knows the request's user by, which is
// what it will ask about flags with: the configured header or cookie, and where
// neither is configured the router's own cookie. Empty: it is not known.
func (x *exchange) user(rt *route) string {
	s := rt.Sticky
	if s.Header != "" {
		if v := x.r.Header.Get(s.Header); v != "" && len(v) <= keyLimit {
			return v
		}
	}
	name := s.Cookie
	if name == "" && s.Header == "" {
		name = rt.cookie
	}
	if name == "" {
		return ""
	}
	if v := cookieValue(x.r.Header["Cookie"], name); len(v) <= keyLimit {
		return v
	}
	return ""
}

// tag changes what is told apart in one place: kept first, then in effect.
func (p *plane) tag(t davit.Tagging) error {
	if err := checkTagging(&t); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leaving {
		return errLeaving
	}
	at := place{t.Service, t.Environment}
	now := p.tags(at).Load()
	switch {
	case now == nil:
	case t.Epoch < now.Epoch:
		return conflict("tag requests of %s: epoch %d is over, %d has begun", at, t.Epoch, now.Epoch)
	case t.Epoch == now.Epoch && !reflect.DeepEqual(*now, t):
		return conflict("tag requests of %s: epoch %d is another tagging", at, t.Epoch)
	case t.Epoch == now.Epoch:
		return nil
	}
	p.tags(at).Store(&t)
	if err := p.state.save(p.kept(p.table.Load())); err != nil {
		p.tags(at).Store(now)
		return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("tag requests of %s", at), Err: err}
	}
	return nil
}

// followTag takes over what the successor has checked and kept.
func (p *plane) followTag(t davit.Tagging) error {
	if err := checkTagging(&t); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tags(place{t.Service, t.Environment}).Store(&t)
	return nil
}

// tags returns what is told apart in a place. The lock is held.
func (p *plane) tags(at place) *tagging {
	t := p.taggings[at]
	if t == nil {
		t = &tagging{}
		p.taggings[at] = t
	}
	return t
}

func checkTagging(t *davit.Tagging) error {
	bad := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("tagging of %s/%s: "+format, append([]any{t.Service, t.Environment}, args...)...)}
	}
	if t.Service == "" || t.Environment == "" {
		return bad("a service and an environment are needed")
	}
	if len(t.Tags) > davit.MostTags {
		return bad("%d flags, at most %d can be told apart", len(t.Tags), davit.MostTags)
	}
	for i, tag := range t.Tags {
		if tag.Flag == "" || tag.Share < 0 || tag.Share > davit.Full {
			return bad("flag %q has share %d", tag.Flag, tag.Share)
		}
		if slices.ContainsFunc(t.Tags[:i], func(other davit.Tag) bool { return other.Flag == tag.Flag }) {
			return bad("flag %q is named twice", tag.Flag)
		}
	}
	return nil
}
