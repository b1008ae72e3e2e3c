package exposure

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/ramp"
)

// seen is an exposure that the server has caused by evaluating.
type seen struct {
	trial   *Trial
	key     string
	variant string
	at      int64
}

// evaluated notes an exposure if an experiment runs on the flag. It never
// blocks: what does not fit is counted and lost. Whoever is evaluated again is
// noted again.
func (t *trials) evaluated(trial *Trial, r flag.Result, c *flag.Context, at time.Time) {
	if c == nil || r.Variant == "" {
		return
	}
	key := c.TargetingKey()
	if key == "" {
		return
	}
	select {
	case t.seen <- seen{trial, key, r.Variant, at.Unix()}:
	default:
		t.dropped.Add(1)
	}
}

// logExposures keeps exposures, many at a time.
func (b *Book) logExposures(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		b.keepSeen()
		select {
		case <-ctx.Done():
			b.keepSeen()
			return
		case <-tick.C:
		}
	}
}

func (b *Book) keepSeen() {
	items := map[*Trial]map[string]experiment.Item{}
	for range cap(b.trials.seen) {
		select {
		case s := <-b.trials.seen:
			if items[s.trial] == nil {
				items[s.trial] = map[string]experiment.Item{}
			}
			if b.assigned(s.trial, s.key, s.variant) {
				items[s.trial][s.key+"\x00"+s.variant] = experiment.Item{Unit: experiment.UnitOf(s.key), Variant: s.variant, At: s.at}
			}
			continue
		default:
		}
		break
	}
	for t, all := range items {
		var list []experiment.Item
		for _, i := range all {
			list = append(list, i)
		}
		slices.SortFunc(list, func(a, b experiment.Item) int { return int(min(max(a.At-b.At, -1), 1)) })
		if _, err := b.take(t.study(), list); err != nil {
			b.ports.Log.Warn("keep exposures", "experiment", t.id(), "err", err)
		}
	}
}

// take keeps the items that are news; a log on disk does not grow by what it
// knows.
func (b *Book) take(study string, items []experiment.Item) (int, error) {
	if len(items) == 0 {
		return 0, nil
	}
	return b.ports.Studies.Take(study, items)
}

// assigned reports whether chance gave the variant to a user: who has it by a
// rule, by name, or because a group keeps him out, is no part of the experiment.
func (b *Book) assigned(t *Trial, key, variant string) bool {
	b.deciding.Lock()
	p := b.project(t.Project)
	k, err := p.flag(t.Flag)
	_, _, groups := p.all()
	b.deciding.Unlock()
	if err != nil {
		return false
	}
	if _, ours := authoring.Salt(k.Flag, t.Environment); !ours {
		return true // another system's hash: what was evaluated is all there is to know
	}
	got, ok := authoring.Assign(k.Flag, t.Environment, groups, key)
	return ok && got == variant
}

// Event is something that a user did, or an exposure that a program reports.
type Event struct {
	ID      string // names the event: sent twice, it counts once
	Project string
	Key     string // the user's targeting key
	At      time.Time

	Metric string // what was done; empty: an exposure
	Value  float64

	Flag        string // exposures: which flag; events: optional, only for what concerns this flag
	Variant     string // exposures: the variant that the user saw
	Environment string
	Experiment  string // only for this one
}

// Accepted says what came of events.
type Accepted struct {
	Events  int // that are of use to a ramp or an experiment
	Ignored int // that no experiment or ramp under way asks for
	Counted int // news to at least one of them
}

// Limits of events.
const (
	eventAhead  = 5 * time.Minute // how far a clock may be ahead
	eventBehind = 48 * time.Hour  // what is older is refused
	eventKeyMax = 512             // bytes of a key, an id, a name
	EventsMost  = 10_000          // events in one call
)

// Track takes in events. All of them are checked before any is kept; they are on
// disk when it returns.
func (b *Book) Track(_ context.Context, events []Event) (Accepted, error) {
	var out Accepted
	if b.ports.Studies == nil {
		return out, &davit.Error{Kind: davit.Unavailable, Text: "events are not kept here"}
	}
	now := b.now()
	for i := range events {
		if err := events[i].check(now); err != nil {
			return out, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("event %d: %v", i+1, err)}
		}
	}
	items := map[string][]experiment.Item{}
	active, running := b.activeRamps(), b.runningTrials()
	for _, e := range events {
		n := b.sortRamps(e, active, items) + b.sortTrials(e, running, items)
		if n == 0 {
			out.Ignored++
			continue
		}
		out.Events++
	}
	for study, list := range items {
		n, err := b.take(study, list)
		if err != nil {
			return out, err
		}
		out.Counted += n
	}
	return out, nil
}

