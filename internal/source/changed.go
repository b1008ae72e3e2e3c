package source

import (
	"context"
	"fmt"
	"strings"
)

// Changed returns the files that differ between two commits, from the root of
// the repository. Without an old commit (a new branch) they are counted from
// where head left the branch of HEAD; if it shares nothing with that, or if old
// is gone, they are all of head's files. If head does not descend from old, they
// are counted from where the two parted.
func (r *Repositories) Changed(ctx context.Context, name, old, head string) ([]string, error) {
	folder, err := r.find(name)
	if err != nil {
		return nil, err
	}
	if err := checkCommit(head); err != nil {
		return nil, err
	}
	base := "HEAD"
	if !zero(old) {
		if err := checkCommit(old); err != nil {
			return nil, err
		}
		base = old
	}
	args := []string{"ls-tree", "-r", "-z", "--name-only", "--full-tree", head}
	if from := r.mergeBase(ctx, folder, base, head); from != "" && (from != head || !zero(old)) {
		args = []string{"diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-commit-id", from, head, "--"}
	}
	out, err := r.read(ctx, folder, args...)
	if err != nil {
		return nil, fmt.Errorf("files changed by %.8s in %s: %w", head, name, r.unknownCommit(err, name, head))
	}
	if len(out) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), nil
}

// mergeBase returns the commit where two histories part, or "".
func (r *Repositories) mergeBase(ctx context.Context, folder, a, b string) string {
	out, err := r.read(ctx, folder, "merge-base", "--", a, b)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
