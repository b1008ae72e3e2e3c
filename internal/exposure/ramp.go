package exposure

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/ramp"
	"github.com/davit-cd/davit/internal/record"
)

// Ramp is a ramp as it is kept, with what it is judged by beside the state.
type Ramp struct {
	State   ramp.State
	Bucket  string              `json:",omitempty"` // how the flag's users fall into buckets
	Metrics []experiment.Metric `json:",omitempty"` // guards over events
	version int64               // of the record
}

// ramps are the newest ramp of each flag and environment.
type ramps struct {
	mu      sync.Mutex
	newest  map[string]*Ramp         // by project/environment/key
	working map[string]bool          // ids that have a worker
	nudge   map[string]chan struct{} // by id: the state has changed
	words   map[string]davit.Finding // by id: the last word on it
	drawn   map[string]*rampDrawing  // by id: of those that have a worker
	ctx     context.Context          // of the workers; nil: not started
	tagging sync.Mutex               // one tagging at a time

	second int64
	more   chan struct{} // closed when a newer second is complete
}

func (r *ramps) init() {
	r.newest, r.working = map[string]*Ramp{}, map[string]bool{}
	r.nudge, r.words = map[string]chan struct{}{}, map[string]davit.Finding{}
	r.drawn = map[string]*rampDrawing{}
	r.more = make(chan struct{})
}

func rampKey(project, environment, key string) string {
	return project + "/" + environment + "/" + key
}

// SecondDone says that all samples up to and including a second are kept.
func (b *Book) SecondDone(second int64) {
	r := &b.ramps
	r.mu.Lock()
	defer r.mu.Unlock()
	if second > r.second {
		r.second = second
		close(r.more)
		r.more = make(chan struct{})
	}
}

// readRamps reads what is kept. Only the newest of each flag matters.
func (b *Book) readRamps(ctx context.Context) error {
	return record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindRamp, Oldest: true}, func(rec davit.Record) error {
		r := &Ramp{version: rec.Version}
		if err := record.Decode(rec, r); err != nil {
			return err
		}
		r.version = rec.Version
		key := rampKey(r.State.Project, r.State.Environment, r.State.Flag)
		b.ramps.mu.Lock()
		defer b.ramps.mu.Unlock()
		if old := b.ramps.newest[key]; old == nil || old.State.Epoch < r.State.Epoch {
			b.ramps.newest[key] = r
		}
		return nil
	})
}

// startRamps puts a worker on every ramp under way.
func (b *Book) startRamps(ctx context.Context) {
	r := &b.ramps
	r.mu.Lock()
	r.ctx = ctx
	var active []*Ramp
	for _, one := range r.newest {
		if !one.State.Phase.Final() {
			active = append(active, one)
		}
	}
	r.mu.Unlock()
	for _, one := range active {
		b.workOn(*one)
	}
	b.doing.Go(func() { b.tagAgain(ctx) })
}

// tagAgain tells the router what an earlier process may not have told it.
func (b *Book) tagAgain(ctx context.Context) {
	told := map[[2]string]bool{}
	for _, r := range b.Ramps() {
		at := [2]string{r.State.Service, r.State.Environment}
		if told[at] {
			continue
		}
		told[at] = true
		if err := b.tag(ctx, at[0], at[1]); err != nil && ctx.Err() == nil {
			b.ports.Log.WarnContext(ctx, "tell the router which flags to tell apart", "service", at[0], "err", err)
		}
	}
}

// NewRamp is a wish to ramp a flag.
type NewRamp struct {
	Project     string
	Environment string
	Flag        string
	Service     string // whose telemetry judges it; empty: that of the project's name, if there is one
	Plan        ramp.Plan
	Metrics     []experiment.Metric
}

// StartRamp begins a ramp. The flag is switched on with nobody having the
// variant, in the same transaction.
func (b *Book) StartRamp(ctx context.Context, who Who, n NewRamp) (Ramp, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	kept, err := b.project(n.Project).flag(n.Flag)
	if err != nil {
		return Ramp{}, err
	}
	if !slices.Contains(b.project(n.Project).places(), n.Environment) {
		return Ramp{}, &davit.Error{Kind: davit.NotFound, Text: "ramp " + n.Flag + ": there is no environment " + quoted(n.Environment) + " in the project " + n.Project}
	}
	r, err := b.planned(ctx, who, n, kept.Flag)
	if err != nil {
		return Ramp{}, err
	}
	if kept.Flag.NeedsApproval(n.Environment) {
		return Ramp{}, &davit.Error{Kind: davit.Denied, Text: "ramp " + n.Flag + ": its changes need a second person", Hint: "write the steps into the flag's file, or have the mark approval: needed taken away"}
	}
	if err := b.keepRamp(ctx, nil, &r, []davit.Event{ramp.Planned(r.State)}); err != nil {
		return Ramp{}, err
	}
	b.workOn(r)
	return r, nil
}

