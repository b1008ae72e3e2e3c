package artifact

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/davit-cd/davit"
)

// extraction unpacks the layers of one image into a folder. A tar is hostile
// until shown otherwise: every entry is checked by name and kind before anything
// is written, and everything is written through an os.Root besides.
type extraction struct {
	root    *os.Root
	options Options
	tree    node
	current int   // layer, from 1
	entries int   // entries and the folders made for them
	bytes   int64 // of files
	read    int64 // of tars, headers included
}

const (
	maxPath   = 1024 // bytes of an entry's name
	maxDepth  = 100  // folders above an entry
	whiteout  = ".wh."
	opaque    = ".wh..wh..opq"
	slackRate = 2048 // bytes of headers and padding allowed for an entry, on the average
)

// layer unpacks one layer over those before it.
func (x *extraction) layer(from io.Reader) error {
	x.current++
	most := x.options.MaxUnpacked + int64(x.options.MaxFiles)*slackRate
	limited := &io.LimitedReader{R: from, N: most - x.read + 1}
	before := limited.N
	tooMuch := invalid("it holds more than %d bytes", most)
	t := tar.NewReader(limited)
	for {
		h, err := t.Next()
		if limited.N <= 0 {
			return tooMuch
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return invalidTar(err)
		}
		if err := x.entry(h, t); err != nil {
			return &davit.Error{Kind: kindOf(err), Text: fmt.Sprintf("entry %q", h.Name), Err: err}
		}
	}
	// What follows the tar's end belongs to the stream and to its digest.
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return invalidTar(err)
	}
	if limited.N <= 0 {
		return tooMuch
	}
	x.read += before - limited.N
	return nil
}

// kindOf blames the tar for what is refused and the machine for the rest.
func kindOf(err error) davit.ErrorKind {
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrInvalid) {
		return davit.Invalid
	}
	return davit.KindOf(err)
}

func invalidTar(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return &davit.Error{Kind: davit.Invalid, Text: "it is not a proper tar", Err: err}
}

// entry unpacks one entry.
func (x *extraction) entry(h *tar.Header, content io.Reader) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := entryName(h.Name)
	if err != nil || name == "." {
		return err
	}
	if err := x.count(name, h); err != nil {
		return err
	}
	parent, err := x.parents(name)
	if err != nil {
		return err
	}
	base := path.Base(name)
	if strings.HasPrefix(base, whiteout) {
		return x.whiteout(parent, path.Dir(name), base)
	}
	if err := x.replace(parent, name, h.Typeflag == tar.TypeDir); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return x.folder(parent, name)
	case tar.TypeReg:
		parent.put(base, &node{kind: file, layer: x.current})
		return x.file(name, h, content)
	case tar.TypeSymlink:
		if why := escapes(name, h.Linkname); why != "" {
			return invalid("it is a link to %q, which %s", h.Linkname, why)
		}
		parent.put(base, &node{kind: link, layer: x.current})
		return x.root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return x.hardLink(parent, name, h.Linkname)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return invalid("it is a device or a pipe")
	}
	return invalid("it is of the unknown type %q", h.Typeflag)
}

// entryName returns a slash-separated path below the root, or "." for the root.
func entryName(name string) (string, error) {
	switch {
	case len(name) > maxPath:
		return "", invalid("its name is longer than %d bytes", maxPath)
	case strings.ContainsRune(name, 0):
		return "", invalid("its name has a zero byte")
	case path.IsAbs(name):
		return "", invalid("its name is an absolute path")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", invalid("its name has .. in it")
		}
	}
	clean := path.Clean(name)
	if strings.Count(clean, "/") > maxDepth {
		return "", invalid("it lies deeper than %d folders", maxDepth)
	}
	return clean, nil
}

func (x *extraction) count(name string, h *tar.Header) error {
	if h.Typeflag != tar.TypeDir && h.Mode&0o6000 != 0 {
		return &davit.Error{Kind: davit.Invalid, Text: "it would run as another user (setuid or setgid)", Hint: "remove that mode from " + name}
	}
	return x.one()
}

