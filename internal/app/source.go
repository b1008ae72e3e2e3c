package app

import (
	"context"

	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/source"
)

// repositories shows the engine the repositories.
type repositories struct{ *source.Repositories }

// Repos names all repositories.
func (r repositories) Repos(context.Context) ([]string, error) { return r.Names() }

// Commits lists the commits that head has and old has not, oldest first.
func (r repositories) Commits(ctx context.Context, repo, old, head string, most int) ([]engine.Commit, error) {
	found, err := r.Repositories.Commits(ctx, repo, old, head, most)
	var commits []engine.Commit
	for _, c := range found {
		commits = append(commits, engine.Commit{Hash: c.Hash, Parent: c.Parent, Author: c.Author, Subject: c.Subject, Time: c.Time})
	}
	return commits, err
}
