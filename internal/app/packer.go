package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/artifact"
	"github.com/davit-cd/davit/internal/engine"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/source"
)

// packer packs what the stages of a run have made.
type packer struct {
	work     string // folder for checkouts
	source   *source.Repositories
	runner   *runner.Runner
	registry *artifact.Registry
}

// Pack lays out the checkout with the outputs of all stages, and packs what
// davit.yaml names of it.
func (p packer) Pack(ctx context.Context, run pipeline.State) (davit.Digest, int64, error) {
	if err := os.MkdirAll(p.work, 0o700); err != nil {
		return "", 0, fmt.Errorf("pack %s: %w", run.ID, err)
	}
	scratch, err := os.MkdirTemp(p.work, run.ID+"-")
	if err != nil {
		return "", 0, fmt.Errorf("pack %s: %w", run.ID, err)
	}
	defer os.RemoveAll(scratch)
	tree := filepath.Join(scratch, "tree")
	if err := p.source.Checkout(ctx, run.Repo, run.Commit, tree); err != nil {
		return "", 0, err
	}
	home := filepath.Join(tree, filepath.FromSlash(run.Spec.Path))
	var names []string
	for _, s := range run.Stages {
		names = append(names, s.Name)
	}
	for _, outputs := range inputs(run, names) {
		if err := p.runner.Unpack(ctx, run.ID, outputs, home); err != nil {
			return "", 0, err
		}
	}
	pack := run.Spec.Package
	if layout, ok := strings.CutPrefix(pack.Image, "oci-layout:"); ok {
		return p.registry.PackLayout(ctx, artifact.LayoutOptions{Repository: run.Service, Path: filepath.Join(home, filepath.FromSlash(layout))})
	}
	if pack.Image != "" {
		image := filepath.Join(scratch, "image.tar")
		if err := buildImage(ctx, home, filepath.FromSlash(pack.Image), "davit-build:"+run.ID, image); err != nil {
			return "", 0, err
		}
		return p.registry.PackLayout(ctx, artifact.LayoutOptions{Repository: run.Service, Path: image})
	}
	return p.registry.PackFolder(ctx, artifact.PackOptions{
		Repository: run.Service, Folder: filepath.Join(home, filepath.FromSlash(pack.Folder)), Exclude: append(slices.Clone(pack.Exclude), engine.ConfigFile), // how it is deployed is not part of what is deployed
		Config: artifact.Config{Command: run.Spec.Run.Argv(), Labels: map[string]string{"org.opencontainers.image.title": run.Service}},
	})
}

// Tag gives an artifact the name of a release.
func (p packer) Tag(_ context.Context, service, release string, d davit.Digest) error {
	return p.registry.Tag(service, release, d)
}