func (x *extraction) one() error {
	if x.entries++; x.entries > x.options.MaxFiles {
		return invalid("with it the artifact has more than %d entries", x.options.MaxFiles)
	}
	return nil
}

// parents makes the folders above name and returns the last of them. One that
// is a link is never followed.
func (x *extraction) parents(name string) (*node, error) {
	at := &x.tree
	at.below = x.current
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		above := name[:i]
		if at.children[path.Base(above)] == nil {
			if err := errors.Join(x.one(), x.folder(at, above)); err != nil {
				return nil, err
			}
		}
		if at = at.children[path.Base(above)]; at.kind != folder {
			return nil, invalid("it lies below %s, which is not a folder", above)
		}
		at.below = x.current
	}
	return at, nil
}

// replace makes room for an entry that an earlier layer had.
func (x *extraction) replace(parent *node, name string, isFolder bool) error {
	was := parent.children[path.Base(name)]
	switch {
	case was == nil, was.kind == folder && isFolder:
		return nil
	case was.stays(x.current):
		return invalid("it appears twice")
	}
	return x.remove(parent, name)
}

// remove takes away what earlier layers had at name.
func (x *extraction) remove(parent *node, name string) error {
	delete(parent.children, path.Base(name))
	return x.root.RemoveAll(name)
}

// whiteout takes away what an image's earlier layers had: one name, or
// everything in the folder.
func (x *extraction) whiteout(parent *node, dir, base string) error {
	if base == opaque {
		return x.prune(parent, dir)
	}
	gone := strings.TrimPrefix(base, whiteout)
	if gone == "" || gone == "." || gone == ".." {
		return invalid("it removes nothing that could be")
	}
	if was := parent.children[gone]; was == nil || was.stays(x.current) {
		return nil
	}
	return x.remove(parent, path.Join(dir, gone))
}

func (x *extraction) prune(at *node, dir string) error {
	for base, n := range at.children {
		name := path.Join(dir, base)
		if !n.stays(x.current) {
			if err := x.remove(at, name); err != nil {
				return err
			}
		} else if err := x.prune(n, name); err != nil {
			return err
		}
	}
	return nil
}

func (x *extraction) folder(parent *node, name string) error {
	if n := parent.children[path.Base(name)]; n != nil {
		n.layer = x.current
		return nil
	}
	parent.put(path.Base(name), &node{kind: folder, layer: x.current})
	if err := x.root.Mkdir(name, 0o755); err != nil {
		return err
	}
	return x.root.Chmod(name, 0o755) // whatever the umask is
}

func (x *extraction) file(name string, h *tar.Header, content io.Reader) error {
	mode := fs.FileMode(0o644)
	if h.Mode&0o111 != 0 {
		mode = 0o755
	}
	// Sizes are not believed: a sparse entry announces much and brings little.
	if h.Size < 0 || h.Size > x.options.MaxUnpacked-x.bytes {
		return invalid("with it the artifact has more than %d bytes", x.options.MaxUnpacked)
	}
	x.bytes += h.Size
	f, err := x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, content); err != nil {
		f.Close()
		return invalidTar(err)
	}
	return errors.Join(f.Chmod(mode), f.Close())
}

// hardLink links to a file that was unpacked before, never to a link or to
// anything outside.
func (x *extraction) hardLink(parent *node, name, target string) error {
	to, err := entryName(target)
	if err != nil || !x.isFile(to) {
		return invalid("it is a hard link to %q, which is no file of the artifact", target)
	}
	parent.put(path.Base(name), &node{kind: file, layer: x.current})
	return x.root.Link(to, name)
}

func (x *extraction) isFile(name string) bool {
	at := &x.tree
	for part := range strings.SplitSeq(name, "/") {
		if at = at.children[part]; at == nil {
			return false
		}
	}
	return at.kind == file
}
