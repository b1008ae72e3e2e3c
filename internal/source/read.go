package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

const (
	maxFile    = 4 << 20 // bytes that File reads
	maxSubject = 200     // characters
	maxLog     = 1000    // commits
)

// Head returns the newest commit of a branch, or a NotFound error.
func (r *Repositories) Head(ctx context.Context, name, branch string) (string, error) {
	folder, err := r.find(name)
	if err != nil {
		return "", err
	}
	if err := CheckBranch(branch); err != nil {
		return "", err
	}
	out, err := r.read(ctx, folder, "rev-parse", "--quiet", "--verify", "--end-of-options", "refs/heads/"+branch+"^{commit}")
	if err != nil {
		if status(err) == 1 {
			return "", &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("repository %s has no branch %s", name, branch)}
		}
		return "", fmt.Errorf("head of %s in %s: %w", branch, name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Branches returns the newest commit of each branch.
func (r *Repositories) Branches(ctx context.Context, name string) (map[string]string, error) {
	folder, err := r.find(name)
	if err != nil {
		return nil, err
	}
	out, err := r.read(ctx, folder, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/")
	if err != nil {
		return nil, fmt.Errorf("branches of %s: %w", name, err)
	}
	heads := map[string]string{}
	for line := range strings.Lines(string(out)) {
		hash, ref, _ := strings.Cut(strings.TrimSpace(line), " ")
		if branch, ok := (Update{Ref: ref}).Branch(); ok {
			heads[branch] = hash
		}
	}
	return heads, nil
}

// SetBranch makes branch the one that HEAD points at: it is what a clone gets,
// and it cannot be deleted.
func (r *Repositories) SetBranch(ctx context.Context, name, branch string) error {
	folder, err := r.find(name)
	if err != nil {
		return err
	}
	if err := CheckBranch(branch); err != nil {
		return err
	}
	if _, err := r.read(ctx, folder, "symbolic-ref", "HEAD", "refs/heads/"+branch); err != nil {
		return fmt.Errorf("set branch of %s to %s: %w", name, branch, err)
	}
	return nil
}

// File returns a file of a commit, or a NotFound error.
func (r *Repositories) File(ctx context.Context, name, commit, file string) ([]byte, error) {
	folder, err := r.find(name)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkCommit(commit), checkPath(file)); err != nil {
		return nil, err
	}
	out, err := r.read(ctx, folder, "ls-tree", "-z", "-l", "--full-tree", commit, "--", ":(literal)"+file)
	if err != nil {
		return nil, r.unknownCommit(err, name, commit)
	}
	mode, rest, _ := strings.Cut(string(out), " ")
	f := strings.Fields(rest)
	if len(f) < 3 || f[0] != "blob" || mode == "120000" {
		return nil, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("commit %.8s of %s has no file %s", commit, name, file)}
	}
	if size, err := strconv.ParseInt(f[2], 10, 64); err != nil || size > maxFile {
		return nil, &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("file %s of commit %.8s is larger than %d MB", file, commit, maxFile>>20)}
	}
	b, err := r.read(ctx, folder, "cat-file", "blob", f[1])
	if err != nil {
		return nil, fmt.Errorf("read %s of commit %.8s of %s: %w", file, commit, name, err)
	}
	return b, nil
}

// Commit returns a commit by its full hash.
func (r *Repositories) Commit(ctx context.Context, name, hash string) (Commit, error) {
	folder, err := r.find(name)
	if err != nil {
		return Commit{}, err
	}
	if err := checkCommit(hash); err != nil {
		return Commit{}, err
	}
	commits, err := r.log(ctx, folder, "-1", hash)
	if err != nil {
		return Commit{}, r.unknownCommit(err, name, hash)
	}
	if len(commits) != 1 {
		return Commit{}, r.unknownCommit(nil, name, hash)
	}
	return commits[0], nil
}

