package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/router"
	"github.com/davit-cd/davit/internal/store"
	"github.com/davit-cd/davit/internal/target/process"
)

// Down stops what outlives a server: the instances of all services, gracefully,
// and then the router. The data stays; the next server starts the stable
// releases again. A folder whose server runs is refused.
func Down(ctx context.Context, data string) error {
	lock, err := takeFolder(ctx, data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	target := process.New(process.Options{Data: data})
	defer target.Close()
	if err := target.Recover(ctx); err != nil {
		return fmt.Errorf("find running instances: %w", err)
	}
	st, err := store.Open(ctx, store.Options{Path: filepath.Join(data, stateFile)})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	stopped := map[[2]string]bool{}
	var failed error
	for _, i := range target.Instances("", "") {
		group := [2]string{i.Release, i.Environment}
		if stopped[group] {
			continue
		}
		stopped[group] = true
		// The lane's own epoch: the next server may start the release again.
		lane, err := engine.LoadLane(ctx, st, i.Service, i.Environment)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		epoch, err := engine.LaneEpoch(ctx, st, lane)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		failed = errors.Join(failed, target.Stop(ctx, i.Release, i.Environment, epoch))
	}
	return errors.Join(failed, stopRouter(ctx, data))
}

// stopRouter ends the router of a data folder, if one runs.
func stopRouter(ctx context.Context, data string) error {
	client := router.NewClient(data)
	state, err := client.State(ctx)
	if err != nil || state.Holder <= 0 {
		return nil //nolint:nilerr // nothing answers: there is no router to stop
	}
	if err := syscall.Kill(state.Holder, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop router: %w", err)
	}
	for syscall.Kill(state.Holder, 0) == nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop router: %w", context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