// planned checks and completes a wish.
func (b *Book) planned(ctx context.Context, who Who, n NewRamp, f authoring.Flag) (Ramp, error) {
	epoch := uint64(1)
	if last := b.ramps.get(rampKey(n.Project, n.Environment, n.Flag)); last != nil {
		if err := last.State.May(); err != nil {
			return Ramp{}, err
		}
		epoch = last.State.Epoch + 1
	}
	off, on := f.Variant()
	if n.Plan.Variant == "" {
		n.Plan.Variant = on
	}
	if n.Plan.Control == "" {
		n.Plan.Control = off
		if s := f.State(n.Environment); s.Serve.Variant != "" && s.Serve.Variant != n.Plan.Variant {
			n.Plan.Control = s.Serve.Variant
		}
	}
	for _, v := range []string{n.Plan.Variant, n.Plan.Control} {
		if !f.Variants.Has(v) {
			return Ramp{}, &davit.Error{Kind: davit.Invalid, Text: "ramp " + n.Flag + ": it has no variant " + quoted(v)}
		}
	}
	if err := n.Plan.Check(); err != nil {
		return Ramp{}, err
	}
	r := Ramp{Bucket: f.State(n.Environment).Bucket, Metrics: n.Metrics}
	salt, tells := authoring.Salt(f, n.Environment)
	service := n.Service
	if service == "" {
		service = n.Project
	}
	runs, err := b.deployed(ctx, service, n.Environment)
	if err != nil {
		return Ramp{}, fmt.Errorf("ramp %s: look what runs of %s in %s: %w", n.Flag, service, n.Environment, err)
	}
	if !tells || !runs {
		if n.Service != "" {
			return Ramp{}, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("ramp %s: the router cannot tell its users apart at %s in %s", n.Flag, n.Service, n.Environment), Hint: "the service must run there, and the flag must put users into buckets by their targeting key and Davit's own hash"}
		}
		service = ""
	}
	if service == "" && len(n.Metrics) == 0 && slices.ContainsFunc(n.Plan.Steps, func(s ramp.Stage) bool { return s.Judge == davit.JudgePass }) {
		return Ramp{}, &davit.Error{Kind: davit.Invalid, Text: "ramp " + n.Flag + ": a step asks for a PASS, but nothing measures the flag", Hint: "name the service that uses it (--service), guard metrics (--guard), or ramp by time (--over)"}
	}
	if len(n.Metrics) > 0 {
		d := guardDesign(n.Plan, n.Metrics)
		if err := d.Check(); err != nil {
			return Ramp{}, err
		}
		r.Metrics = d.Metrics
	}
	at := b.now()
	r.State = ramp.New(ramp.State{
		ID: fmt.Sprintf("%s/%d", rampKey(n.Project, n.Environment, n.Flag), epoch), Project: n.Project, Environment: n.Environment, Flag: n.Flag,
		Service: service, Salt: salt, Actor: who.Actor, Epoch: epoch, Plan: n.Plan,
	}, at)
	return r, nil
}

// deployed reports whether a service runs somewhere. Not to know it is an error:
// a ramp that the service judges must not begin without.
func (b *Book) deployed(ctx context.Context, service, environment string) (bool, error) {
	if b.ports.Deployment == nil {
		return false, nil
	}
	_, err := b.ports.Deployment(ctx, service, environment)
	if err != nil && davit.KindOf(err) == davit.NotFound {
		return false, nil
	}
	return err == nil, err
}

