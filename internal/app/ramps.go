package app

import (
	"context"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/experiment"
	"github.com/davit-cd/davit/internal/exposure"
	"github.com/davit-cd/davit/internal/judge"
	"github.com/davit-cd/davit/internal/ramp"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/study"
)

// deployment says what runs of a service in an environment; NotFound if
// nothing does.
func (a *App) deployment(ctx context.Context, service, environment string) (exposure.Deployment, error) {
	lane, err := engine.LoadLane(ctx, a.store, service, environment)
	if err != nil {
		return exposure.Deployment{}, err
	}
	if lane.Stable.Release == "" {
		return exposure.Deployment{}, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("nothing of %s serves in %s", service, environment)}
	}
	out := exposure.Deployment{Settings: judge.Defaults(), Stable: lane.Stable.Release, Rollout: lane.Active}
	release, err := engine.LoadRelease(ctx, a.store, lane.Stable.Release)
	if err != nil {
		return out, err
	}
	for _, env := range release.Spec.Environments {
		if env.Name == environment {
			out.Settings = judge.FromSpec(env.Judge)
		}
	}
	return out, nil
}

// NewRamps answers for the ramps of a book.
func NewRamps(book *exposure.Book) server.Ramps { return ramps{book} }

// NewExperiments answers for the experiments of a book and its studies.
func NewExperiments(book *exposure.Book, studies *study.Shelf) server.Experiments {
	return experiments{book, studies}
}

// NewEvents takes in events for a book.
func NewEvents(book *exposure.Book) server.Events { return events{book} }

// ramps answers for the flags' ramps.
type ramps struct{ book *exposure.Book }

func (r ramps) ListRamps(_ context.Context, project string) ([]api.Ramp, error) {
	var out []api.Ramp
	for _, one := range r.book.Ramps() {
		if project == "" || one.State.Project == project {
			out = append(out, viewRamp(one, davit.Finding{}))
		}
	}
	return out, nil
}

func (r ramps) Ramp(_ context.Context, project, environment, flag string) (api.Ramp, error) {
	one, word, err := r.book.Ramp(project, environment, flag)
	if err != nil {
		return api.Ramp{}, err
	}
	return viewRamp(one, word), nil
}

func (r ramps) StartRamp(ctx context.Context, actor, project, environment, flag string, s api.StartRamp) (api.Ramp, error) {
	plan, err := planOf(s)
	if err != nil {
		return api.Ramp{}, err
	}
	one, err := r.book.StartRamp(ctx, exposure.Who{Actor: actor, Reason: s.Reason}, exposure.NewRamp{
		Project: project, Environment: environment, Flag: flag, Service: s.Service, Plan: plan, Metrics: metricsOf(s.Guards),
	})
	if err != nil {
		return api.Ramp{}, err
	}
	return viewRamp(one, davit.Finding{}), nil
}

func (r ramps) SteerRamp(ctx context.Context, actor, project, environment, flag, wish string, s api.SteerRamp) (api.Ramp, error) {
	at := r.book.Now()
	in := map[string]ramp.Input{
		"hold":    ramp.Halt{Actor: actor, Reason: s.Reason, Until: s.Until, At: at},
		"resume":  ramp.Resume{Actor: actor, At: at},
		"advance": ramp.Advance{Actor: actor, Reason: s.Reason, Force: s.Force, At: at},
		"abort":   ramp.Abort{Actor: actor, Reason: s.Reason, At: at},
		"unlock":  ramp.Unlock{Actor: actor, Reason: s.Reason, At: at},
	}[wish]
	if _, err := r.book.SteerRamp(ctx, project, environment, flag, in); err != nil {
		return api.Ramp{}, err
	}
	return r.Ramp(ctx, project, environment, flag)
}

