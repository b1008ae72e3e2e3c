package artifact

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/davit-cd/davit"
)

// manifest is what this room needs to know of an image manifest or an index.
type manifest struct {
	MediaType    types.MediaType   `json:"mediaType"`
	ArtifactType string            `json:"artifactType"`
	Config       *v1.Descriptor    `json:"config"`
	Layers       []v1.Descriptor   `json:"layers"`
	Manifests    []v1.Descriptor   `json:"manifests"`
	Subject      *v1.Descriptor    `json:"subject"`
	Annotations  map[string]string `json:"annotations"`
}

func parseManifest(b []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return m, invalid("the manifest is not JSON: %v", err)
	}
	if m.Config == nil && m.Layers == nil && m.Manifests == nil {
		return m, invalid("the manifest names neither a config and layers nor other manifests")
	}
	for _, p := range append(m.parts(), m.Manifests...) {
		if _, err := davit.ParseDigest(p.Digest.String()); err != nil || p.Size < 0 {
			return m, invalid("the manifest names %q of %d bytes, which cannot be", p.Digest, p.Size)
		}
	}
	if m.Subject != nil {
		if _, err := davit.ParseDigest(m.Subject.Digest.String()); err != nil {
			return m, invalid("the manifest's subject is no digest: %v", err)
		}
	}
	return m, nil
}

// parts returns the config and the layers that must be in the registry.
func (m manifest) parts() []v1.Descriptor {
	var all []v1.Descriptor
	if m.Config != nil {
		all = append(all, *m.Config)
	}
	for _, l := range m.Layers {
		if l.MediaType.IsDistributable() {
			all = append(all, l)
		}
	}
	return all
}

func digestOf(d v1.Descriptor) davit.Digest { return davit.Digest(d.Digest.String()) }

// missing returns what a manifest names and the registry has not, or not whole.
func (r *Registry) missing(m manifest) error {
	for _, p := range append(m.parts(), m.Manifests...) {
		if size := r.blobSize(digestOf(p)); size != p.Size {
			if size >= 0 {
				return invalid("the manifest says that %s has %d bytes, it has %d", p.Digest, p.Size, size)
			}
			return notFound("the manifest names %s, which is not in the registry", p.Digest)
		}
	}
	return nil
}

// keepManifest names a manifest in a repository, once all its parts are there.
func (r *Registry) keepManifest(repo string, mediaType string, b []byte, h *hold) (davit.Digest, manifest, error) {
	m, err := parseManifest(b)
	if err != nil {
		return "", m, err
	}
	if mediaType == "" {
		mediaType = string(m.MediaType)
	}
	if mt := types.MediaType(mediaType); !mt.IsImage() && !mt.IsIndex() {
		return "", m, invalid("media type %q is not that of a manifest", mediaType)
	}
	d, err := r.keepBytes(b, h)
	if err != nil {
		return "", m, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.missing(m); err != nil {
		return "", m, err
	}
	// The referrer's mark comes before the name, so that none is ever missing;
	// a mark whose manifest has no name is passed over.
	if m.Subject != nil {
		if err := r.writeFile(r.repositoryPath(repo, "referrers", hexOf(digestOf(*m.Subject)), hexOf(d)), nil); err != nil {
			return "", m, fmt.Errorf("name manifest %s in %s: %w", d.Short(), repo, err)
		}
	}
	if err := r.writeFile(r.repositoryPath(repo, "manifests", hexOf(d)), []byte(mediaType)); err != nil {
		return "", m, fmt.Errorf("name manifest %s in %s: %w", d.Short(), repo, err)
	}
	return d, m, nil
}

// mediaType returns under which media type a repository has a manifest.
func (r *Registry) mediaType(repo string, d davit.Digest) (string, error) {
	b, err := os.ReadFile(r.repositoryPath(repo, "manifests", hexOf(d)))
	if errors.Is(err, fs.ErrNotExist) {
		return "", notFound("manifest %s is not in repository %s", d, repo)
	}
	return string(b), err
}

// image returns the image manifest that d names: itself, or the one of an index
// that fits this machine.
func (r *Registry) image(d davit.Digest) (manifest, error) {
	for range 3 { // an index may name an index, a chain of them is an attack
		b, err := r.readBlob(d, maxManifest)
		if err != nil {
			return manifest{}, err
		}
		m, err := parseManifest(b)
		if err != nil {
			return m, err
		}
		if len(m.Manifests) == 0 {
			return m, nil
		}
		one, ok := fitting(m.Manifests)
		if !ok {
			return m, invalid("index %s has no image for %s", d, platform())
		}
		d = digestOf(one)
	}
	return manifest{}, invalid("index %s names an index that names an index", d)
}