// Log returns the commits that to has and from has not, newest first, at most n.
// An empty from stands for the beginning.
func (r *Repositories) Log(ctx context.Context, name, from, to string, n int) ([]Commit, error) {
	folder, err := r.find(name)
	if err != nil {
		return nil, err
	}
	if err := checkCommit(to); err != nil {
		return nil, err
	}
	args := []string{"-" + strconv.Itoa(min(max(n, 1), maxLog)), to}
	if !zero(from) {
		if err := checkCommit(from); err != nil {
			return nil, err
		}
		args = append(args, "^"+from)
	}
	commits, err := r.log(ctx, folder, args...)
	if err != nil {
		return nil, r.unknownCommit(err, name, to)
	}
	return commits, nil
}

// Commits returns the commits that head has and old has not, along first parents,
// oldest first, at most the newest n of them. Without an old commit, or when old
// is gone, it is head only.
func (r *Repositories) Commits(ctx context.Context, name, old, head string, n int) ([]Commit, error) {
	folder, err := r.find(name)
	if err != nil {
		return nil, err
	}
	if err := checkCommit(head); err != nil {
		return nil, err
	}
	args := []string{"-1", head}
	if !zero(old) && checkCommit(old) == nil && r.mergeBase(ctx, folder, old, head) != "" {
		args = []string{"--first-parent", "--reverse", "-" + strconv.Itoa(min(max(n, 1), maxLog)), head, "^" + old}
	}
	commits, err := r.log(ctx, folder, args...)
	if err != nil {
		return nil, r.unknownCommit(err, name, head)
	}
	return commits, nil
}

// log runs git log; its format separates fields by NUL, which no field can hold.
func (r *Repositories) log(ctx context.Context, folder string, args ...string) ([]Commit, error) {
	args = append([]string{"log", "-z", "--no-show-signature", "--no-color", "--encoding=UTF-8", "--format=%H%x00%P%x00%an%x00%ae%x00%ct%x00%s"}, args...)
	out, err := r.read(ctx, folder, append(args, "--")...)
	if err != nil {
		return nil, err
	}
	f := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	var commits []Commit
	for ; len(f) >= 6; f = f[6:] {
		parent, _, _ := strings.Cut(f[1], " ")
		seconds, err := strconv.ParseInt(f[4], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("git log: time %q", f[4])
		}
		commits = append(commits, Commit{
			Hash: f[0], Parent: parent, Author: clean(f[2]), Email: clean(f[3]),
			Time: time.Unix(seconds, 0).UTC(), Subject: clean(f[5]),
		})
	}
	return commits, nil
}

// clean makes text of a commit fit to be shown on one line.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > maxSubject {
		return string(r[:maxSubject-1]) + "…"
	}
	return s
}

// Resolve returns the full hash of the one commit that begins with prefix, of at
// least 4 hex digits.
func (r *Repositories) Resolve(ctx context.Context, name, prefix string) (string, error) {
	folder, err := r.find(name)
	if err != nil {
		return "", err
	}
	prefix = strings.ToLower(prefix)
	if len(prefix) < 4 || len(prefix) > 64 || !hexadecimal(prefix) {
		return "", &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("commit %.80q", prefix), Hint: "give at least 4 hex digits"}
	}
	out, err := r.read(ctx, folder, "rev-parse", "--quiet", "--verify", "--end-of-options", prefix+"^{commit}")
	if err != nil {
		return "", &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("repository %s has no commit, or several, that begin with %s", name, prefix)}
	}
	return strings.TrimSpace(string(out)), nil
}

// IsAncestor reports whether descendant holds ancestor in its history; a commit
// is its own ancestor.
func (r *Repositories) IsAncestor(ctx context.Context, name, ancestor, descendant string) (bool, error) {
	folder, err := r.find(name)
	if err != nil {
		return false, err
	}
	if err := errors.Join(checkCommit(ancestor), checkCommit(descendant)); err != nil {
		return false, err
	}
	_, err = r.read(ctx, folder, "merge-base", "--is-ancestor", ancestor, descendant)
	switch {
	case err == nil:
		return true, nil
	case status(err) == 1:
		return false, nil
	}
	return false, r.unknownCommit(err, name, descendant)
}

func (r *Repositories) unknownCommit(err error, name, commit string) error {
	return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("commit %.8s of repository %s cannot be read", commit, name), Err: err}
}
