package exposure

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/flag/authoring"
	"github.com/davit-cd/davit/internal/record"
)

// Trial is an experiment as it is kept.
type Trial struct {
	Project     string
	Name        string
	Environment string
	Flag        string
	Owner       string
	Hypothesis  string // what is expected, and why
	Design      experiment.Design
	Phase       TrialPhase
	Created     time.Time
	Started     time.Time
	Stopped     time.Time
	Decided     *Decision          `json:",omitempty"`
	Result      *experiment.Result `json:",omitempty"` // as it was when it was stopped
	version     int64
}

// TrialPhase says where an experiment stands.
type TrialPhase string

// The phases of an experiment: draft ─► running ─► stopped ─► decided.
const (
	Draft   TrialPhase = "draft"
	Running TrialPhase = "running"
	Stopped TrialPhase = "stopped"
	Decided TrialPhase = "decided"
)

// Decision is what came of an experiment.
type Decision struct {
	Variant string // that everybody gets, or should
	Actor   string
	Reason  string
	At      time.Time
	Against bool // it is not what the numbers say
}

// trials are the experiments.
type trials struct {
	mu      sync.Mutex
	all     map[string]*Trial // by project/name
	seen    chan seen         // exposures on their way to the disk
	dropped atomic.Uint64
}

func (t *trials) init() {
	t.all = map[string]*Trial{}
	t.seen = make(chan seen, 16<<10)
}

func (t *Trial) id() string { return t.Project + "/" + t.Name }

// study names the log of an experiment.
func (t *Trial) study() string { return StudyOf(t.Project, t.Name) }

// StudyOf names the log of an experiment.
func StudyOf(project, name string) string { return "experiment/" + project + "/" + name }

// readTrials reads what is kept, and goes on with what is running.
func (b *Book) readTrials(ctx context.Context) error {
	err := record.All(ctx, b.ports.Keeper, davit.Query{Kind: KindTrial}, func(rec davit.Record) error {
		t := &Trial{}
		if err := record.Decode(rec, t); err != nil {
			return err
		}
		t.version = rec.Version
		b.trials.all[t.id()] = t
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range b.trials.all {
		if t.Phase == Running || t.Phase == Stopped {
			if err := b.openTrial(t); err != nil {
				b.ports.Log.WarnContext(ctx, "open experiment", "experiment", t.id(), "err", err)
			}
		}
	}
	b.refreshTrials()
	return nil
}

func (b *Book) openTrial(t *Trial) error {
	if b.ports.Studies == nil {
		return &davit.Error{Kind: davit.Unavailable, Text: "experiments are not kept here"}
	}
	return b.ports.Studies.Open(t.study(), t.Design)
}

// refreshTrials has Evaluated note what running experiments ask for. The lock is
// held, or nobody else is there.
func (b *Book) refreshTrials() {
	running := map[*tally]*Trial{}
	for _, t := range b.trials.all {
		tally := b.usage.tally(t.Project+"/"+t.Environment, t.Flag)
		if _, there := running[tally]; t.Phase == Running || !there {
			running[tally] = nil
		}
		if t.Phase == Running {
			running[tally] = t
		}
	}
	for tally, t := range running {
		tally.trial.Store(t)
	}
}

var trialName = regexp.MustCompile("^[a-z0-9][a-z0-9-]{0,62}$")

// CreateTrial makes an experiment, which is not running yet. Its variants and
// shares are those the flag splits its users into; the first of the design's
// variants, or the flag's off variant, is control.
func (b *Book) CreateTrial(ctx context.Context, who Who, t Trial) (Trial, error) {
	bad := func(format string, args ...any) (Trial, error) {
		return Trial{}, &davit.Error{Kind: davit.Invalid, Text: "experiment " + t.Name + ": " + fmt.Sprintf(format, args...)}
	}
	if !trialName.MatchString(t.Name) {
		return bad("the name must be of small letters, digits and dashes")
	}
	if t.Hypothesis == "" {
		return bad("say what you expect, and why: it needs a hypothesis")
	}
	b.deciding.Lock()
	defer b.deciding.Unlock()
	kept, err := b.project(t.Project).flag(t.Flag)
	if err != nil {
		return Trial{}, err
	}
	if t.Design.Variants, err = armsOf(kept.Flag, t); err != nil {
		return Trial{}, err
	}
	if err := t.Design.Check(); err != nil {
		return Trial{}, err
	}
	b.trials.mu.Lock()
	defer b.trials.mu.Unlock()
	if b.trials.all[t.id()] != nil {
		return Trial{}, &davit.Error{Kind: davit.Conflict, Text: "there is an experiment " + t.Name + " in " + t.Project + " already", Hint: "experiments stay on record: choose another name"}
	}
	t.Phase, t.Created, t.version = Draft, b.now(), 0
	return b.keepTrial(ctx, who, t, "experiment.created", fmt.Sprintf("%s planned the experiment %s on the flag %s: %s", who.Actor, t.Name, t.Flag, t.Hypothesis), nil)
}

// armsOf are the variants that the flag splits its users into, control first.
func armsOf(f authoring.Flag, t Trial) ([]experiment.Arm, error) {
	s := f.State(t.Environment)
	if len(s.Serve.Split) < 2 {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("experiment %s: the flag %s does not split its users in %s", t.Name, t.Flag, t.Environment), Hint: "davit flags ramp " + t.Flag + " --to 50 --env " + t.Environment}
	}
	control := s.Off
	if len(t.Design.Variants) > 0 {
		control = t.Design.Variants[0].Name
	}
	var arms []experiment.Arm
	for _, v := range s.Serve.Split {
		if v.Value == 0 {
			continue
		}
		arm := experiment.Arm{Name: v.Name, Share: v.Value.Fraction()}
		if v.Name == control {
			arms = slices.Insert(arms, 0, arm)
			continue
		}
		arms = append(arms, arm)
	}
	if len(arms) == 0 || arms[0].Name != control {
		return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("experiment %s: nobody gets the variant %q, which is to be control", t.Name, control)}
	}
	return arms, nil
}

