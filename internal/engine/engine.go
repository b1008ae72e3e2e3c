package engine

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/davit-cd/davit/internal/picture"
	"github.com/davit-cd/davit/internal/rollout"
	"github.com/davit-cd/davit/internal/spec"
)

// Ports are the adapters the engine drives. All must be set.
type Ports struct {
	Keeper    Keeper
	Source    Source
	Stages    Stages
	Packer    Packer
	Targets   map[string]Target // by the name used in davit.yaml
	Router    Router
	Telemetry Telemetry
	Checks    Checks
	Known     spec.Known // names that davit.yaml may use
	Log       *slog.Logger
}

// Engine runs the control plane's decisions. It is safe for concurrent use.
type Engine struct {
	Ports

	clock    clock
	deciding sync.Mutex // one decision at a time
	doing    sync.WaitGroup
	began    time.Time
	ctx      context.Context // ends with Run; work goes on under it
	wakeup   chan struct{}   // a decision changed what is due

	jobs     map[string]map[string]context.CancelFunc // rollout to effect key; guarded by deciding
	reported map[string]rollout.Phase                 // rollout phase last told to its run; guarded by deciding

	seconds  seconds
	pictures picture.Album[drawing]
	trialsMu sync.Mutex
	trials   map[string]*keptTrial // by rollout
	stopping map[string]context.CancelFunc
	stopMu   sync.Mutex
}

// New returns an engine. Nothing happens before Run.
func New(p Ports) *Engine {
	return &Engine{
		Ports:    p,
		wakeup:   make(chan struct{}, 1),
		jobs:     map[string]map[string]context.CancelFunc{},
		reported: map[string]rollout.Phase{},
		trials:   map[string]*keptTrial{},
		stopping: map[string]context.CancelFunc{},
	}
}

// Start recovers what an earlier process left and goes to work under ctx. It
// returns when everything that was under way is under way again.
func (e *Engine) Start(ctx context.Context) error {
	if err := e.goOnFromLastLine(ctx); err != nil {
		return fmt.Errorf("read the journal's last line: %w", err)
	}
	e.ctx, e.began = ctx, e.now()
	if err := e.recover(ctx); err != nil {
		return err
	}
	e.doing.Go(e.timers)
	return nil
}

// Wait returns when all work has ended after the context given to Start has.
// Work that was cut off is taken up again by the next process.
func (e *Engine) Wait() { e.doing.Wait() }

// timers feeds ticks to what is due. It sleeps until the earliest wake that is
// kept, or until a decision changes it.
func (e *Engine) timers() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.wakeup:
		case <-timer.C:
		}
		next := e.tickDue(e.ctx)
		timer.Reset(next)
	}
}

// nudge makes the timers look again.
func (e *Engine) nudge() {
	select {
	case e.wakeup <- struct{}{}:
	default:
	}
}