// keepRamp keeps a ramp and its events and, where that changes whom the flag
// gives the variant, the flag, all in one transaction. The lock is held.
func (b *Book) keepRamp(ctx context.Context, before *ramp.State, r *Ramp, events []davit.Event) error {
	s := r.State
	rec, err := record.With(davit.Record{
		Kind: KindRamp, ID: s.ID, Service: s.Project, Environment: s.Environment, Phase: string(s.Phase), Wake: s.Wake(), Created: s.Created, Version: r.version,
	}, r)
	if err != nil {
		return err
	}
	change := davit.Change{Records: []davit.Record{rec}, Events: events}
	changed := false
	if before == nil || before.Share != s.Share || before.Off != s.Off || before.Phase.Final() != s.Phase.Final() {
		e, err := b.edit(ctx, Edit{
			Project: s.Project, Key: s.Flag, Actor: events[0].Actor, Kind: "flag.ramped", Environment: s.Environment,
			Text:    fmt.Sprintf("The ramp of %s in %s: %s of the users get %s.", s.Flag, s.Environment, s.Share, s.Plan.Variant),
			Unasked: true, Also: change, Data: map[string]string{"ramp": s.ID},
			Change: b.inEnvironment(s.Project, s.Environment, func(_ authoring.Flag, st *authoring.State) error { return serveRamp(before, s, st) }),
		})
		if err != nil {
			return err
		}
		changed = e.Changed
	}
	if !changed {
		if _, err := b.ports.Keeper.Keep(ctx, change); err != nil {
			return fmt.Errorf("keep ramp %s: %w", s.ID, err)
		}
	}
	r.version++
	kept := *r
	b.ramps.set(rampKey(s.Project, s.Environment, s.Flag), &kept)
	return nil
}

// serveRamp makes the flag's state what the ramp wants. A share is raised only
// while the flag is still on and the ramp's.
func serveRamp(before *ramp.State, s ramp.State, st *authoring.State) error {
	mine := st.Ramp == s.ID && st.On
	switch {
	case before == nil:
		st.On, st.Ramp = true, s.ID
	case s.Share > before.Share && !mine:
		return &davit.Error{Kind: davit.Conflict, Text: "ramp " + s.Flag + ": the flag was switched off or changed meanwhile"}
	case st.Ramp != s.ID: // somebody else has the word on it
		return nil
	}
	switch {
	case s.Share == 0:
		st.Serve = authoring.Outcome{Variant: s.Plan.Control}
	case s.Share >= davit.Full:
		st.Serve = authoring.Outcome{Variant: s.Plan.Variant}
	default:
		st.Serve = authoring.Outcome{Split: authoring.Ordered[davit.Weight]{
			{Name: s.Plan.Variant, Value: s.Share}, {Name: s.Plan.Control, Value: davit.Full - s.Share},
		}}
	}
	if s.Off {
		st.On = false
	}
	if s.Phase.Final() {
		st.Ramp = ""
	}
	return nil
}

// draw says how a ramp under way is drawn.
func (r *ramps) draw(id string, d *rampDrawing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drawn[id] = d
}

// drawing of a ramp under way; nil: it has none.
func (r *ramps) drawing(id string) *rampDrawing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drawn[id]
}

func (r *ramps) get(key string) *Ramp {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest[key]
}

func (r *ramps) set(key string, kept *Ramp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.newest[key] = kept
	if c := r.nudge[kept.State.ID]; c != nil {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// feed takes a ramp through an input.
func (b *Book) feed(ctx context.Context, key string, in ramp.Input) (ramp.State, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	r := b.ramps.get(key)
	if r == nil {
		return ramp.State{}, &davit.Error{Kind: davit.NotFound, Text: "there is no ramp of " + key, Hint: "davit ramps start begins one"}
	}
	if err := ramp.Refuse(r.State, in); err != nil {
		return r.State, err
	}
	before, next := r.State, *r
	s, events := ramp.Step(r.State, in)
	if len(events) == 0 {
		return before, nil
	}
	next.State = s
	err := b.keepRamp(ctx, &before, &next, events)
	if err != nil {
		return before, err
	}
	return s, nil
}

// Ramp returns the newest ramp of a flag in an environment; NotFound if there
// was none, and the last word on it.
func (b *Book) Ramp(project, environment, key string) (Ramp, davit.Finding, error) {
	r := b.ramps.get(rampKey(project, environment, key))
	if r == nil {
		return Ramp{}, davit.Finding{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("the flag %s was never ramped in %s", key, environment), Hint: "davit ramps start " + key}
	}
	b.ramps.mu.Lock()
	defer b.ramps.mu.Unlock()
	return *r, b.ramps.words[r.State.ID], nil
}

// Ramps returns the newest ramp of every flag and environment.
func (b *Book) Ramps() []Ramp {
	b.ramps.mu.Lock()
	defer b.ramps.mu.Unlock()
	var out []Ramp
	for _, r := range b.ramps.newest {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Ramp) int { return b.State.Created.Compare(a.State.Created) })
	return out
}

// SteerRamp passes a person's wish to a ramp.
func (b *Book) SteerRamp(ctx context.Context, project, environment, key string, in ramp.Input) (ramp.State, error) {
	return b.feed(ctx, rampKey(project, environment, key), in)
}
