package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// quiet is a service with one environment of one instance that only listens.
func quiet(b *bench) func(name string) string {
	return func(name string) string {
		return fmt.Sprintf("service: %s\ntest: make test\npackage: .\nrun: {command: [%q], health: /healthz}\nenvironments:\n  production: {instances: 1}\n", name, b.answer)
	}
}

const (
	idleFor   = 30 * time.Second
	quietDown = 3 * time.Minute // by then what has started is looked at at its usual pace
)

// measureIdle starts a server that knows 1,000 services, once with 50 of them
// running and once with all (or, if -n is given, with so many), and looks at it
// while nothing happens.
func measureIdle(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	sizes := []int{50, 1000}
	if b.n > 0 {
		sizes = []int{min(b.n, 1000)}
	}
	for _, running := range sizes {
		more, err := idle(ctx, b, 1000, running)
		rows = append(rows, more...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func idle(ctx context.Context, b *bench, services, running int) (rows []row, err error) {
	data := b.folder("data")
	if err := seed(ctx, b, data, past{services: services, running: running, runs: 1, config: quiet(b)}); err != nil {
		return nil, err
	}
	s, err := startServer(ctx, b, data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.down(ctx) }()
	begun := time.Now()
	if err := s.awaitInstances(ctx, running); err != nil {
		return nil, err
	}
	up := time.Since(begun) + s.took
	rows, err = s.watchIdle(ctx, fmt.Sprintf("%d idle services, %d instances, a server up for 3 min", services, running))
	if err != nil {
		return rows, err
	}
	// After a restart the server is without what it needed to start processes.
	s.end(syscall.SIGTERM)
	if err := s.start(ctx); err != nil {
		return rows, err
	}
	if err := s.awaitInstances(ctx, running); err != nil {
		return rows, err
	}
	more, err := s.watchIdle(ctx, "the same 3 min after a restart that adopted them")
	return append(append(rows, more...), row{fmt.Sprintf("first start until all %d instances are ready; restart until /readyz", running), show(up) + "; " + show(s.took), "–", ""}), err
}

// watchIdle looks at the server and its router for a while.
func (s *server) watchIdle(ctx context.Context, what string) ([]row, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(quietDown):
	}
	server := s.cmd.Process.Pid
	routers := processes(s.data, "\x00router\x00") // the word alone: the server has a flag of that name
	before, err := cpuOf(server)
	if err != nil {
		return nil, err
	}
	routing := cpuOfAll(routers)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(idleFor):
	}
	after, err := cpuOf(server)
	if err != nil {
		return nil, err
	}
	m, err := memoryOf(server)
	if err != nil {
		return nil, err
	}
	share := func(used time.Duration) float64 { return 100 * float64(used) / float64(idleFor) }
	rows := []row{
		{what + ": memory", m.String(), "RSS ≤ 200 MB", yes(m.rss <= 200e6)},
		{what + ": CPU over 30 s", fmt.Sprintf("%.1f %% of a core", share(after-before)), "≤ 2 %", yes(share(after-before) <= 2)},
	}
	var all memory // of the process that holds the socket, and of the worker
	for _, pid := range routers {
		if m, err := memoryOf(pid); err == nil {
			all.rss, all.pss, all.anon = all.rss+m.rss, all.pss+m.pss, all.anon+m.anon
		}
	}
	return append(rows, row{"its router (" + fmt.Sprint(len(routers)) + " processes)", fmt.Sprintf("%s; %.1f %% of a core", all, share(cpuOfAll(routers)-routing)), "–", ""}), nil
}

func cpuOfAll(pids []int) time.Duration {
	var sum time.Duration
	for _, pid := range pids {
		if used, err := cpuOf(pid); err == nil {
			sum += used
		}
	}
	return sum
}

// awaitInstances waits until so many instances are ready.
func (s *server) awaitInstances(ctx context.Context, want int) error {
	return s.await(ctx, readyWithin, fmt.Sprintf("%d instances", want), func() (bool, error) {
		ready, after := 0, ""
		for {
			page, err := api.Get[api.Page[api.Environment]](ctx, s.client, "list-environments", api.Params{"limit": fmt.Sprint(api.MaxLimit), "after": after})
			if err != nil {
				return false, err
			}
			for _, e := range page.Items {
				ready += e.Ready
			}
			if after = page.Next; after == "" {
				return ready >= want, nil
			}
		}
	})
}