// keepTrial keeps an experiment with the event that belongs to it. The locks are held.
func (b *Book) keepTrial(ctx context.Context, who Who, t Trial, kind, text string, data map[string]string) (Trial, error) {
	rec, err := record.With(davit.Record{Kind: KindTrial, ID: t.id(), Service: t.Project, Environment: t.Environment, Phase: string(t.Phase), Created: t.Created, Version: t.version}, t)
	if err != nil {
		return t, err
	}
	facts := map[string]string{"experiment": t.Name, "flag": t.Flag, "project": t.Project}
	if who.Reason != "" {
		facts["reason"] = who.Reason
	}
	maps.Copy(facts, data)
	event := davit.Event{At: b.now(), Kind: kind, Actor: who.Actor, Service: t.Project, Environment: t.Environment, Text: text, Data: facts}
	if _, err := b.ports.Keeper.Keep(ctx, davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{event}}); err != nil {
		return t, fmt.Errorf("keep experiment %s: %w", t.Name, err)
	}
	t.version++
	kept := t
	b.trials.all[t.id()] = &kept
	b.refreshTrials()
	return t, nil
}

// Trials returns all experiments, the newest first.
func (b *Book) Trials() []Trial {
	b.trials.mu.Lock()
	defer b.trials.mu.Unlock()
	var out []Trial
	for _, t := range b.trials.all {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Trial) int { return b.Created.Compare(a.Created) })
	return out
}

// Trial returns an experiment with what it shows now.
func (b *Book) Trial(project, name string) (Trial, error) {
	b.trials.mu.Lock()
	t := b.trials.all[project+"/"+name]
	b.trials.mu.Unlock()
	if t == nil {
		return Trial{}, &davit.Error{Kind: davit.NotFound, Text: "there is no experiment " + quoted(name) + " in the project " + project, Hint: "davit experiments list"}
	}
	out := *t
	if t.Phase == Running {
		r, err := b.analyzed(t)
		if err != nil {
			return out, err
		}
		out.Result = &r
	}
	return out, nil
}

func (b *Book) analyzed(t *Trial) (experiment.Result, error) {
	var r experiment.Result
	err := b.ports.Studies.Look(t.study(), func(d experiment.Design, l *experiment.Log) { r = experiment.Analyze(d, l) })
	return r, err
}

