package engine

import (
	"bytes"
	"fmt"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/record"
)

// tell feeds an input to a run, keeps what it decides together with the
// effects that are over, and does what it asks for.
func (e *Engine) tell(id string, in pipeline.Input, done ...string) error {
	e.deciding.Lock()
	defer e.deciding.Unlock()
	return e.tellLocked(id, in, davit.Change{Done: done})
}

// tellLocked is tell for callers that hold deciding. What more holds is kept
// in the same transaction.
func (e *Engine) tellLocked(id string, in pipeline.Input, more davit.Change) error {
	ctx := e.ctx
	rec, state, err := record.Load[pipeline.State](ctx, e.Keeper, KindRun, id)
	if err != nil {
		return err
	}
	before := state.Phase
	state, effects, events := pipeline.Step(state, in)
	next, err := runRecord(rec, state)
	if err != nil {
		return err
	}
	change := more
	if !bytes.Equal(next.Body, rec.Body) {
		change.Records = append(change.Records, next)
	}
	change.Events = append(events, change.Events...)
	for _, effect := range effects {
		kept, err := pipeline.Keep(id, effect, e.now())
		if err != nil {
			return err
		}
		change.Effects = append(change.Effects, kept)
	}
	if empty(change) {
		return nil
	}
	if _, err := e.Keeper.Keep(ctx, change); err != nil {
		return fmt.Errorf("keep run %s: %w", id, err)
	}
	for _, effect := range effects {
		e.perform(id, effect)
	}
	if state.Phase != before {
		e.turnLocked(state.Service)
	}
	e.nudge()
	return nil
}

func empty(c davit.Change) bool {
	return len(c.Records)+len(c.Deleted)+len(c.Events)+len(c.Effects)+len(c.Done) == 0
}

// tellOrLog is tell where nobody waits for the answer: it goes on until it is
// kept.
func (e *Engine) tellOrLog(id string, in pipeline.Input, done ...string) {
	err := e.persist(e.ctx, "tell run", id, func() error { return e.tell(id, in, done...) })
	if err != nil && e.ctx.Err() == nil {
		e.Log.ErrorContext(e.ctx, "run input lost", "run", id, "input", fmt.Sprintf("%T", in), "err", err)
	}
}

// turn starts the runs of a service whose turn it is.
func (e *Engine) turn(service string) {
	e.doing.Go(func() {
		e.deciding.Lock()
		defer e.deciding.Unlock()
		e.turnLocked(service)
	})
}

func (e *Engine) turnLocked(service string) {
	if err := e.decideTurn(service); err != nil && e.ctx.Err() == nil {
		e.Log.ErrorContext(e.ctx, "queue", "service", service, "err", err)
		if passing(err) {
			e.afterwards("queue", service, func() error { return e.decideTurn(service) })
		}
	}
}

// decideTurn asks the queue of each branch of a service who is next.
func (e *Engine) decideTurn(service string) error {
	branches := map[string]*branchQueue{}
	var order []string
	q := davit.Query{Kind: KindRun, Service: service, Oldest: true, Phases: []string{
		string(pipeline.Queued), string(pipeline.Running), string(pipeline.Packaging), string(pipeline.Deploying),
	}}
	err := record.All(e.ctx, e.Keeper, q, func(rec davit.Record) error {
		var s pipeline.State
		if err := record.Decode(rec, &s); err != nil {
			return err
		}
		if branches[s.Branch] == nil {
			branches[s.Branch] = &branchQueue{states: map[string]pipeline.State{}}
			order = append(order, s.Branch)
		}
		branches[s.Branch].add(s)
		return nil
	})
	if err != nil {
		return err
	}
	for _, b := range order {
		if err := e.decideBranch(branches[b]); err != nil {
			return err
		}
	}
	return nil
}

// branchQueue is what the queue of one service and branch sees.
type branchQueue struct {
	queued, active []pipeline.Waiting
	states         map[string]pipeline.State
}

func (b *branchQueue) add(s pipeline.State) {
	b.states[s.ID] = s
	w := pipeline.Waiting{Run: s.ID, Phase: s.Phase}
	if s.Phase == pipeline.Queued {
		b.queued = append(b.queued, w)
	} else {
		b.active = append(b.active, w)
	}
}

func (e *Engine) decideBranch(b *branchQueue) error {
	if len(b.queued) == 0 {
		return nil
	}
	newest := b.states[b.queued[len(b.queued)-1].Run]
	decision := pipeline.Queue(newest.Spec.Queue, b.queued, b.active)
	for _, s := range decision.Supersede {
		if decision.Carry {
			if err := e.tellLocked(s.By, pipeline.Carry{Commits: b.states[s.Run].Carry(), At: e.now()}, davit.Change{}); err != nil {
				return err
			}
		}
		if err := e.tellLocked(s.Run, pipeline.Supersede{By: s.By, At: e.now()}, davit.Change{}); err != nil {
			return err
		}
	}
	if decision.Start == "" {
		return nil
	}
	return e.tellLocked(decision.Start, pipeline.Start{At: e.now()}, davit.Change{})
}
