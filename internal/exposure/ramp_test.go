package exposure_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/picture"
	"github.com/davit-cd/davit/internal/ramp"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/study"
)

// production is a world with one service: users that ask, a router that counts,
// and a Book that can be killed and opened again.
type production struct {
	t       *testing.T
	dir     string
	store   *store.Store
	studies *study.Shelf
	book    *exposure.Book
	stop    func()
	rng     *rand.Rand

	mu      sync.Mutex
	now     time.Time
	tags    davit.Tagging
	samples []davit.Sample
	rollout string
	silent  error // why what runs cannot be told

	harm   func(exposed bool, release string) float64 // error rate
	shares []davit.Weight                             // the share users saw, each second
}

// harmful is a share of errors for those who have the variant, and 1 % for the
// others.
func harmful(share float64) func(bool, string) float64 {
	return func(exposed bool, _ string) float64 {
		if exposed {
			return share
		}
		return 0.01
	}
}

func openProduction(t *testing.T) *production {
	t.Helper()
	p := &production{t: t, dir: t.TempDir(), now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), rng: rand.New(rand.NewPCG(1, 2))}
	p.harm = func(bool, string) float64 { return 0.01 }
	var err error
	p.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(p.dir, "state.db"), Now: p.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.store.Close() })
	p.open()
	t.Cleanup(func() { p.kill() })
	return p
}

func (p *production) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// Tag is the router's: fenced, as it is there.
func (p *production) Tag(_ context.Context, t davit.Tagging) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.Epoch < p.tags.Epoch {
		return &davit.Error{Kind: davit.Conflict, Text: "an old tagging"}
	}
	p.tags = t
	return nil
}

// Samples is the telemetry's.
func (p *production) Samples(_ context.Context, _, _ string, from, to int64) ([]davit.Sample, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []davit.Sample
	for _, s := range p.samples {
		if s.Second >= from && s.Second <= to {
			out = append(out, s)
		}
	}
	return out, nil
}