// StartTrial begins to log exposures.
func (b *Book) StartTrial(ctx context.Context, who Who, project, name string) (Trial, error) {
	return b.moveTrial(ctx, project, name, Draft, func(t *Trial) (string, string, map[string]string, error) {
		kept, err := b.project(project).flag(t.Flag)
		if err != nil {
			return "", "", nil, err
		}
		if !kept.Flag.State(t.Environment).On {
			return "", "", nil, &davit.Error{Kind: davit.Conflict, Text: "experiment " + name + ": the flag " + t.Flag + " is off", Hint: "davit flags on " + t.Flag}
		}
		for _, other := range b.trials.all {
			if other.Phase == Running && other.Project == project && other.Flag == t.Flag && other.Environment == t.Environment {
				return "", "", nil, &davit.Error{Kind: davit.Conflict, Text: "experiment " + name + ": " + other.Name + " runs on the same flag"}
			}
		}
		if t.Design.Variants, err = armsOf(kept.Flag, *t); err != nil {
			return "", "", nil, err
		}
		if err := b.openTrial(t); err != nil {
			return "", "", nil, err
		}
		t.Phase, t.Started = Running, b.now()
		return "experiment.started", fmt.Sprintf("%s started the experiment %s", who.Actor, name), nil, nil
	}, who)
}

// StopTrial ends the logging and keeps the result.
func (b *Book) StopTrial(ctx context.Context, who Who, project, name string) (Trial, error) {
	return b.moveTrial(ctx, project, name, Running, func(t *Trial) (string, string, map[string]string, error) {
		r, err := b.analyzed(t)
		if err != nil {
			return "", "", nil, err
		}
		t.Phase, t.Stopped, t.Result = Stopped, b.now(), &r
		return "experiment.stopped", fmt.Sprintf("%s stopped the experiment %s: %s", who.Actor, name, r.Sentence), map[string]string{"verdict": string(r.Verdict)}, nil
	}, who)
}

// DecideTrial records what is done with the result. A decision against the
// numbers is allowed and says so.
func (b *Book) DecideTrial(ctx context.Context, who Who, project, name, variant string) (Trial, error) {
	if who.Reason == "" {
		return Trial{}, &davit.Error{Kind: davit.Invalid, Text: "experiment " + name + ": say why: a decision needs a reason"}
	}
	return b.moveTrial(ctx, project, name, Stopped, func(t *Trial) (string, string, map[string]string, error) {
		if !slices.ContainsFunc(t.Design.Variants, func(a experiment.Arm) bool { return a.Name == variant }) {
			return "", "", nil, &davit.Error{Kind: davit.Invalid, Text: "experiment " + name + ": it has no variant " + quoted(variant)}
		}
		says := t.Design.Variants[0].Name
		if t.Result.Verdict == experiment.Ship {
			says = t.Result.Winner
		}
		t.Phase = Decided
		t.Decided = &Decision{Variant: variant, Actor: who.Actor, Reason: who.Reason, At: b.now(), Against: variant != says}
		text := fmt.Sprintf("%s decided the experiment %s for %s: %s", who.Actor, name, variant, who.Reason)
		if t.Decided.Against {
			text += " (the numbers say: " + t.Result.Sentence + ")"
		}
		return "experiment.decided", text, map[string]string{"variant": variant, "verdict": string(t.Result.Verdict), "against": fmt.Sprint(t.Decided.Against)}, nil
	}, who)
}

func (b *Book) moveTrial(ctx context.Context, project, name string, from TrialPhase, move func(*Trial) (kind, text string, data map[string]string, err error), who Who) (Trial, error) {
	b.deciding.Lock()
	defer b.deciding.Unlock()
	b.trials.mu.Lock()
	defer b.trials.mu.Unlock()
	t := b.trials.all[project+"/"+name]
	if t == nil {
		return Trial{}, &davit.Error{Kind: davit.NotFound, Text: "there is no experiment " + quoted(name) + " in the project " + project, Hint: "davit experiments list"}
	}
	if t.Phase != from {
		return Trial{}, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("experiment %s: it is %s, not %s", name, t.Phase, from)}
	}
	next := *t
	kind, text, data, err := move(&next)
	if err != nil {
		return Trial{}, err
	}
	return b.keepTrial(ctx, who, next, kind, text, data)
}
