package main

import (
	"context"
	"fmt"
	"time"
)

// answering is a service of testdata/answer.
func answering(b *bench, name, environments string) string {
	return fmt.Sprintf("service: %s\nbuild: \"true\"\npackage: .\nrun: {command: [%q], health: /healthz}\nenvironments:\n%s", name, b.answer, environments)
}

const (
	userRate      = 200 // requests a second
	warmSettle    = "  production: {instances: 2, strategy: {rolling: {hold: 0s}}, settle: 1h}\n"
	coldSettle    = "  production: {instances: 2, strategy: {rolling: {hold: 0s}}, settle: 0s}\n"
	rolloutWithin = 2 * time.Minute
)

// measureRollback types `davit rollback` under load and looks for the last
// answer of the bad version.
func measureRollback(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	for _, c := range []struct {
		what, environments string
		warm               bool
	}{
		{"`davit rollback` → last answer of the bad version, old one still warm", warmSettle, true},
		{"the same when the old one has long been stopped", coldSettle, false},
	} {
		took, failed, err := rollbacks(ctx, b, c.environments, c.warm, b.times(10))
		if err != nil {
			return rows, err
		}
		rows = append(rows, row{c.what, fmt.Sprintf("%s; %d requests failed", took, failed), "< 1 s", yes(took.most() < time.Second)})
	}
	return rows, nil
}

func rollbacks(ctx context.Context, b *bench, environments string, warm bool, n int) (took spread, failed int, err error) {
	s, err := startServer(ctx, b, b.folder("data"))
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = s.down(ctx) }()
	repo, err := newRepository(ctx, s, "shop", map[string]string{"davit.yaml": answering(b, "shop", environments), "fail": "0"})
	if err != nil {
		return nil, 0, err
	}
	var users *load
	for i := range n + 1 {
		version := fmt.Sprintf("v%d", i)
		p, err := repo.push(ctx, map[string]string{"version": version})
		if err != nil {
			return nil, failed, err
		}
		run, err := s.awaitRun(ctx, "shop", p.commit, rolloutWithin)
		if err != nil || run.Phase != "succeeded" {
			return nil, failed, fmt.Errorf("run %s is %s: %s: %w", run.ID, run.Phase, run.Why, err)
		}
		if i == 0 {
			users = startLoad(ctx, s, "shop.localhost", userRate)
			defer users.end()
			continue
		}
		if !warm {
			if _, err := s.awaitRollout(ctx, run.Deployments[0].Rollout, rolloutWithin); err != nil {
				return nil, failed, err
			}
		}
		t, bad, err := s.rollback(ctx, users, version)
		if err != nil {
			return nil, failed, err
		}
		took, failed = append(took, t), failed+bad
		b.note("rollback %d: %s, %d failed", i, show(t), bad)
	}
	return took, failed, nil
}

// rollback types the command and returns how long the bad version still
// answered, and how many requests failed meanwhile.
func (s *server) rollback(ctx context.Context, users *load, bad string) (time.Duration, int, error) {
	users.forget()
	time.Sleep(time.Second) // the bad version has its traffic for a moment
	for _, a := range users.since(time.Now().Add(-500 * time.Millisecond)) {
		if a.version != bad {
			return 0, 0, fmt.Errorf("%q still answers where %s should", a.version, bad)
		}
	}
	begun := time.Now()
	if out, err := s.command(ctx, "rollback", "shop").CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("davit rollback: %w\n%s", err, out)
	}
	time.Sleep(time.Second)
	last, failed, seen := begun, 0, false
	for _, a := range users.since(begun) {
		if a.version == bad && a.done.After(last) {
			last = a.done
		}
		if a.status != 200 {
			failed++
		}
		seen = seen || a.version != bad && a.status == 200
	}
	if !seen {
		return 0, failed, fmt.Errorf("the version before %s never answered", bad)
	}
	return last.Sub(begun), failed, nil
}
