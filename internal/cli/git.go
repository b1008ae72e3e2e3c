package cli

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit"
)

// path makes a name absolute.
func (a *line) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.Dir, name)
}

// git runs git in the working folder and returns what it prints, trimmed.
func (a *line) git(ctx context.Context, args ...string) (string, error) {
	out, err := a.gitRaw(ctx, args...)
	return strings.TrimSpace(string(out)), err
}

// gitRaw runs git in the working folder and returns what it prints.
func (a *line) gitRaw(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = a.Dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, &davit.Error{Kind: davit.Unavailable, Text: "git is not installed", Hint: "install git"}
		}
		first, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n")
		return nil, &davit.Error{Kind: davit.Invalid, Text: "git " + args[0] + ": " + first}
	}
	return out.Bytes(), nil
}

// repository returns the top folder of the repository at hand.
func (a *line) repository(ctx context.Context) (string, error) {
	top, err := a.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		if davit.KindOf(err) == davit.Unavailable {
			return "", err
		}
		return "", &davit.Error{Kind: davit.Invalid, Text: "this is not a git repository", Hint: "git init, then commit what you have"}
	}
	return top, nil
}

// repositoryName is what a repository is called on the server: as its remote
// says, else as its folder is called.
func (a *line) repositoryName(ctx context.Context, top string) string {
	if remote, err := a.git(ctx, "remote", "get-url", remoteName); err == nil {
		if _, name, ok := strings.Cut(remote, "/git/"); ok {
			return strings.TrimSuffix(name, ".git")
		}
	}
	return cleanName(filepath.Base(top))
}

// remoteName is the git remote that leads to Davit.
const remoteName = "davit"

// cleanName makes a name that a repository and a service may have.
func cleanName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	for strings.Contains(name, "--") {
		name = strings.ReplaceAll(name, "--", "-")
	}
	if name == "" {
		return "service"
	}
	return strings.TrimRight(name[:min(len(name), 40)], "-")
}
