package exposure_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/store"
)

// shelf is a Book over a real store, with a clock that tests set.
type shelf struct {
	t     testing.TB
	dir   string
	store *store.Store
	book  *exposure.Book
	at    time.Time
}

func open(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{t: t, dir: t.TempDir(), at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	kept, err := store.Open(t.Context(), store.Options{Path: filepath.Join(s.dir, "state.db"), Now: func() time.Time { return s.at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	s.store = kept
	s.again()
	return s
}

// again makes another Book of what is kept, as after a restart, and lets it
// work until everything due is done.
func (s *shelf) again() {
	s.t.Helper()
	s.book = exposure.New(s.ports())
	ctx, stop := context.WithCancel(s.t.Context())
	if err := s.book.Start(ctx); err != nil {
		s.t.Fatal(err)
	}
	stop()
	s.book.Wait()
}

func (s *shelf) ports() exposure.Ports {
	return exposure.Ports{
		Keeper: s.store, Folder: filepath.Join(s.dir, "flags"), Now: func() time.Time { return s.at },
		Environments: func(context.Context) (map[string][]string, error) {
			return map[string][]string{"shop": {"staging", "production"}}, nil
		},
	}
}

func (s *shelf) apply(text string) exposure.Applied {
	s.t.Helper()
	d, err := authoring.Parse("flags.yaml", []byte(text), authoring.Defaults{Project: "shop", Now: s.at})
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := s.book.Apply(s.t.Context(), exposure.Application{Document: d, Actor: "ann"})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// gives evaluates a flag in production for a user, counted as served.
func (s *shelf) gives(key, user string) string {
	s.t.Helper()
	set, err := s.book.Set("shop/production")
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := flag.ContextOf(map[string]any{"targetingKey": user})
	if err != nil {
		s.t.Fatal(err)
	}
	r := set.Evaluate(key, c, s.at.Unix())
	s.book.Evaluated(set, r, c)
	c.Release()
	if r.Code != "" {
		return "error " + string(r.Code)
	}
	return r.Variant
}

// told returns the newest events, oldest first.
func (s *shelf) told(n int) []davit.Event {
	s.t.Helper()
	events, err := s.store.Events(s.t.Context(), davit.EventQuery{Newest: true, Limit: n})
	if err != nil {
		s.t.Fatal(err)
	}
	for i, j := 0, len(events)-1; i < j; i, j = i+1, j-1 {
		events[i], events[j] = events[j], events[i]
	}
	return events
}

func (s *shelf) done(e exposure.Edited, err error) exposure.Edited {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func ann(reason string) exposure.Who { return exposure.Who{Actor: "ann", Reason: reason} }

const checkout = "flags: {checkout: {kind: release, owner: pay, purpose: The checkout on one page., environments: {production: {on: true, serve: {on: 10, off: 90}}}}}"

// TestChanges holds that each change is served, told and kept at once.
func TestChanges(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	news := s.book.Changed()
	s.apply(checkout)
	select {
	case <-news:
	default:
		t.Error("nobody was told that flags were published")
	}
	if got := strings.Join(s.book.Sets(), " "); got != "shop/production shop/staging" {
		t.Errorf("sets %s", got)
	}
	before, _ := s.book.Set("shop/production")
	s.done(s.book.Turn(ctx, ann("it works"), "shop", "checkout", "production", false))
	after, _ := s.book.Set("shop/production")
	if before.Revision() == after.Revision() {
		t.Error("a change has the revision of the set before")
	}
	if got := s.gives("checkout", "user-1"); got != "off" {
		t.Errorf("turned off, it gives %s", got)
	}
	s.done(s.book.Serve(ctx, ann(""), "shop", "checkout", "production", authoring.Outcome{Variant: "on"}))
	if got := s.gives("checkout", "user-1"); got != "on" {
		t.Errorf("for all, it gives %s", got)
	}
	e := s.done(s.book.Turn(ctx, ann(""), "shop", "checkout", "production", true))
	if e.Changed {
		t.Error("turning on what is on changed it")
	}
	s.done(s.book.Kill(ctx, ann("wrong totals"), "shop", "checkout", ""))
	kinds := []string{}
	for _, e := range s.told(4) {
		kinds = append(kinds, e.Kind)
		if e.Data["flag"] != "checkout" || e.Data["after"] == "" || e.Service != "shop" {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(kinds, " "); got != "flag.created flag.off flag.ramped flag.killed" {
		t.Errorf("told %s", got)
	}
	if last := s.told(1)[0]; last.Text != "ann killed the flag checkout everywhere: wrong totals" {
		t.Error(last.Text)
	}
	if _, err := s.book.Kill(ctx, ann(""), "shop", "checkout", ""); davit.KindOf(err) != davit.Invalid {
		t.Errorf("killed without a reason: %v", err)
	}
	if _, err := s.book.Turn(ctx, ann(""), "shop", "checkout", "prodution", true); davit.KindOf(err) != davit.NotFound {
		t.Errorf("turned on where nobody is: %v", err)
	}
	if _, err := s.book.Turn(ctx, exposure.Who{Actor: "ann", Version: 2}, "shop", "checkout", "production", true); davit.KindOf(err) != davit.Conflict {
		t.Errorf("a change meant for an older version: %v", err)
	}
	s.again()
	if got := s.gives("checkout", "user-1"); got != "off" {
		t.Errorf("after a restart it gives %s", got)
	}
}

// TestHistory holds that each version can be seen, compared and returned to.
func TestHistory(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.apply(checkout)
	s.done(s.book.Serve(ctx, ann("more"), "shop", "checkout", "production", authoring.Outcome{Split: authoring.Ordered[davit.Weight]{{Name: "off", Value: 7500}, {Name: "on", Value: 2500}}}))
	s.done(s.book.Turn(ctx, ann(""), "shop", "checkout", "production", false))
	history, err := s.book.History(ctx, "shop", "checkout", 0, 10)
	if err != nil || len(history) != 3 {
		t.Fatalf("%d versions, %v", len(history), err)
	}
	diffs := authoring.Diff(history[2].Flag, history[1].Flag)
	if len(diffs) != 1 || diffs[0].String() != "production: serve: 10 % on, 90 % off → 25 % on, 75 % off" {
		t.Errorf("%v", diffs)
	}
	e := s.done(s.book.Undo(ctx, ann("the old way"), "shop", "checkout", 1))
	if e.Flag.Version != 4 || e.Flag.Flag.Fingerprint() != history[2].Flag.Fingerprint() {
		t.Errorf("undone to %+v", e.Flag)
	}
	if err := s.book.Remove(ctx, ann("done"), "shop", "checkout"); err != nil {
		t.Fatal(err)
	}
	if got := s.gives("checkout", "user-1"); got != "error FLAG_NOT_FOUND" {
		t.Errorf("removed, it gives %s", got)
	}
	s.again()
	s.apply(checkout)
	k, err := s.book.Flag("shop", "checkout")
	if err != nil || k.Version != 6 {
		t.Errorf("made again: version %d, %v", k.Version, err)
	}
}

// TestApproval holds that a change of a marked flag needs a second person, who
// says yes to exactly that change.
func TestApproval(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.apply(strings.Replace(checkout, "production: {", "production: {approval: needed, ", 1))
	e := s.done(s.book.Turn(ctx, ann("enough"), "shop", "checkout", "production", false))
	if e.Proposal == nil || e.Changed {
		t.Fatalf("%+v", e)
	}
	hash := e.Proposal.Hash
	if _, err := s.book.Approve(ctx, "ann", "shop", "checkout", hash, ""); davit.KindOf(err) != davit.Denied {
		t.Errorf("approved by herself: %v", err)
	}
	if _, err := s.book.Approve(ctx, "ben", "shop", "checkout", "nosuch", ""); davit.KindOf(err) != davit.NotFound {
		t.Errorf("approved what nobody proposed: %v", err)
	}
	// Another change, in between, makes the proposal void.
	s.done(s.book.Turn(ctx, ann(""), "shop", "checkout", "staging", true))
	if _, err := s.book.Approve(ctx, "ben", "shop", "checkout", hash, ""); davit.KindOf(err) != davit.Conflict {
		t.Errorf("approved what is no longer what was looked at: %v", err)
	}
	e = s.done(s.book.Turn(ctx, ann("enough"), "shop", "checkout", "production", false))
	waiting, err := s.book.Proposals(ctx, "shop", "checkout")
	if err != nil || len(waiting) != 2 {
		t.Fatalf("%d wait, %v", len(waiting), err)
	}
	s.done(s.book.Approve(ctx, "ben", "shop", "checkout", e.Proposal.Hash, "looks right"))
	if got := s.gives("checkout", "user-1"); got != "off" {
		t.Errorf("approved, it gives %s", got)
	}
	told := s.told(2)
	if told[0].Kind != "flag.approved" || told[0].Actor != "ben" || told[1].Kind != "flag.off" || told[1].Actor != "ann" {
		t.Errorf("%+v", told)
	}
	e = s.done(s.book.Turn(ctx, ann(""), "shop", "checkout", "production", true))
	s.at = s.at.Add(8 * 24 * time.Hour)
	if _, err := s.book.Approve(ctx, "ben", "shop", "checkout", e.Proposal.Hash, ""); davit.KindOf(err) != davit.Conflict {
		t.Errorf("approved after a week: %v", err)
	}
	// In need, nobody waits for a second person.
	if e := s.done(s.book.Kill(ctx, ann("it burns"), "shop", "checkout", "production")); e.Proposal != nil {
		t.Error("killing waits for a second person")
	}
}

// TestSchedule holds that steps are exact, that a restart neither forgets nor
// repeats them, and what a clock that jumps does.
func TestSchedule(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	s.apply(checkout)
	begin := s.at
	for i, o := range []authoring.Outcome{{Variant: "on"}, {Variant: "off"}, {Variant: "on"}} {
		s.done(s.book.Schedule(ctx, ann(""), "shop", "checkout", "production", authoring.Change{At: begin.Add(time.Duration(i+1) * time.Hour), Serve: &o}))
	}
	// What is served is exact by itself, whether or not anybody is there.
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{time.Hour - time.Second, "off"}, {time.Hour, "on"}, {2*time.Hour - time.Second, "on"}, {2 * time.Hour, "off"}, {3 * time.Hour, "on"}, {300 * time.Hour, "on"}} {
		s.at = begin.Add(c.after)
		if got := s.gives("checkout", "user-9"); got != c.want {
			t.Errorf("after %s: %s, want %s", c.after, got, c.want)
		}
	}
	s.at = begin.Add(2*time.Hour + time.Minute + time.Second)
	s.again() // two steps are behind it
	k, err := s.book.Flag("shop", "checkout")
	if err != nil || len(k.Flag.State("production").Schedule) != 1 || k.Flag.State("production").Serve.Variant != "off" {
		t.Errorf("%+v, %v", k.Flag.State("production"), err)
	}
	told := s.told(1)[0]
	if told.Kind != "flag.stepped" || !strings.Contains(told.Text, "told 1m1s late") || !strings.Contains(told.Text, "the last of 2 steps") {
		t.Errorf("%+v", told)
	}
	version := k.Version
	s.again()
	if k, _ := s.book.Flag("shop", "checkout"); k.Version != version {
		t.Error("a restart took a step twice")
	}
	s.at = begin // the clock is set back: what was taken stays taken
	s.again()
	if k, _ := s.book.Flag("shop", "checkout"); k.Version != version || s.gives("checkout", "user-9") != "off" {
		t.Error("a clock set back undid a step")
	}
	s.at = begin.Add(3 * time.Hour)
	s.again()
	if k, _ := s.book.Flag("shop", "checkout"); len(k.Flag.State("production").Schedule) != 0 || s.gives("checkout", "user-9") != "on" {
		t.Error("the last step was not taken")
	}
	if _, err := s.book.Schedule(ctx, ann(""), "shop", "checkout", "production", authoring.Change{At: s.at.Add(-time.Second)}); davit.KindOf(err) != davit.Invalid {
		t.Errorf("scheduled in the past: %v", err)
	}
}

// TestLastGood holds that the sets of before are served before anything is
// read, and that what does not fit never takes their place.
func TestLastGood(t *testing.T) {
	s := open(t)
	s.apply(checkout)
	set, _ := s.book.Set("shop/production")
	early := exposure.New(s.ports()) // not started
	again, err := early.Set("shop/production")
	if err != nil || again.Revision() != set.Revision() {
		t.Errorf("not served from disk: %v", err)
	}
	d, err := authoring.Parse("f", []byte("flags: {a: {kind: release, owner: o, purpose: p, environments: {production: {needs: {nosuch: on}}}}}"), authoring.Defaults{Project: "shop", Now: s.at})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.book.Apply(t.Context(), exposure.Application{Document: d, Actor: "ann"}); davit.KindOf(err) != davit.Invalid {
		t.Errorf("taken: %v", err)
	}
	if now, _ := s.book.Set("shop/production"); now != set {
		t.Error("a broken change touched what is served")
	}
	if _, err := s.book.Set("nosuch/production"); davit.KindOf(err) != davit.NotFound {
		t.Errorf("a set that is not there: %v", err)
	}
}

// TestFollow holds that the structure of a flag follows its file and what people
// changed stays, shown as drift.
func TestFollow(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	push := func(text string) exposure.Applied {
		t.Helper()
		made := func(key string) time.Time {
			k, err := s.book.Flag("shop", key)
			if err != nil {
				return time.Time{}
			}
			return k.Flag.Created
		}
		d, err := authoring.Parse("davit.flags.yaml", []byte(text), authoring.Defaults{Project: "shop", Now: s.at, Created: made})
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.book.Apply(ctx, exposure.Application{Document: d, Actor: "ann", Origin: &exposure.Origin{Repo: "shop", Path: "davit.flags.yaml", Commit: "c"}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	push(checkout)
	s.at = s.at.Add(time.Hour)
	if out := push(checkout); len(out.Same) != 1 {
		t.Errorf("the same file changed %+v", out)
	}
	s.done(s.book.Turn(ctx, ann(""), "shop", "checkout", "production", false))
	other := strings.Replace(strings.Replace(checkout, "owner: pay", "owner: web", 1), "on: 10, off: 90", "on: 20, off: 80", 1)
	if out := push(other); len(out.Changed) != 1 {
		t.Errorf("another file changed %+v", out)
	}
	k, _ := s.book.Flag("shop", "checkout")
	state := k.Flag.State("production")
	if k.Flag.Owner != "web" || state.On || state.Serve.String() != "20 % on, 80 % off" {
		t.Errorf("%s %+v", k.Flag.Owner, state)
	}
	drift := authoring.Drift(k.File.Flag, k.Flag)
	if len(drift) != 1 || drift[0].String() != "production: on: on → off" {
		t.Errorf("%v", drift)
	}
	if out := push("flags: {}"); len(out.Gone) != 1 {
		t.Errorf("a flag that is gone from the file: %+v", out)
	}
}

// TestCounts holds that evaluations are counted, and kept over a restart.
func TestCounts(t *testing.T) {
	s := open(t)
	s.apply(checkout)
	for range 5 {
		s.gives("checkout", "user-2")
	}
	s.again() // takes up what the Book before has kept: nothing, as it was not stopped
	s.gives("checkout", "user-2")
	s.gives("checkout", "user-2")
	use := s.book.Use("shop", "checkout", "production")
	if use.Variants["off"].Count != 2 || !use.Last().Equal(s.at) {
		t.Errorf("%+v", use)
	}
	ctx, stop := context.WithCancel(t.Context())
	if err := s.book.Start(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	s.book.Wait()
	s.again()
	if use := s.book.Use("shop", "checkout", "production"); use.Variants["off"].Count != 2 {
		t.Errorf("after a restart: %+v", use)
	}
}

func BenchmarkEvaluated(b *testing.B) {
	s := open(b)
	s.apply(checkout)
	set, err := s.book.Set("shop/production")
	if err != nil {
		b.Fatal(err)
	}
	r := set.Evaluate("checkout", nil, s.at.Unix())
	for b.Loop() {
		s.book.Evaluated(set, r, nil)
	}
}
