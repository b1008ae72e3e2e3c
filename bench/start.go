package main

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// measureStart starts servers on a folder with a long journal: on a machine
// where nothing runs, as after a reboot, and beside what an earlier server has
// left running, ended in order or killed.
func measureStart(ctx context.Context, b *bench) ([]row, error) {
	const events, services, runs = 100_000, 50, 8
	data := b.folder("data")
	if err := seed(ctx, b, data, past{services: services, running: services, runs: runs, events: events, config: quiet(b)}); err != nil {
		return nil, err
	}
	s, err := startServer(ctx, b, data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.down(ctx) }()
	first := s.took
	if err := s.awaitInstances(ctx, services); err != nil {
		return nil, err
	}
	var again, killed spread
	for range b.times(10) {
		s.end(syscall.SIGTERM)
		if err := s.start(ctx); err != nil {
			return nil, err
		}
		again = append(again, s.took)
		s.end(syscall.SIGKILL)
		if err := s.start(ctx); err != nil {
			return nil, err
		}
		killed = append(killed, s.took)
		b.note("start: after SIGTERM %s, after SIGKILL %s", show(again[len(again)-1]), show(killed[len(killed)-1]))
	}
	what := fmt.Sprintf("exec → /readyz 200 with %d events, %d services, %d runs and rollouts", events, services, services*runs)
	return []row{
		{what + ", nothing runs yet", show(first), "< 2 s", yes(first < 2*time.Second)},
		{fmt.Sprintf("the same beside the router and %d instances of a server that was stopped", services), again.String(), "< 2 s", yes(again.most() < 2*time.Second)},
		{"the same after kill -9", killed.String(), "< 2 s", yes(killed.most() < 2*time.Second)},
	}, nil
}
