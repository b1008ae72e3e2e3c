package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/davit-cd/davit/internal/api"
)

// repository is a git repository that is pushed to a server.
type repository struct {
	server *server
	dir    string
	remote string
}

// newRepository makes a repository with the files given.
func newRepository(ctx context.Context, s *server, name string, files map[string]string) (*repository, error) {
	r := &repository{server: s, dir: s.bench.folder(name), remote: "http://" + s.listen + "/git/" + name + ".git"}
	if err := r.write(files); err != nil {
		return nil, err
	}
	return r, r.git(ctx, "init", "--quiet", "--initial-branch=main")
}

func (r *repository) write(files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pushed is one push.
type pushed struct {
	commit    string
	committed time.Time // the commit was made and `git push` typed
	returned  time.Time // `git push` was over
}

// push commits what changed and pushes it.
func (r *repository) push(ctx context.Context, files map[string]string) (pushed, error) {
	if err := r.write(files); err != nil {
		return pushed{}, err
	}
	if err := r.git(ctx, "add", "--all"); err != nil {
		return pushed{}, err
	}
	if err := r.git(ctx, "commit", "--quiet", "--message", "A change"); err != nil {
		return pushed{}, err
	}
	out, err := r.command(ctx, "rev-parse", "HEAD").Output()
	if err != nil {
		return pushed{}, err
	}
	p := pushed{commit: strings.TrimSpace(string(out)), committed: time.Now()}
	err = r.git(ctx, "push", "--quiet", r.remote, "main")
	p.returned = time.Now()
	return p, err
}

func (r *repository) git(ctx context.Context, args ...string) error {
	if out, err := r.command(ctx, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// command is git with an identity of its own and the token in its environment.
func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	secret := base64.StdEncoding.EncodeToString([]byte("davit:" + r.server.client.Token))
	header := "http." + r.remote + ".extraHeader"
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Bench", "GIT_AUTHOR_EMAIL=bench@example.com", "GIT_COMMITTER_NAME=Bench", "GIT_COMMITTER_EMAIL=bench@example.com",
		"GIT_CONFIG_COUNT=3", "GIT_CONFIG_KEY_0="+header, "GIT_CONFIG_VALUE_0=Authorization: Basic "+secret,
		"GIT_CONFIG_KEY_1="+header, "GIT_CONFIG_VALUE_1="+api.QuietHeader+": 1",
		"GIT_CONFIG_KEY_2=commit.gpgSign", "GIT_CONFIG_VALUE_2=false")
	return cmd
}

// awaitRun waits until the run of a commit is over.
func (s *server) awaitRun(ctx context.Context, service, commit string, within time.Duration) (api.Run, error) {
	var found api.Run
	err := s.await(ctx, within, "the run of "+commit[:8]+" to end", func() (bool, error) {
		page, err := api.Get[api.Page[api.Run]](ctx, s.client, "list-runs", api.Params{"service": service, "limit": "3"})
		for _, r := range page.Items {
			if r.Commit == commit && r.Final {
				found = r
				return true, err
			}
		}
		return false, err
	})
	return found, err
}

// awaitRollout waits until a rollout is over.
func (s *server) awaitRollout(ctx context.Context, id string, within time.Duration) (api.Rollout, error) {
	var r api.Rollout
	err := s.await(ctx, within, "rollout "+id+" to end", func() (_ bool, err error) {
		r, err = api.Get[api.Rollout](ctx, s.client, "get-rollout", api.Params{"rollout": id})
		return r.Final, err
	})
	return r, err
}

func (s *server) await(ctx context.Context, within time.Duration, what string, is func() (bool, error)) error {
	for begun := time.Now(); ; {
		if ok, err := is(); ok || err != nil {
			return err
		}
		if time.Since(begun) > within {
			return fmt.Errorf("waited %s for %s\n%s", within, what, s.log())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
