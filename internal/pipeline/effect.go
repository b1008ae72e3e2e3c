package pipeline

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Effect is something the engine shall now do to the world; it may do it twice.
type Effect interface {
	// Kind is the performer's name: davit.Effect.Kind.
	Kind() string
	// Key is unique to what is done, for whom and at which attempt.
	Key() string
}

type (
	// StartStage runs one attempt of a stage. Turn grows when the same attempt
	// is started again after the server went away.
	StartStage struct {
		Run     string
		Stage   string
		Attempt int
		Turn    int
	}

	// StopStage ends the processes of a stage.
	StopStage struct {
		Run     string
		Stage   string
		Attempt int
	}

	// Package packs the run's checkout and outputs into a release.
	Package struct{ Run string }

	// StartRollout brings a release into an environment.
	StartRollout struct {
		Run         string
		Environment string
		Release     string
	}

	// StopRollout takes a rollout back because its run was cancelled.
	StopRollout struct {
		Run         string
		Environment string
		Rollout     string // empty: not known yet; the one StartRollout made
		Actor       string
		Reason      string
	}

	// Finish tidies up after the run: its folders, the status of its commit, and
	// the next run in the queue.
	Finish struct {
		Run   string
		Phase Phase
	}
)

// Kind returns "stage.start".
func (StartStage) Kind() string { return "stage.start" }

// Kind returns "stage.stop".
func (StopStage) Kind() string { return "stage.stop" }

// Kind returns "run.package".
func (Package) Kind() string { return "run.package" }

// Kind returns "rollout.start".
func (StartRollout) Kind() string { return "rollout.start" }

// Kind returns "rollout.stop".
func (StopRollout) Kind() string { return "rollout.stop" }

// Kind returns "run.finish".
func (Finish) Kind() string { return "run.finish" }

// Key names run, stage, attempt and turn.
func (e StartStage) Key() string {
	return fmt.Sprintf("stage.start/%s/%s/%d/%d", e.Run, e.Stage, e.Attempt, e.Turn)
}

// Key names run, stage and attempt.
func (e StopStage) Key() string {
	return fmt.Sprintf("stage.stop/%s/%s/%d", e.Run, e.Stage, e.Attempt)
}

// Key names the run.
func (e Package) Key() string { return "run.package/" + e.Run }

// Key names run and environment.
func (e StartRollout) Key() string { return "rollout.start/" + e.Run + "/" + e.Environment }

// Key names run and environment.
func (e StopRollout) Key() string { return "rollout.stop/" + e.Run + "/" + e.Environment }

// Key names the run.
func (e Finish) Key() string { return "run.finish/" + e.Run }

// Keep returns e in the form in which the engine keeps it until it is done.
func Keep(run string, e Effect, at time.Time) (davit.Effect, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return davit.Effect{}, fmt.Errorf("keep %s: %w", e.Key(), err)
	}
	return davit.Effect{Key: e.Key(), Kind: e.Kind(), Subject: "run/" + run, Body: body, Created: at}, nil
}

// Recall returns the effect that Keep kept.
func Recall(kept davit.Effect) (Effect, error) {
	switch kept.Kind {
	case StartStage{}.Kind():
		return recall[StartStage](kept)
	case StopStage{}.Kind():
		return recall[StopStage](kept)
	case Package{}.Kind():
		return recall[Package](kept)
	case StartRollout{}.Kind():
		return recall[StartRollout](kept)
	case StopRollout{}.Kind():
		return recall[StopRollout](kept)
	case Finish{}.Kind():
		return recall[Finish](kept)
	}
	return nil, fmt.Errorf("recall effect %s: unknown kind %q", kept.Key, kept.Kind)
}

func recall[E Effect](kept davit.Effect) (Effect, error) {
	var e E
	if err := json.Unmarshal(kept.Body, &e); err != nil {
		return nil, fmt.Errorf("recall effect %s: %w", kept.Key, err)
	}
	return e, nil
}
