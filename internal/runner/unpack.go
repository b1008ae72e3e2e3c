package runner

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit"
)

// Unpack writes the outputs of a stage of a run into dir, over what is there.
// Nothing is written outside dir, and nothing that differs from the digest is
// taken.
func (r *Runner) Unpack(ctx context.Context, run string, digest davit.Digest, dir string) error {
	if err := checkName("run", run); err != nil {
		return err
	}
	digest, err := davit.ParseDigest(string(digest))
	if err != nil {
		return fmt.Errorf("unpack outputs: %w", err)
	}
	hexed := strings.TrimPrefix(string(digest), "sha256:")
	f, err := os.Open(filepath.Join(r.outputs(run), hexed+".tar"))
	if errors.Is(err, os.ErrNotExist) {
		return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("the outputs %s of %s are gone", digest.Short(), run), Hint: "start the run again"}
	}
	if err != nil {
		return fmt.Errorf("unpack outputs: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("unpack outputs: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != hexed {
		return &davit.Error{Kind: davit.Internal, Text: fmt.Sprintf("the outputs %s of %s have changed on disk", digest.Short(), run)}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("unpack outputs: %w", err)
	}
	if err := unpack(ctx, f, dir, r.options); err != nil {
		return fmt.Errorf("unpack outputs %s: %w", digest.Short(), err)
	}
	return nil
}

// unpack writes an archive into dir.
func unpack(ctx context.Context, from io.Reader, dir string, bounds Options) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	archive := tar.NewReader(from)
	var files int
	var size int64
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		files, size = files+1, size+h.Size
		if files > bounds.OutputFiles || size > bounds.OutputBytes || h.Size < 0 {
			return &davit.Error{Kind: davit.TooLarge, Text: "the archive is larger than outputs may be"}
		}
		if err := unpackEntry(root, archive, h); err != nil {
			return err
		}
	}
}

func unpackEntry(root *os.Root, archive io.Reader, h *tar.Header) error {
	name := strings.TrimSuffix(h.Name, "/")
	if !fs.ValidPath(name) || strings.Contains(name, "\\") && filepath.Separator == '\\' {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("the archive holds the name %.200q, which leads out of it", h.Name)}
	}
	if name == "." {
		return nil
	}
	// The root refuses whatever leads out of it by way of links.
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", name, err)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		if err := checkLink(name, h.Linkname); err != nil {
			return err
		}
		_ = root.RemoveAll(name)
		return root.Symlink(h.Linkname, name)
	case tar.TypeReg:
		_ = root.RemoveAll(name)
		f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fs.FileMode(h.Mode)&0o755|0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, archive)
		return errors.Join(err, f.Close())
	}
	return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("the archive holds %s, which is neither file, folder nor symbolic link", name)}
}

// checkLink refuses a link whose text leads out of the folder it is packed from.
func checkLink(name, target string) error {
	to := path.Join(path.Dir(name), filepath.ToSlash(target))
	if path.IsAbs(target) || filepath.IsAbs(target) || to == ".." || strings.HasPrefix(to, "../") {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("the symbolic link %s leads out of the outputs, to %.200q", name, target)}
	}
	return nil
}
