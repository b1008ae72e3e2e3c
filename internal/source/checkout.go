package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit"
)

// Checkout writes the files of a commit into dir, which must be empty or not
// there. There is no .git folder in it. Symbolic links that lead out of dir and
// submodules are refused.
func (r *Repositories) Checkout(ctx context.Context, name, commit, dir string) error {
	folder, err := r.find(name)
	if err != nil {
		return err
	}
	if err := checkCommit(commit); err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("check out %s: %w", name, err)
	}
	if err := makeEmpty(dir); err != nil {
		return fmt.Errorf("check out %.8s of %s: %w", commit, name, err)
	}
	links, err := r.special(ctx, folder, name, commit)
	if err != nil {
		return err
	}
	index := dir + ".index"
	defer func() {
		_ = os.Remove(index)
		_ = os.Remove(index + ".lock")
	}()
	for _, args := range [][]string{
		{"read-tree", commit},
		{"-c", "checkout.workers=2", "checkout-index", "--all", "--force", "--quiet"},
	} {
		cmd := r.command(ctx, folder, args...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "GIT_WORK_TREE="+dir, "GIT_INDEX_FILE="+index)
		errs := bounded{most: 4096}
		cmd.Stderr = &errs
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("check out %.8s of %s: %w", commit, name, gitError{err, strings.TrimSpace(errs.String())})
		}
	}
	for _, link := range links {
		if err := checkLink(dir, link); err != nil {
			return err
		}
	}
	return nil
}

// special returns the symbolic links of a commit; submodules are an error.
func (r *Repositories) special(ctx context.Context, folder, name, commit string) (links []string, err error) {
	out, err := r.read(ctx, folder, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, r.unknownCommit(err, name, commit)
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		mode, rest, _ := strings.Cut(entry, " ")
		_, file, _ := strings.Cut(rest, "\t")
		switch mode {
		case "120000":
			links = append(links, file)
		case "160000":
			return nil, &davit.Error{
				Kind: davit.Invalid,
				Text: fmt.Sprintf("commit %.8s of %s holds the submodule %s; submodules are not supported", commit, name, file),
				Hint: "commit its files instead, or fetch them in a stage",
			}
		}
	}
	return links, nil
}

// checkLink refuses a link that leads out of root, directly or by way of others.
// A link to nothing is judged by its text.
func checkLink(root, link string) error {
	at := filepath.Join(root, filepath.FromSlash(link))
	target, err := os.Readlink(at)
	if errors.Is(err, fs.ErrInvalid) {
		return nil // the system has no links: git wrote a file
	}
	if err != nil {
		return fmt.Errorf("read link %s: %w", link, err)
	}
	inside := !filepath.IsAbs(target) && within(root, filepath.Join(filepath.Dir(at), target))
	if leads, err := filepath.EvalSymlinks(at); err == nil && inside {
		realRoot, err := filepath.EvalSymlinks(root)
		inside = err == nil && within(realRoot, leads)
	}
	if !inside {
		return &davit.Error{
			Kind: davit.Invalid,
			Text: fmt.Sprintf("the symbolic link %s leads out of the repository, to %.200q", link, target),
			Hint: "let it point to a file of the repository, or make it in a stage",
		}
	}
	return nil
}

func within(root, path string) bool {
	return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
}

func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("folder %s is not empty", dir)
	}
	return nil
}
