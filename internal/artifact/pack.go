package artifact

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// PackOptions say what is packed, and how it runs.
type PackOptions struct {
	Repository string   // "shop"
	Folder     string   // on this machine
	Exclude    []string // globs as in davit.yaml, seen from Folder; .git is always left out
	Config     Config
	Tag        string // may be empty
}

// PackFolder makes an image of a folder of files and returns its digest and its
// size in bytes. Equal folders give equal digests.
func (r *Registry) PackFolder(ctx context.Context, o PackOptions) (davit.Digest, int64, error) {
	fail := func(err error) (davit.Digest, int64, error) {
		return "", 0, fmt.Errorf("pack folder %s: %w", o.Folder, err)
	}
	if err := errors.Join(checkRepository(o.Repository), checkExclude(o.Exclude)); err != nil {
		return fail(err)
	}
	// All files are opened through root: a link that is swapped in while we
	// pack cannot lead us out of the folder.
	root, err := os.OpenRoot(o.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(&davit.Error{Kind: davit.Invalid, Text: "there is no such folder", Hint: "package.folder must be in the repository or among the outputs of a stage"})
	}
	if err != nil {
		return fail(err)
	}
	defer root.Close()
	h := r.hold()
	defer h.release()
	layer, err := r.keepLayer(ctx, root, o.Exclude, h)
	if err != nil {
		return fail(err)
	}
	d, size, err := r.keepImage(o.Repository, o.Config, layer, h)
	if err != nil {
		return fail(err)
	}
	if o.Tag != "" {
		if err := r.Tag(o.Repository, o.Tag, d); err != nil {
			return fail(err)
		}
	}
	return d, size, nil
}

func checkExclude(patterns []string) error {
	for _, p := range patterns {
		if err := spec.CheckGlob(p); err != nil {
			return invalid("exclude: %v", err)
		}
	}
	return nil
}

// keepLayer writes the files below root as a layer.
func (r *Registry) keepLayer(ctx context.Context, root *os.Root, exclude []string, h *hold) (v1.Descriptor, error) {
	w, err := r.newDraft()
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer w.drop()
	buf := bufio.NewWriterSize(w, 1<<18)
	p := &packer{tar: tar.NewWriter(buf), root: root, options: r.options}
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case name == ".":
			return nil
		case path.Base(name) != ".git" && !spec.MatchAny(exclude, name):
			return p.add(name, e)
		case e.IsDir():
			return fs.SkipDir
		}
		return nil
	})
	if err == nil && p.files == 0 {
		err = &davit.Error{Kind: davit.Invalid, Text: "the folder has no files", Hint: "look at package.folder and package.exclude"}
	}
	if err := errors.Join(err, p.tar.Close()); err != nil {
		return v1.Descriptor{}, err
	}
	if err := errors.Join(buf.Flush(), w.sync()); err != nil {
		return v1.Descriptor{}, err
	}
	d := v1.Descriptor{MediaType: types.OCIUncompressedLayer, Size: w.size, Digest: hashOf(w.digest())}
	return d, r.keep(w.file.Name(), w.digest(), h)
}

// packer writes files into a tar that says nothing of when, where and by whom.
type packer struct {
	tar     *tar.Writer
	root    *os.Root
	options Options
	entries int
	files   int
	bytes   int64
}

func (p *packer) add(name string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	if p.entries++; p.entries > p.options.MaxFiles {
		return invalid("the folder has more than %d entries", p.options.MaxFiles)
	}
	h := &tar.Header{Name: name, ModTime: time.Unix(0, 0), Mode: 0o644}
	switch {
	case info.IsDir():
		h.Typeflag, h.Name, h.Mode = tar.TypeDir, name+"/", 0o755
		return p.tar.WriteHeader(h)
	case info.Mode()&fs.ModeSymlink != 0:
		h.Typeflag, h.Mode = tar.TypeSymlink, 0o777
		if h.Linkname, err = p.root.Readlink(name); err != nil {
			return err
		}
		if why := escapes(name, h.Linkname); why != "" {
			return invalid("%s is a link to %s, which %s", name, h.Linkname, why)
		}
		p.files++
		return p.tar.WriteHeader(h)
	case info.Mode().IsRegular():
		h.Typeflag, h.Size = tar.TypeReg, info.Size()
		if info.Mode()&0o111 != 0 {
			h.Mode = 0o755
		}
		p.files++
		return p.file(h)
	}
	return &davit.Error{Kind: davit.Invalid, Text: name + " is neither a file nor a folder nor a link", Hint: "leave it out with package.exclude"}
}

func (p *packer) file(h *tar.Header) error {
	if p.bytes += h.Size; p.bytes > p.options.MaxUnpacked {
		return invalid("the folder has more than %d bytes", p.options.MaxUnpacked)
	}
	f, err := p.root.Open(h.Name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := p.tar.WriteHeader(h); err != nil {
		return err
	}
	// One byte more is asked for than was announced: a file that grows is as
	// wrong as one that shrinks.
	n, err := io.Copy(p.tar, io.LimitReader(f, h.Size+1))
	if n != h.Size || errors.Is(err, tar.ErrWriteTooLong) {
		return &davit.Error{Kind: davit.Conflict, Text: h.Name + " changed while it was packed", Hint: "let no stage leave a process behind that writes into the folder"}
	}
	return err
}