func (e *Event) check(now time.Time) error {
	if e.At.IsZero() {
		e.At = now
	}
	switch {
	case e.Key == "" || len(e.Key) > eventKeyMax:
		return fmt.Errorf("key is needed, of at most %d bytes: the user's targeting key", eventKeyMax)
	case len(e.ID) > eventKeyMax || len(e.Metric) > eventKeyMax || len(e.Flag) > eventKeyMax || len(e.Variant) > eventKeyMax:
		return fmt.Errorf("a field is longer than %d bytes", eventKeyMax)
	case e.Metric == "" && (e.Flag == "" || e.Variant == ""):
		return fmt.Errorf("it has neither a metric, nor a flag with a variant")
	case e.Metric != "" && e.ID == "":
		return fmt.Errorf("id is needed: by it an event that is sent twice counts once")
	case math.IsNaN(e.Value) || math.IsInf(e.Value, 0):
		return fmt.Errorf("value is no number")
	case e.At.After(now.Add(eventAhead)):
		return fmt.Errorf("at %s is in the future", e.At.UTC().Format(time.RFC3339))
	case e.At.Before(now.Add(-eventBehind)):
		return fmt.Errorf("at %s is more than %s ago", e.At.UTC().Format(time.RFC3339), eventBehind)
	}
	return nil
}

func (b *Book) activeRamps() []Ramp {
	return slices.DeleteFunc(b.Ramps(), func(r Ramp) bool {
		return r.State.Phase.Final() || r.State.Share == 0 || r.State.Share >= davit.Full || len(r.Metrics) == 0
	})
}

func (b *Book) runningTrials() []Trial {
	return slices.DeleteFunc(b.Trials(), func(t Trial) bool { return t.Phase != Running })
}

// sortRamps puts an event where the ramps it concerns find it, and says how many
// there are. Which arm a user is in follows from his bucket.
func (b *Book) sortRamps(e Event, active []Ramp, items map[string][]experiment.Item) (n int) {
	if e.Experiment != "" {
		return 0
	}
	for _, r := range active {
		s := r.State
		if e.Project != s.Project || e.Environment != "" && e.Environment != s.Environment || e.Flag != "" && e.Flag != s.Flag {
			continue
		}
		d := guardDesign(s.Plan, r.Metrics)
		if e.Metric != "" && !d.Wants(e.Metric) {
			continue
		}
		variant := s.Plan.Control
		if s.Salt == "" && e.Metric == "" {
			variant = e.Variant
		} else if flag.Bucket(s.Salt, e.Key, uint32(davit.Full)) < uint32(s.Share) {
			variant = s.Plan.Variant
		}
		if e.At.Before(s.StepSince) {
			continue
		}
		d.Variants[0].Share, d.Variants[1].Share = 1-s.Share.Fraction(), s.Share.Fraction()
		id := rampStudy(s, s.Step)
		if err := b.ports.Studies.Open(id, d); err != nil {
			continue
		}
		items[id] = append(items[id], itemsOf(e, variant, s.Phase != ramp.Pending)...)
		n++
	}
	return n
}

// sortTrials is the same for experiments, whose users are exposed by what was
// evaluated or reported, not by their bucket alone.
func (b *Book) sortTrials(e Event, running []Trial, items map[string][]experiment.Item) (n int) {
	for i := range running {
		t := &running[i]
		if e.Experiment != "" && e.Experiment != t.Name || e.Project != t.Project || e.Environment != "" && e.Environment != t.Environment || e.Flag != "" && e.Flag != t.Flag {
			continue
		}
		if e.Metric == "" {
			if !b.assigned(t, e.Key, e.Variant) {
				continue
			}
		} else if !t.Design.Wants(e.Metric) {
			continue
		}
		items[t.study()] = append(items[t.study()], itemsOf(e, e.Variant, false)...)
		n++
	}
	return n
}

// itemsOf are an event's items: itself and, where the bucket decides, the
// exposure that it proves.
func itemsOf(e Event, variant string, proves bool) []experiment.Item {
	unit, at := experiment.UnitOf(e.Key), e.At.Unix()
	exposure := experiment.Item{Unit: unit, Variant: variant, At: at}
	if e.Metric == "" {
		return []experiment.Item{exposure}
	}
	event := experiment.Item{Unit: unit, ID: experiment.UnitOf(e.ID), Event: e.Metric, Value: e.Value, At: at}
	if proves {
		return []experiment.Item{exposure, event}
	}
	return []experiment.Item{event}
}
