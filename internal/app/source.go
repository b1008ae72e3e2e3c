package app

import (
	"context"
	"slices"

	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/source"
)

// repositories shows the engine the repositories.
type repositories struct{ *source.Repositories }

// Repos names all repositories.
func (r repositories) Repos(context.Context) ([]string, error) { return r.Names() }

// Commits lists the commits that new has and old has not, oldest first.
func (r repositories) Commits(ctx context.Context, repo, old, new string, most int) ([]engine.Commit, error) {
	var found []source.Commit
	if old == "" {
		c, err := r.Commit(ctx, repo, new)
		if err != nil {
			return nil, err
		}
		found = []source.Commit{c}
	} else {
		var err error
		if found, err = r.Log(ctx, repo, old, new, most); err != nil {
			return nil, err
		}
	}
	slices.Reverse(found)
	var commits []engine.Commit
	for _, c := range found {
		commits = append(commits, engine.Commit{Hash: c.Hash, Parent: c.Parent, Author: c.Author, Subject: c.Subject, Time: c.Time})
	}
	return commits, nil
}
