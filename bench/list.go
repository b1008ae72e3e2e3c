package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// everyday is a service with the default environments, of small instances.
func everyday(b *bench) func(name string) string {
	return func(name string) string {
		return fmt.Sprintf("service: %s\ntest: make test\nbuild: make\npackage: .\nrun: {command: [%q], health: /healthz}\nenvironments:\n  staging: {}\n  production: {instances: 1}\n", name, b.answer)
	}
}

// measureList reads the first page of 10,000 services. Those on it, the newest,
// serve in staging and production, so the page is as full as can be.
func measureList(ctx context.Context, b *bench) ([]row, error) {
	const services, running = 10_000, 60
	data := b.folder("data")
	if err := seed(ctx, b, data, past{services: services, running: running, runs: 5, config: everyday(b)}); err != nil {
		return nil, err
	}
	s, err := startServer(ctx, b, data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.down(ctx) }()
	time.Sleep(10 * time.Second) // its instances start
	var rows []row
	for _, path := range []string{"/api/v1/services", "/api/v1/status"} {
		took, size, err := s.read(ctx, path, b.times(100))
		if err != nil {
			return rows, err
		}
		rows = append(rows, row{
			fmt.Sprintf("`GET %s` with %d services", path, services), fmt.Sprintf("%s; %.1f KB", took, float64(size)/1e3),
			"< 100 ms, < 100 KB", yes(took.at(0.99) < 100*time.Millisecond && size < 100e3),
		})
	}
	return rows, nil
}

// read asks for a page n times and returns how long each took, and its size.
func (s *server) read(ctx context.Context, path string, n int) (took spread, size int64, err error) {
	for range n {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.listen+path, nil)
		if err != nil {
			return nil, 0, err
		}
		q.Header.Set("Authorization", "Bearer "+s.client.Token)
		begun := time.Now()
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return nil, 0, err
		}
		size, err = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
		if err != nil || a.StatusCode != http.StatusOK {
			return nil, 0, fmt.Errorf("GET %s: %s: %w", path, a.Status, err)
		}
		took = append(took, time.Since(begun))
	}
	return took, size, nil
}