// planOf reads a wish: 1, 5, 25, 50, 100 % where it names neither steps nor time.
func planOf(s api.StartRamp) (ramp.Plan, error) {
	p := ramp.Plan{Variant: s.Variant, Control: s.Control, Back: ramp.Back(s.Back), Overdue: ramp.Overdue(s.Overdue)}
	hold, err := span("hold", s.Hold, 10*time.Minute)
	if err != nil {
		return p, err
	}
	switch {
	case s.Over != "" && len(s.Steps) > 0:
		return p, &davit.Error{Kind: davit.Invalid, Text: "ramp: it has steps and goes by time, which exclude each other"}
	case s.Over != "":
		over, err := span("over", s.Over, 0)
		if err != nil {
			return p, err
		}
		p.Steps = ramp.Linear(over, int(min(max(over/time.Minute, 4), 100)))
	case len(s.Steps) == 0:
		p.Steps = ramp.Steps(hold, s.Samples)
	}
	for i, step := range s.Steps {
		st := ramp.Stage{Share: davit.Percent(step.Share), Judge: davit.Judging(step.Judge), Samples: step.Samples, Approve: step.Approve}
		switch {
		case step.Judge == "none":
			st.Judge = davit.JudgeNone
		case step.Judge == "" && st.Share >= davit.Full:
			st.Judge = davit.JudgeWatch
		case step.Judge == "":
			st.Judge = davit.JudgePass
		}
		if st.Samples == 0 && st.Share < davit.Full {
			st.Samples = s.Samples
		}
		name := fmt.Sprintf("step %d", i+1)
		if st.Hold, err = span(name, step.Hold, hold); err != nil {
			return p, err
		}
		if st.Deadline, err = span(name, step.Deadline, 0); err != nil {
			return p, err
		}
		p.Steps = append(p.Steps, st)
	}
	return p, nil
}

func span(what, text string, otherwise time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("ramp: %s: %q is no time", what, text), Hint: "such as 90s, 10m or 24h"}
	}
	return d, nil
}

func metricsOf(all []api.Metric) []experiment.Metric {
	var out []experiment.Metric
	for _, m := range all {
		out = append(out, experiment.Metric{Name: m.Name, Kind: experiment.Kind(m.Kind), Event: m.Event, Per: m.Per, Guard: m.Guard, Down: m.Down, Effect: m.Effect, Margin: m.Margin, Cap: m.Cap})
	}
	return out
}

func viewMetrics(all []experiment.Metric) []api.Metric {
	out := []api.Metric{}
	for _, m := range all {
		out = append(out, api.Metric{Name: m.Name, Kind: string(m.Kind), Event: m.Event, Per: m.Per, Guard: m.Guard, Down: m.Down, Effect: m.Effect, Margin: m.Margin, Cap: m.Cap})
	}
	return out
}