func (p *production) open() {
	p.t.Helper()
	p.studies = study.New(filepath.Join(p.dir, "studies"))
	settings := judge.Defaults()
	settings.MinBake = 10
	p.book = exposure.New(exposure.Ports{
		Keeper: p.store, Folder: filepath.Join(p.dir, "flags"), Now: p.clock, Tagger: p, Telemetry: p, Studies: p.studies,
		Environments: func(context.Context) (map[string][]string, error) {
			return map[string][]string{"shop": {"production"}}, nil
		},
		Deployment: func(context.Context, string, string) (exposure.Deployment, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			return exposure.Deployment{Settings: settings, Stable: "shop-1", Rollout: p.rollout}, p.silent
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if err := p.book.Start(ctx); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends the Book as it stands.
func (p *production) kill() {
	p.stop()
	p.book.Wait()
	_ = p.studies.Close()
}

// live lets a second pass: users ask, the router counts, the Book hears of it
// and has had its say when live returns.
func (p *production) live(requests int) {
	p.t.Helper()
	p.mu.Lock()
	second := p.now.Unix()
	count := map[davit.Mark]*davit.Sample{}
	add := func(m davit.Mark, failed bool) {
		s := count[m]
		if s == nil {
			s = &davit.Sample{Second: second, Service: "shop", Environment: "production", Release: "shop-1", Instance: "a", Mark: m, Hist: davit.Hist{{Index: 40}}}
			count[m] = s
		}
		s.Requests++
		if failed {
			s.Errors++
			return
		}
		s.Hist[0].Count++
	}
	tags := p.tags.Tags
	set, _ := p.book.Set("shop/production")
	share := davit.Weight(0)
	for range requests {
		key := fmt.Sprint(p.rng.IntN(1_000_000))
		exposed := p.evaluates(set, key)
		if exposed {
			share++
		}
		failed := p.rng.Float64() < p.harm(exposed, "shop-1")
		add(davit.Live, failed)
		for _, t := range tags {
			add(davit.ArmMark(t.Flag, flag.Bucket(t.Salt, key, 10_000) < uint32(t.Share)), failed)
		}
	}
	p.shares = append(p.shares, share*davit.Full/davit.Weight(max(requests, 1)))
	for _, s := range count {
		p.samples = append(p.samples, *s)
	}
	p.now = p.now.Add(time.Second)
	p.mu.Unlock()
	p.book.SecondDone(second)
	p.settle(second)
}

func (p *production) evaluates(set *flag.Set, key string) bool {
	c, err := flag.ContextOf(map[string]any{"targetingKey": key})
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Release()
	return set.Evaluate("checkout", c, p.now.Unix()).Variant == "on"
}

// settle waits until the Book has heard of a second and has nothing left to do.
func (p *production) settle(second int64) {
	p.t.Helper()
	late := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		r, word, err := p.book.Ramp("shop", "production", "checkout")
		if err != nil || r.State.Phase.Final() {
			return
		}
		s := r.State
		heard := !word.At.Before(p.clock())
		if s.Service != "" && !s.Exposed.IsZero() {
			heard = heard && word.Evidence["second"] == fmt.Sprint(second)
		}
		if s.Confirmed == s.Revision && heard && word.Step == s.Step {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatalf("the Book does not hear of second %d: %+v %+v", second, s, word)
		}
	}
}

func (p *production) phase() ramp.State {
	p.t.Helper()
	r, _, err := p.book.Ramp("shop", "production", "checkout")
	if err != nil {
		p.t.Fatal(err)
	}
	return r.State
}

func (p *production) flagged() {
	p.t.Helper()
	d, err := authoring.Parse("flags.yaml", []byte("flags: {checkout: {kind: release, owner: pay, purpose: The checkout on one page.}}"), authoring.Defaults{Project: "shop", Now: p.now})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.book.Apply(p.t.Context(), exposure.Application{Document: d, Actor: "ann"}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *production) ramp(n exposure.NewRamp) {
	p.t.Helper()
	n.Project, n.Environment, n.Flag = "shop", "production", "checkout"
	if len(n.Plan.Steps) == 0 {
		n.Plan.Steps = ramp.Steps(5*time.Second, 0)
	}
	if _, err := p.book.StartRamp(p.t.Context(), ann(""), n); err != nil {
		p.t.Fatal(err)
	}
}

func (p *production) told(kind string) []davit.Event {
	p.t.Helper()
	events, err := p.store.Events(p.t.Context(), davit.EventQuery{Kinds: []string{kind}, Limit: 1000})
	if err != nil {
		p.t.Fatal(err)
	}
	return events
}

// TestHealthyRamp holds that a healthy ramp ends at 100 %, step by step, also
// when the server is killed on the way, and that no user who had the variant
// loses it.
func TestHealthyRamp(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	for range 60 {
		p.live(400)
	}
	p.ramp(exposure.NewRamp{})
	for i := range 900 {
		p.live(400)
		if i%37 == 20 { // killed, again and again
			p.kill()
			p.open()
		}
		if p.phase().Phase.Final() {
			break
		}
	}
	if s := p.phase(); s.Phase != ramp.Done || s.Share != davit.Full {
		t.Fatalf("%s at %s: %s", s.Phase, s.Share, s.Reason)
	}
	p.live(200)
	if last := p.shares[len(p.shares)-1]; last != davit.Full {
		t.Errorf("users see %s", last)
	}
	if n := len(p.told("ramp.raised")); n != 4 {
		t.Errorf("raised %d times after the start", n)
	}
	k, err := p.book.Flag("shop", "checkout")
	if st := k.Flag.State("production"); err != nil || st.Serve.Variant != "on" || st.Ramp != "" || !st.On {
		t.Errorf("the flag is %+v", st)
	}
	p.kill() // the last work of the ramp is done then
	if len(p.tags.Tags) != 0 {
		t.Errorf("the router still tells apart %+v", p.tags)
	}
	p.open()
}

// TestBadRamp holds that a variant with three times the errors is back at 0 %
// before 5 %, in one transaction, with a reason, and locked, also when the
// server was killed just before it was seen.
func TestBadRamp(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			p := openProduction(t)
			p.harm = harmful(0.03)
			p.flagged()
			for range 60 {
				p.live(2000)
			}
			p.ramp(exposure.NewRamp{Plan: ramp.Plan{Steps: ramp.Steps(10*time.Minute, 0)}})
			for i := range 600 {
				p.live(2000)
				if killed && i%25 == 24 {
					p.kill()
					p.open()
				}
				if p.phase().Phase.Final() {
					break
				}
			}
			s := p.phase()
			if s.Phase != ramp.Failed || s.Share != 0 || !s.Locked || s.Step != 0 {
				t.Fatalf("%s at %s, step %d: %s", s.Phase, s.Share, s.Step, s.Reason)
			}
			if !strings.Contains(s.Reason, "turning off `checkout` removes") {
				t.Errorf("the reason is %q", s.Reason)
			}
			p.live(2000)
			if last := p.shares[len(p.shares)-1]; last != 0 || slices.Max(p.shares) >= 400 {
				t.Errorf("users see %s, at most %s", last, slices.Max(p.shares))
			}
			failed, ramped := p.told("ramp.failed"), p.told("flag.ramped")
			if len(failed) != 1 || failed[0].Seq < ramped[len(ramped)-2].Seq {
				t.Errorf("told %d times, %+v", len(failed), ramped)
			}
			if _, err := p.book.StartRamp(t.Context(), ann(""), exposure.NewRamp{Project: "shop", Environment: "production", Flag: "checkout", Plan: ramp.Plan{Steps: ramp.Steps(0, 0)}}); davit.KindOf(err) != davit.Conflict {
				t.Errorf("ramped although it is locked: %v", err)
			}
		})
	}
}

// TestRampPicture holds that a ramp is drawn while it is under way and after it,
// in parts, as a whole and judged again, and that the evidence reaches what
// convicts.
func TestRampPicture(t *testing.T) {
	p := openProduction(t)
	p.harm = harmful(0.06)
	p.flagged()
	for range 60 {
		p.live(2000)
	}
	draw := func(after, step int64) picture.Picture {
		t.Helper()
		drawn, s, err := p.book.RampPicture(t.Context(), "shop", "production", "checkout", after, step)
		if err != nil || s.Flag != "checkout" {
			t.Fatal(s, err)
		}
		return drawn
	}
	if _, _, err := p.book.RampPicture(t.Context(), "shop", "production", "checkout", 0, 0); davit.KindOf(err) != davit.NotFound {
		t.Fatal("drawn before there was a ramp:", err)
	}
	p.ramp(exposure.NewRamp{})
	if first := draw(0, 0); len(first.Moments) != 0 {
		t.Fatalf("%d moments before anybody was exposed", len(first.Moments))
	}
	parts := picture.Picture{Step: 1}
	for range 300 {
		p.live(2000)
		if next := draw(parts.Exposed+int64(len(parts.Moments))-picture.Before, parts.Step); next.Exposed != 0 {
			parts.Exposed, parts.Moments = next.Exposed, append(parts.Moments, next.Moments...)
		}
		if p.phase().Phase.Final() {
			break
		}
	}
	if s := p.phase(); s.Phase != ramp.Failed {
		t.Fatalf("%s at %s: %s", s.Phase, s.Share, s.Reason)
	}
	whole := draw(0, 0)
	if n := len(parts.Moments); n < picture.Before || n > len(whole.Moments) || fmt.Sprint(parts.Moments) != fmt.Sprint(whole.Moments[:n]) {
		t.Errorf("drawn in parts it is another picture: %d and %d moments", n, len(whole.Moments))
	}
	if before := whole.Moments[0]; before.Judged || before.Share != 0 || before.New.Requests != 0 || before.Old.Requests != 2000 {
		t.Errorf("before the exposure: %+v", before)
	}
	convicted, judged := 0, 0
	for _, m := range whole.Moments {
		if m.Judged {
			judged++
		}
		if m.Harm >= 1 {
			convicted++
		}
	}
	if last := whole.Moments[len(whole.Moments)-1]; last.Verdict != davit.Fail && last.Share > 0 {
		t.Errorf("the last word is %s at %s", last.Verdict, last.Share)
	}
	if convicted == 0 || judged < 5 || whole.New.Requests == 0 || whole.Old.Requests < 10*whole.New.Requests {
		t.Errorf("%d of %d seconds convict; %d requests against %d", convicted, judged, whole.New.Requests, whole.Old.Requests)
	}
	p.kill()
	p.open()
	p.silent = errors.New("the store is locked")
	if _, _, err := p.book.RampPicture(t.Context(), "shop", "production", "checkout", 0, 0); err == nil || !strings.Contains(err.Error(), "the store is locked") {
		t.Error("not to know what runs is not told:", err)
	}
	p.silent = nil
	if again := draw(0, 0); len(again.Moments) < len(whole.Moments) || fmt.Sprint(again.Moments[:len(whole.Moments)]) != fmt.Sprint(whole.Moments) {
		t.Errorf("judged again it is another picture: %d and %d moments", len(again.Moments), len(whole.Moments))
	}
}

// TestRampOfWhatRuns holds that a ramp begins without a judge where nothing of
// the service runs, but not where that cannot be told.
func TestRampOfWhatRuns(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	n := exposure.NewRamp{Project: "shop", Environment: "production", Flag: "checkout", Plan: ramp.Plan{Steps: ramp.Linear(time.Minute, 3)}}
	p.silent = errors.New("the disk is broken")
	if r, err := p.book.StartRamp(t.Context(), ann(""), n); !errors.Is(err, p.silent) {
		t.Fatal(r, err)
	}
	p.silent = &davit.Error{Kind: davit.NotFound, Text: "nothing of shop serves in production"}
	r, err := p.book.StartRamp(t.Context(), ann(""), n)
	if err != nil || r.State.Service != "" {
		t.Fatal(r, err)
	}
}

// TestRampAndRollout holds that a ramp does not begin in a rollout.
func TestRampAndRollout(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	p.rollout = "shop-production-r7"
	p.ramp(exposure.NewRamp{})
	for range 5 {
		p.live(50)
	}
	if s := p.phase(); s.Phase != ramp.Pending || len(s.Waiting) != 1 || !strings.Contains(s.Waiting[0], "shop-production-r7") {
		t.Errorf("%s %v", s.Phase, s.Waiting)
	}
	p.mu.Lock()
	p.rollout = ""
	p.mu.Unlock()
	for range 5 {
		p.live(50)
	}
	if s := p.phase(); s.Phase != ramp.Holding || s.Share != 100 {
		t.Errorf("%s %s", s.Phase, s.Share)
	}
}

// TestKilledFlagEndsItsRamp holds that nothing raises what a person switched off.
func TestKilledFlagEndsItsRamp(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	p.ramp(exposure.NewRamp{})
	for range 3 {
		p.live(50)
	}
	if _, err := p.book.Kill(t.Context(), ann("it burns"), "shop", "checkout", "production"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.live(50)
	}
	if s := p.phase(); s.Phase != ramp.Aborted || !s.Locked || s.Share != 0 {
		t.Errorf("%s at %s", s.Phase, s.Share)
	}
	if k, _ := p.book.Flag("shop", "checkout"); k.Flag.State("production").On {
		t.Error("the ramp switched on what was killed")
	}
	p.settle(0)
	if _, err := p.book.SteerRamp(t.Context(), "shop", "production", "checkout", ramp.Advance{Actor: "ann", Force: true, Reason: "no", At: p.clock()}); davit.KindOf(err) != davit.Conflict {
		t.Errorf("advanced: %v", err)
	}
}

// TestGuardsOverEvents holds that a guard metric sent in as events takes a ramp
// back, and that too few events hold it.
func TestGuardsOverEvents(t *testing.T) {
	p := openProduction(t)
	p.flagged()
	guard := experiment.Metric{Name: "order", Kind: experiment.Conversion}
	p.ramp(exposure.NewRamp{Plan: ramp.Plan{Steps: []ramp.Stage{{Share: 5000, Hold: time.Second, Judge: davit.JudgeWatch}, {Share: davit.Full, Judge: davit.JudgeWatch}}}, Metrics: []experiment.Metric{guard}})
	for range 8 {
		p.live(50)
	}
	s := p.phase()
	if s.Share != 5000 || s.Phase != ramp.Paused || !strings.Contains(strings.Join(s.Waiting, " "), "fewer than 100 users") {
		t.Fatalf("%s at %s: %v", s.Phase, s.Share, s.Waiting)
	}
	var events []exposure.Event
	for u := range 6000 {
		key := fmt.Sprintf("user-%d", u)
		exposed := flag.Bucket(s.Salt, key, 10_000) < 5000
		variant := map[bool]string{true: "on", false: "off"}[exposed]
		events = append(events, exposure.Event{Project: "shop", Key: key, Flag: "checkout", Variant: variant, At: p.clock()})
		if !exposed && u%5 == 0 || exposed && u%20 == 0 { // 20 % buy without it, 5 % with it
			events = append(events, exposure.Event{ID: key, Project: "shop", Key: key, Metric: "order", At: p.clock()})
		}
	}
	first, err := p.book.Track(t.Context(), events)
	if err != nil || first.Events != len(events) {
		t.Fatalf("%+v %v", first, err)
	}
	again, err := p.book.Track(t.Context(), events)
	if err != nil || again.Counted != 0 {
		t.Errorf("sent again, %+v counts, %v", again, err)
	}
	for range 3 {
		p.live(50)
	}
	if s := p.phase(); s.Phase != ramp.Failed || s.Share != 0 || s.Decided != "guard order" {
		t.Errorf("%s at %s: %s (%s)", s.Phase, s.Share, s.Reason, s.Decided)
	}
	for _, bad := range []exposure.Event{{}, {Key: "u"}, {Key: "u", Metric: "m"}, {Key: "u", Metric: "m", ID: "1", At: p.clock().Add(time.Hour)}, {Key: "u", Metric: "m", ID: "1", At: p.clock().Add(-50 * time.Hour)}} {
		if _, err := p.book.Track(t.Context(), []exposure.Event{bad}); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
