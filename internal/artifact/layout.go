package artifact

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/davit-cd/davit"
)

// LayoutOptions say which image is taken in.
type LayoutOptions struct {
	Repository string
	Path       string // a folder with an OCI layout, or a tarball as "docker save" writes it
	Tag        string // may be empty
}

// PackLayout takes in an image that a stage has made and returns its digest and
// its size in bytes. The image is not changed.
func (r *Registry) PackLayout(ctx context.Context, o LayoutOptions) (davit.Digest, int64, error) {
	d, err := r.packLayout(ctx, o)
	if err == nil && o.Tag != "" {
		err = r.Tag(o.Repository, o.Tag, d)
	}
	if err != nil {
		return "", 0, fmt.Errorf("take in image %s: %w", o.Path, err)
	}
	return d, r.size(d), nil
}

func (r *Registry) packLayout(ctx context.Context, o LayoutOptions) (davit.Digest, error) {
	if err := checkRepository(o.Repository); err != nil {
		return "", err
	}
	info, err := os.Lstat(o.Path)
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "there is no such file or folder", Hint: "package.image must name what a stage makes", Err: err}
	}
	h := r.hold()
	defer h.release()
	switch {
	case info.IsDir():
		root, err := os.OpenRoot(o.Path)
		if err != nil {
			return "", err
		}
		defer root.Close()
		return r.keepLayout(ctx, o.Repository, root, h)
	case info.Mode().IsRegular():
		return r.keepTarball(ctx, o, h)
	}
	return "", invalid("it is neither a folder nor a file")
}

// keepLayout takes in what the index of an OCI layout names: the image, or, if
// it names several, the index.
func (r *Registry) keepLayout(ctx context.Context, repo string, root *os.Root, h *hold) (davit.Digest, error) {
	b, err := readSmall(root, "index.json")
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "it is no OCI layout", Err: err}
	}
	index, err := parseManifest(b)
	if err != nil {
		return "", err
	}
	in := &intake{registry: r, repo: repo, root: root, hold: h}
	var d davit.Digest
	for _, m := range index.Manifests {
		if d, err = in.manifest(ctx, m, 0); err != nil {
			return "", err
		}
	}
	switch len(index.Manifests) {
	case 0:
		return "", invalid("its index names no image")
	case 1:
		return d, nil
	}
	d, _, err = r.keepManifest(repo, "application/vnd.oci.image.index.v1+json", b, h)
	return d, err
}

// intake copies manifests and what they name from an OCI layout.
type intake struct {
	registry *Registry
	repo     string
	root     *os.Root
	hold     *hold
	count    int
}

func (in *intake) manifest(ctx context.Context, desc v1.Descriptor, depth int) (davit.Digest, error) {
	if in.count++; depth > 2 || in.count > 100 {
		return "", invalid("its index names too many manifests")
	}
	d := digestOf(desc)
	b, err := readSmall(in.root, "blobs/sha256/"+hexOf(d))
	if err != nil {
		return "", invalid("manifest %s: %v", d, err)
	}
	if got := davit.DigestOf(b); got != d {
		return "", wrongDigest(d, got)
	}
	m, err := parseManifest(b)
	if err != nil {
		return "", err
	}
	for _, sub := range m.Manifests {
		if _, err := in.manifest(ctx, sub, depth+1); err != nil {
			return "", err
		}
	}
	for _, p := range m.parts() {
		if err := in.blob(ctx, digestOf(p)); err != nil {
			return "", err
		}
	}
	_, _, err = in.registry.keepManifest(in.repo, string(desc.MediaType), b, in.hold)
	return d, err
}

func (in *intake) blob(ctx context.Context, d davit.Digest) error {
	f, err := openRegular(in.root, "blobs/sha256/"+hexOf(d))
	if err != nil {
		return invalid("blob %s: %v", d, err)
	}
	defer f.Close()
	err = in.registry.keepReader(&patient{ctx: ctx, from: f}, d, in.hold)
	return err
}

// openRegular opens a file; a pipe, which would never answer, it refuses.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	return root.Open(name)
}

func readSmall(root *os.Root, name string) ([]byte, error) {
	f, err := openRegular(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(b) > maxManifest {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxManifest)
	}
	return b, err
}

// keepTarball takes in the only image of a tarball.
func (r *Registry) keepTarball(ctx context.Context, o LayoutOptions, h *hold) (davit.Digest, error) {
	img, err := tarball.ImageFromPath(o.Path, nil)
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "it is no tarball with one image", Err: err}
	}
	layers, err := img.Layers()
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "it is no proper tarball", Err: err}
	}
	for _, l := range layers {
		if err := r.keepTarLayer(ctx, l, h); err != nil {
			return "", err
		}
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "the image has no config", Err: err}
	}
	if _, err := r.keepBytes(config, h); err != nil {
		return "", err
	}
	b, err := img.RawManifest()
	if err != nil {
		return "", &davit.Error{Kind: davit.Invalid, Text: "the image has no manifest", Err: err}
	}
	var m struct {
		MediaType string `json:"mediaType"`
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return "", invalid("the image's manifest is not JSON: %v", err)
	}
	d, _, err := r.keepManifest(o.Repository, m.MediaType, b, h)
	return d, err
}

func (r *Registry) keepTarLayer(ctx context.Context, l v1.Layer, h *hold) error {
	want, err := l.Digest()
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: "a layer cannot be read", Err: err}
	}
	f, err := l.Compressed()
	if err != nil {
		return &davit.Error{Kind: davit.Invalid, Text: "a layer cannot be read", Err: err}
	}
	defer f.Close()
	err = r.keepReader(&patient{ctx: ctx, from: f}, davit.Digest(want.String()), h)
	return err
}
