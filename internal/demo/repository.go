package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/davit-cd/davit/internal/api"
)

// repository is the sample's own git repository.
type repository struct {
	dir    string
	remote string // address of the git endpoint
	token  string
}

func newRepository(ctx context.Context, dir string, c *child) (*repository, error) {
	r := &repository{dir: dir, remote: "http://" + c.listen + "/git/shop.git", token: c.client.Token}
	if err := writeShop(dir); err != nil {
		return nil, err
	}
	return r, r.git(ctx, "init", "--quiet", "--initial-branch=main")
}

// push makes a commit of what has changed and pushes it; it returns the commit.
func (r *repository) push(ctx context.Context, message string) (string, error) {
	for _, args := range [][]string{{"add", "--all"}, {"commit", "--quiet", "--message", message}, {"push", "--quiet", r.remote, "main"}} {
		if err := r.git(ctx, args...); err != nil {
			return "", err
		}
	}
	out, err := r.command(ctx, "rev-parse", "HEAD").Output()
	return strings.TrimSpace(string(out)), err
}

func (r *repository) git(ctx context.Context, args ...string) error {
	out, err := r.command(ctx, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}

// command is git with an identity of its own and, for the push, the token in
// the environment, where no other user sees it.
func (r *repository) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	secret := base64.StdEncoding.EncodeToString([]byte("davit:" + r.token))
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=Demo", "GIT_AUTHOR_EMAIL=demo@example.com", "GIT_COMMITTER_NAME=Demo", "GIT_COMMITTER_EMAIL=demo@example.com",
		"GIT_CONFIG_COUNT=3",
		"GIT_CONFIG_KEY_0=http."+r.remote+".extraHeader", "GIT_CONFIG_VALUE_0=Authorization: Basic "+secret,
		"GIT_CONFIG_KEY_1=http."+r.remote+".extraHeader", "GIT_CONFIG_VALUE_1="+api.QuietHeader+": 1",
		"GIT_CONFIG_KEY_2=commit.gpgSign", "GIT_CONFIG_VALUE_2=false",
	)
	return cmd
}
