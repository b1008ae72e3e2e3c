package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// alive is what must be known to kill an attempt's processes when the server
// that started them is gone.
type alive struct {
	ID      string // in DAVIT_STAGE_ID of each process
	Session int    // id of the step's session, and its first process
	Start   uint64 // of that process, in the system's ticks: tells it from a later one of the same number

	sessions []int // of the attempt under way: all of them, without doubt
}

// keepAlive writes what to kill.
func (a *attempt) keepAlive(to alive) error {
	b, err := json.Marshal(to)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(a.dir), 0o700); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	fresh := a.dir + ".alive.new"
	if err := os.WriteFile(fresh, b, 0o600); err != nil {
		return fmt.Errorf("write what runs: %w", err)
	}
	if err := os.Rename(fresh, a.dir+".alive"); err != nil {
		return fmt.Errorf("write what runs: %w", err)
	}
	return nil
}

// kill ends every process of the attempt.
func (a *attempt) kill() error {
	return killAll(alive{ID: a.id, sessions: a.sessions}, a.runner.options.Grace)
}

// Reap kills what interrupted attempts of a stage have left running, and removes
// their folders. Their logs stay. An attempt that is under way in this process is
// no leftover: the end of its context stops it.
func (r *Runner) Reap(ctx context.Context, run, stage string) error {
	if err := errors.Join(checkName("run", run), checkName("stage", stage)); err != nil {
		return err
	}
	return r.reap(ctx, filepath.Join(r.runs(), run), func(name string) bool {
		i := strings.LastIndexByte(name, '.')
		return i >= 0 && name[:i] == stage && !r.isUnderWay(filepath.Join(r.runs(), run, name))
	})
}

// Recover does what Reap does for all stages of all runs: when the server starts
// nothing is under way that it could still hear from.
func (r *Runner) Recover(ctx context.Context) error {
	runs, err := os.ReadDir(r.runs())
	if err != nil {
		return fmt.Errorf("recover stages: %w", err)
	}
	replaced, _ := filepath.Glob(filepath.Join(r.data, "cache", "*", "paths", "*"+gone))
	for _, cache := range replaced {
		r.tidying.Go(func() { _ = removeAll(cache) })
	}
	for _, run := range runs {
		if err := r.reap(ctx, filepath.Join(r.runs(), run.Name()), func(name string) bool { return !r.isUnderWay(filepath.Join(r.runs(), run.Name(), name)) }); err != nil {
			return err
		}
	}
	return nil
}

// reap works on one run's folder; of says which attempts ("<stage>.<attempt>")
// are meant.
func (r *Runner) reap(ctx context.Context, folder string, of func(attempt string) bool) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := e.Name()
		path := filepath.Join(folder, name)
		if strings.HasSuffix(name, gone) {
			r.tidying.Go(func() { _ = removeAll(path) })
			continue
		}
		if !of(strings.TrimSuffix(strings.TrimSuffix(name, ".new"), ".alive")) {
			continue
		}
		switch {
		case strings.HasSuffix(name, ".alive"):
			var left alive
			if b, err := os.ReadFile(path); err == nil && json.Unmarshal(b, &left) == nil && left.ID != "" {
				if err := killAll(left, r.options.Grace); err != nil {
					return err
				}
			}
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("remove a leftover: %w", err)
			}
		case e.IsDir() && name != "outputs":
			defer r.discard(path) // after what runs in it is gone
		}
	}
	return nil
}

// killAll asks the processes of l to end, and kills those that do not within
// grace.
func killAll(l alive, grace time.Duration) error {
	soon, last := time.Now().Add(grace), time.Now().Add(grace+10*time.Second)
	asked := map[int]bool{}
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		pids := processesOf(l)
		if len(pids) == 0 {
			return nil
		}
		now := time.Now()
		if now.After(last) {
			return fmt.Errorf("kill the stage's processes: %v do not end", pids)
		}
		for _, pid := range pids {
			switch {
			case now.After(soon):
				_ = syscall.Kill(pid, syscall.SIGKILL)
			case !asked[pid]:
				asked[pid] = true
				_ = syscall.Kill(pid, syscall.SIGTERM)
				_ = syscall.Kill(pid, syscall.SIGCONT) // a stopped process hears nothing else
			}
		}
		<-time.After(pause)
	}
}
