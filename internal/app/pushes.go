package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/server"
	"github.com/davit-cd/davit/internal/source"
)

// pushes lets the hooks of the git endpoint speak to the engine.
type pushes struct {
	source *source.Repositories
	engine *engine.Engine
	flags  flagFiles
}

// Pushing returns the push that a hook's one-time token belongs to.
func (p pushes) Pushing(token string) (repo, actor string, ok bool) {
	push, ok := p.source.Pushing(token)
	return push.Repo, push.Pusher, ok
}

// CheckPush refuses a push whose davit.yaml is not sound.
func (p pushes) CheckPush(ctx context.Context, _ string, push server.Push) error {
	for _, u := range push.Updates {
		branch, ok := source.Update{Ref: u.Ref, Old: u.Old, New: u.New}.Branch()
		switch {
		case !ok:
			continue // tags and the like deploy nothing
		case u.New == "" && u.Old != "":
			continue
		}
		if err := p.engine.CheckConfig(ctx, push.Repo, u.New, u.File); err != nil {
			return fmt.Errorf("branch %s: %w", branch, err)
		}
		if err := p.flags.check(ctx, push.Repo, branch, u.File, u.Flags); err != nil {
			return fmt.Errorf("branch %s: %w", branch, err)
		}
	}
	return nil
}

// Pushed makes runs of what was pushed.
func (p pushes) Pushed(ctx context.Context, actor string, push server.Push) (runs, messages []string, err error) {
	for _, u := range push.Updates {
		branch, ok := strings.CutPrefix(u.Ref, "refs/heads/")
		if !ok || u.New == "" {
			continue
		}
		done, err := p.engine.Push(ctx, actor, engine.Push{Repo: push.Repo, Branch: branch, Old: u.Old, New: u.New})
		if err != nil {
			return runs, messages, err
		}
		runs, messages = append(runs, done.Runs...), append(messages, done.Messages...)
		messages = append(messages, p.flags.pushed(ctx, p.engine, actor, push.Repo, branch, u.New)...)
	}
	return runs, messages, nil
}

// heard takes up a push whose hooks could not speak.
func (p pushes) heard(ctx context.Context, push source.Push) {
	heads, err := p.source.Branches(ctx, push.Repo)
	if err != nil {
		return
	}
	for branch, head := range heads {
		_, err := p.engine.Push(ctx, push.Pusher, engine.Push{Repo: push.Repo, Branch: branch, New: head})
		if err != nil && davit.KindOf(err) == davit.Internal {
			return
		}
		p.flags.pushed(ctx, p.engine, push.Pusher, push.Repo, branch, head)
	}
}
