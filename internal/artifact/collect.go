package artifact

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/davit-cd/davit"
)

// Collect deletes every manifest that keep does not want, and every blob that no
// kept manifest reaches, and returns how many bytes that freed. What a manifest
// refers to (an index's images, a layer, a signature's subject) goes or stays
// with it. It spares what is younger than the grace time and what a pack under
// way has written; uploads are not blobs yet.
func (r *Registry) Collect(ctx context.Context, keep func(davit.Digest) bool) (freed int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := time.Now().Add(-max(r.options.Grace, -time.Second))
	c := &collection{registry: r, before: before, reached: map[davit.Digest]bool{}}
	for d := range r.held {
		c.reached[d] = true
	}
	repos, err := r.repositories()
	if err != nil {
		return 0, err
	}
	for _, repo := range repos {
		if err := c.mark(repo, keep); err != nil {
			return 0, fmt.Errorf("collect repository %s: %w", repo, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx)
	}
	// Names go first and are gone for good before the first blob is.
	for _, repo := range repos {
		if err := c.forget(repo); err != nil {
			return 0, fmt.Errorf("collect repository %s: %w", repo, err)
		}
	}
	if err := r.clearUploads(); err != nil {
		return 0, fmt.Errorf("collect uploads: %w", err)
	}
	return c.sweep(ctx)
}

// collection is one run of Collect.
type collection struct {
	registry *Registry
	before   time.Time             // only what is older is deleted
	reached  map[davit.Digest]bool // manifests and blobs that stay
}

// mark reaches from the manifests of a repository that stay. A manifest that
// cannot be read is kept, and so is everything: deleting by half a map is worse
// than a full disk.
func (c *collection) mark(repo string, keep func(davit.Digest) bool) error {
	all, err := digestsIn(c.registry.repositoryPath(repo, "manifests"))
	if err != nil {
		return err
	}
	about := map[davit.Digest][]davit.Digest{} // subject to referrers
	var stay []davit.Digest
	for _, d := range all {
		m, err := c.read(d)
		if err != nil {
			return err
		}
		if m.Subject != nil {
			about[digestOf(*m.Subject)] = append(about[digestOf(*m.Subject)], d)
		}
		if keep(d) || c.reached[d] || c.young(c.registry.repositoryPath(repo, "manifests", hexOf(d))) {
			stay = append(stay, d)
		}
	}
	seen := map[davit.Digest]bool{}
	for len(stay) > 0 {
		d := stay[0]
		stay = stay[1:]
		if seen[d] {
			continue
		}
		seen[d], c.reached[d] = true, true
		stay = append(stay, about[d]...)
		m, err := c.read(d)
		if err != nil {
			return err
		}
		for _, p := range m.parts() {
			c.reached[digestOf(p)] = true
		}
		for _, p := range m.Manifests {
			stay = append(stay, digestOf(p))
		}
	}
	return nil
}

func (c *collection) read(d davit.Digest) (manifest, error) {
	b, err := c.registry.readBlob(d, maxManifest)
	if davit.KindOf(err) == davit.NotFound {
		return manifest{}, nil // a name without its blob holds nothing
	}
	if err != nil {
		return manifest{}, err
	}
	return parseManifest(b)
}

func (c *collection) young(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.ModTime().After(c.before)
}

// forget removes the names of a repository's manifests that do not stay.
func (c *collection) forget(repo string) error {
	r := c.registry
	names, err := r.tags(repo)
	if err != nil {
		return err
	}
	for _, t := range names {
		if d, err := r.Resolve(repo, t); err != nil || !c.reached[d] {
			if err := os.Remove(r.repositoryPath(repo, "tags", t)); err != nil {
				return err
			}
		}
	}
	all, err := digestsIn(r.repositoryPath(repo, "manifests"))
	if err != nil {
		return err
	}
	for _, d := range all {
		if !c.reached[d] {
			if err := os.Remove(r.repositoryPath(repo, "manifests", hexOf(d))); err != nil {
				return err
			}
		}
	}
	if err := c.forgetReferrers(repo); err != nil {
		return err
	}
	return errors.Join(c.sync(repo, "tags"), c.sync(repo, "manifests"))
}

func (c *collection) sync(repo, kind string) error {
	if err := syncFolder(c.registry.repositoryPath(repo, kind)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (c *collection) forgetReferrers(repo string) error {
	dir := c.registry.repositoryPath(repo, "referrers")
	subjects, err := digestsIn(dir)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		about, err := digestsIn(filepath.Join(dir, hexOf(s)))
		if err != nil {
			return err
		}
		for _, d := range about {
			if !c.reached[d] {
				if err := os.Remove(filepath.Join(dir, hexOf(s), hexOf(d))); err != nil {
					return err
				}
			}
		}
		os.Remove(filepath.Join(dir, hexOf(s))) // only if it is empty
	}
	return nil
}

// sweep removes the blobs that nothing reaches.
func (c *collection) sweep(ctx context.Context) (freed int64, err error) {
	all, err := digestsIn(filepath.Join(c.registry.dir, "blobs", "sha256"))
	if err != nil {
		return 0, fmt.Errorf("collect blobs: %w", err)
	}
	for _, d := range all {
		if ctx.Err() != nil {
			return freed, context.Cause(ctx)
		}
		if c.reached[d] || c.young(c.registry.blobPath(d)) {
			continue
		}
		size := c.registry.blobSize(d)
		if err := os.Remove(c.registry.blobPath(d)); err != nil {
			return freed, fmt.Errorf("collect blob %s: %w", d.Short(), err)
		}
		freed += size
	}
	return freed, nil
}
