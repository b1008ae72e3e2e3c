package artifact

import (
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/davit-cd/davit"
)

// Config says how an artifact runs when nothing overrides it.
type Config struct {
	Command []string          // argv, found from the artifact's folder
	Env     map[string]string // no secrets: whoever may pull can read it
	// Labels are part of the digest. Only what the content determines belongs
	// here (the service, a source's address); a commit, a run or a time would give
	// equal content another digest and belong into provenance.
	Labels map[string]string
	Folder string // working folder in the image; only read
}

// file returns the image's configuration for a layer.
func (c Config) file(layer v1.Hash) *v1.ConfigFile {
	var env []string
	for _, k := range slices.Sorted(maps.Keys(c.Env)) {
		env = append(env, k+"="+c.Env[k])
	}
	return &v1.ConfigFile{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Created:      v1.Time{Time: time.Unix(0, 0).UTC()},
		Config:       v1.Config{Entrypoint: c.Command, Env: env, Labels: c.Labels, WorkingDir: "/"},
		RootFS:       v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{layer}},
		History:      []v1.History{{Created: v1.Time{Time: time.Unix(0, 0).UTC()}, CreatedBy: "davit"}},
	}
}

// Config returns how the artifact says that it runs.
func (r *Registry) Config(d davit.Digest) (Config, error) {
	m, err := r.image(d)
	if err != nil {
		return Config{}, fmt.Errorf("read config: %w", err)
	}
	if m.Config == nil {
		return Config{}, invalid("artifact %s has no config", d)
	}
	b, err := r.readBlob(digestOf(*m.Config), maxManifest)
	if err != nil {
		return Config{}, fmt.Errorf("read config: %w", err)
	}
	var f v1.ConfigFile
	if err := json.Unmarshal(b, &f); err != nil {
		return Config{}, invalid("the config of artifact %s is not JSON: %v", d, err)
	}
	c := Config{Command: append(slices.Clone(f.Config.Entrypoint), f.Config.Cmd...), Env: map[string]string{}, Labels: f.Config.Labels, Folder: f.Config.WorkingDir}
	for _, e := range f.Config.Env {
		k, v, _ := strings.Cut(e, "=")
		c.Env[k] = v
	}
	return c, nil
}

// keepImage keeps the config and the manifest of an image with one plain layer.
func (r *Registry) keepImage(repo string, c Config, layer v1.Descriptor, h *hold) (davit.Digest, int64, error) {
	config, err := json.Marshal(c.file(layer.Digest))
	if err != nil {
		return "", 0, fmt.Errorf("write the image's config: %w", err)
	}
	d, err := r.keepBytes(config, h)
	if err != nil {
		return "", 0, err
	}
	b, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2,
		MediaType:     types.OCIManifestSchema1,
		Config:        v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config)), Digest: hashOf(d)},
		Layers:        []v1.Descriptor{layer},
	})
	if err != nil {
		return "", 0, fmt.Errorf("write the image's manifest: %w", err)
	}
	d, _, err = r.keepManifest(repo, string(types.OCIManifestSchema1), b, h)
	return d, layer.Size + int64(len(config)+len(b)), err
}

func hashOf(d davit.Digest) v1.Hash { return v1.Hash{Algorithm: "sha256", Hex: hexOf(d)} }
