package runner

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// packed is an archive of outputs.
type packed struct {
	digest davit.Digest
	files  int
	bytes  int64
}

// collect packs what matches the stage's outputs. The same files always make the
// same archive. missing says which glob matches nothing.
func (a *attempt) collect(ctx context.Context) (p packed, missing string, err error) {
	if len(a.job.Stage.Outputs) == 0 {
		return p, "", nil
	}
	names, missing, err := outputNames(ctx, a.folder(), a.job.Stage.Outputs)
	if err != nil || missing != "" {
		return p, missing, err
	}
	root, err := os.OpenRoot(a.folder())
	if err != nil {
		return p, "", fmt.Errorf("open the checkout: %w", err)
	}
	defer root.Close()
	dir := a.runner.outputs(a.job.Run)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return p, "", fmt.Errorf("make the folder of outputs: %w", err)
	}
	f, err := os.CreateTemp(dir, ".new-")
	if err != nil {
		return p, "", fmt.Errorf("pack the outputs: %w", err)
	}
	defer os.Remove(f.Name())
	pack := &packing{options: a.runner.options, root: root, sum: sha256.New()}
	pack.tar = tar.NewWriter(io.MultiWriter(f, pack.sum))
	for _, name := range names {
		if err = pack.add(ctx, name); err != nil {
			break
		}
	}
	err = errors.Join(err, pack.tar.Close(), f.Sync(), f.Close())
	if davit.KindOf(err) == davit.TooLarge || davit.KindOf(err) == davit.Invalid {
		return p, sentence(err.Error()), nil // the stage's fault
	}
	if err != nil {
		return p, "", fmt.Errorf("pack the outputs: %w", err)
	}
	sum := hex.EncodeToString(pack.sum.Sum(nil))
	if err := os.Rename(f.Name(), filepath.Join(dir, sum+".tar")); err != nil {
		return p, "", fmt.Errorf("keep the outputs: %w", err)
	}
	return packed{digest: davit.Digest("sha256:" + sum), files: pack.files, bytes: pack.bytes}, "", nil
}

// outputNames returns the files and links that match a glob, sorted.
func outputNames(ctx context.Context, folder string, globs []string) (names []string, missing string, err error) {
	matched := make([]bool, len(globs))
	err = filepath.WalkDir(folder, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(folder, at)
		if err != nil {
			return err
		}
		name, wanted := filepath.ToSlash(rel), false
		for i, glob := range globs {
			if spec.Match(path.Clean(glob), name) {
				matched[i], wanted = true, true
			}
		}
		if wanted {
			names = append(names, name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Sprintf("The steps passed, but left a folder that cannot be read: %v.", err), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("look for outputs: %w", err)
	}
	if i := slices.Index(matched, false); i >= 0 {
		return nil, fmt.Sprintf("The steps passed, but no file matches the output %s.", globs[i]), nil
	}
	slices.Sort(names)
	return names, "", nil
}

// packing is an archive under way.
type packing struct {
	options Options
	root    *os.Root
	tar     *tar.Writer
	sum     hash.Hash
	files   int
	bytes   int64
}

// add appends one file or link, with everything left out that differs from one
// machine or moment to the next.
func (p *packing) add(ctx context.Context, name string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	info, err := p.root.Lstat(name)
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o644, ModTime: time.Unix(0, 0).UTC(), Format: tar.FormatPAX}
	if info.Mode()&0o100 != 0 {
		h.Mode = 0o755
	}
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		h.Typeflag, h.Mode = tar.TypeSymlink, 0o777
		if h.Linkname, err = p.root.Readlink(name); err != nil {
			return err
		}
		if err := checkLink(name, h.Linkname); err != nil {
			return err
		}
	case info.Mode().IsRegular():
		h.Typeflag, h.Size = tar.TypeReg, info.Size()
	default:
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("the output %s is neither a file nor a link", name)}
	}
	if p.files++; p.files > p.options.OutputFiles {
		return &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("the outputs are more than %d files", p.options.OutputFiles)}
	}
	if p.bytes += h.Size; p.bytes > p.options.OutputBytes {
		return &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("the outputs are larger than %d MB", p.options.OutputBytes/1_000_000)}
	}
	if err := p.tar.WriteHeader(h); err != nil {
		return err
	}
	if h.Typeflag != tar.TypeReg {
		return nil
	}
	f, err := p.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(p.tar, f)
	return err
}

func (r *Runner) outputs(run string) string { return filepath.Join(r.runs(), run, "outputs") }

// Tidy removes all of a run but its logs: what is left of it after its release
// is packed.
func (r *Runner) Tidy(run string) error {
	if err := checkName("run", run); err != nil {
		return err
	}
	if err := removeAll(r.outputs(run)); err != nil {
		return fmt.Errorf("tidy %s: %w", run, err)
	}
	return nil
}

// Forget removes all of a run, its logs too.
func (r *Runner) Forget(run string) error {
	if err := checkName("run", run); err != nil {
		return err
	}
	if err := removeAll(filepath.Join(r.runs(), run)); err != nil {
		return fmt.Errorf("forget %s: %w", run, err)
	}
	return nil
}
