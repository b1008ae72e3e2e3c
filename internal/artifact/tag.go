package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/davit-cd/davit"
)

// Tag names a manifest of a repository, such as "shop-17" for a release. A tag
// that names another manifest is moved.
func (r *Registry) Tag(repo, tag string, d davit.Digest) error {
	if err := errors.Join(checkRepository(repo), checkTag(tag)); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.mediaType(repo, d); err != nil {
		return fmt.Errorf("tag %s: %w", tag, err)
	}
	if err := r.writeFile(r.repositoryPath(repo, "tags", tag), []byte(d)); err != nil {
		return fmt.Errorf("tag %s: %w", tag, err)
	}
	return nil
}

// Resolve returns what a tag names.
func (r *Registry) Resolve(repo, tag string) (davit.Digest, error) {
	if err := errors.Join(checkRepository(repo), checkTag(tag)); err != nil {
		return "", err
	}
	b, err := os.ReadFile(r.repositoryPath(repo, "tags", tag))
	if errors.Is(err, fs.ErrNotExist) {
		return "", notFound("repository %s has no tag %s", repo, tag)
	}
	if err != nil {
		return "", fmt.Errorf("resolve tag %s: %w", tag, err)
	}
	return davit.ParseDigest(string(b))
}

// tags lists the tags of a repository, sorted.
func (r *Registry) tags(repo string) ([]string, error) {
	entries, err := os.ReadDir(r.repositoryPath(repo, "tags"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list tags of %s: %w", repo, err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}