func viewRamp(r exposure.Ramp, word davit.Finding) api.Ramp {
	s := r.State
	v := api.Ramp{
		ID: s.ID, Project: s.Project, Environment: s.Environment, Flag: s.Flag, Service: s.Service, Variant: s.Plan.Variant, Control: s.Plan.Control,
		Phase: string(s.Phase), Step: s.Step, Steps: []api.RampStep{}, Share: 100 * s.Share.Fraction(), Back: string(s.Plan.Back), Locked: s.Locked, Actor: s.Actor,
		Created: s.Created, Since: s.Since, Deadline: s.Deadline, Ended: s.Ended, Waiting: s.Waiting, Reason: s.Reason,
	}
	if v.Back == "" {
		v.Back = string(ramp.ToNobody)
	}
	if s.Hold != nil {
		v.Held = s.Hold.By + ": " + s.Hold.Reason
	}
	if !s.Phase.Final() {
		v.Word, v.Verdict = word.Reason, word.Evidence["verdict"]
	}
	for _, st := range s.Plan.Steps {
		step := api.RampStep{Share: 100 * st.Share.Fraction(), Hold: st.Hold.String(), Judge: string(st.Judge), Samples: st.Samples, Approve: st.Approve}
		if step.Judge == "" {
			step.Judge = "none"
		}
		if st.Deadline > 0 {
			step.Deadline = st.Deadline.String()
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

// experiments answers for the experiments.
type experiments struct {
	book    *exposure.Book
	studies *study.Shelf
}

func (e experiments) ListExperiments(_ context.Context, project string) ([]api.Experiment, error) {
	var out []api.Experiment
	for _, t := range e.book.Trials() {
		if project == "" || t.Project == project {
			out = append(out, viewTrial(t))
		}
	}
	return out, nil
}

func (e experiments) Experiment(_ context.Context, project, name string) (api.Experiment, error) {
	t, err := e.book.Trial(project, name)
	return viewTrial(t), err
}

func (e experiments) CreateExperiment(ctx context.Context, actor, project string, c api.CreateExperiment) (api.Experiment, error) {
	t := exposure.Trial{
		Project: project, Name: c.Name, Environment: c.Environment, Flag: c.Flag, Owner: c.Owner, Hypothesis: c.Hypothesis,
		Design: experiment.Design{Metrics: metricsOf(c.Metrics), Alpha: c.Alpha, Units: c.Users, Tuning: c.Tuning},
	}
	if c.Control != "" {
		t.Design.Variants = []experiment.Arm{{Name: c.Control}}
	}
	t, err := e.book.CreateTrial(ctx, exposure.Who{Actor: actor, Reason: c.Reason}, t)
	return viewTrial(t), err
}

func (e experiments) MoveExperiment(ctx context.Context, actor, project, name, wish string, m api.MoveExperiment) (api.Experiment, error) {
	who := exposure.Who{Actor: actor, Reason: m.Reason}
	var t exposure.Trial
	var err error
	switch wish {
	case "start":
		t, err = e.book.StartTrial(ctx, who, project, name)
	case "stop":
		t, err = e.book.StopTrial(ctx, who, project, name)
	case "decide":
		t, err = e.book.DecideTrial(ctx, who, project, name, m.Variant)
	}
	return viewTrial(t), err
}

func (e experiments) Minutes(_ context.Context, project, name string, since int64) ([]api.Minute, error) {
	if _, err := e.book.Trial(project, name); err != nil {
		return nil, err
	}
	var out []api.Minute
	err := e.studies.Look(exposure.StudyOf(project, name), func(_ experiment.Design, l *experiment.Log) {
		for _, m := range l.Minutes(since) {
			out = append(out, api.Minute{At: time.Unix(m.At, 0).UTC(), Variant: m.Variant, Event: m.Event, Count: m.N, Sum: m.Sum, Squares: m.Squares, Conversions: m.Units})
		}
	})
	if davit.KindOf(err) == davit.NotFound { // it has not begun
		return nil, nil
	}
	return out, err
}

func viewTrial(t exposure.Trial) api.Experiment {
	v := api.Experiment{
		Project: t.Project, Name: t.Name, Environment: t.Environment, Flag: t.Flag, Owner: t.Owner, Hypothesis: t.Hypothesis, Phase: string(t.Phase),
		Metrics: viewMetrics(t.Design.Metrics), Alpha: t.Design.Alpha, Created: t.Created, Started: t.Started, Stopped: t.Stopped,
	}
	if len(t.Design.Variants) > 0 {
		v.Control = t.Design.Variants[0].Name
	}
	if d := t.Decided; d != nil {
		v.Decision = &api.Decision{Variant: d.Variant, Actor: d.Actor, Reason: d.Reason, At: d.At, Against: d.Against}
	}
	if r := t.Result; r != nil {
		v.Result = viewResult(*r)
	}
	return v
}

func viewResult(r experiment.Result) *api.ExperimentResult {
	v := &api.ExperimentResult{
		Verdict: string(r.Verdict), Winner: r.Winner, Sentence: r.Sentence, Ratio: r.Ratio.Text, RatioP: r.Ratio.P, Several: r.Several.Text,
		Alarm: r.Ratio.Alarm || r.Several.Alarm, Sampled: r.Sampled, Arms: []api.ExperimentArm{}, Comparisons: []api.Comparison{},
	}
	for _, a := range r.Arms {
		v.Arms = append(v.Arms, api.ExperimentArm{Variant: a.Name, Users: a.Units, Share: a.Share, Meant: a.Meant})
	}
	for _, c := range r.Comparisons {
		v.Comparisons = append(v.Comparisons, api.Comparison{
			Variant: c.Variant, Metric: c.Metric, Guard: c.Guard, Control: c.Control, Value: c.Value, Chance: c.Chance, Finding: string(c.Finding),
			Effect: [3]float64{c.Effect.Value, c.Effect.Low, c.Effect.High}, Lift: [3]float64{c.Lift.Value, c.Lift.Low, c.Lift.High},
		})
	}
	return v
}

// events takes in what users did.
type events struct{ book *exposure.Book }

func (e events) Track(ctx context.Context, project, environment string, all []api.Tracked) (api.Accepted, error) {
	list := make([]exposure.Event, 0, len(all))
	for _, t := range all {
		one := exposure.Event{
			ID: t.ID, Project: project, Environment: environment, Key: t.Key, At: t.At, Metric: t.Metric, Value: 1,
			Flag: t.Flag, Experiment: t.Experiment, Variant: t.Variant,
		}
		if t.Value != nil {
			one.Value = *t.Value
		}
		list = append(list, one)
	}
	n, err := e.book.Track(ctx, list)
	return api.Accepted{Events: n.Events, Ignored: n.Ignored, Counted: n.Counted}, err
}

func (e events) FlagSets() []string { return e.book.Sets() }
