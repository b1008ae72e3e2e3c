package artifact

import (
	"os"
	"time"

	"github.com/davit-cd/davit"
)

// Entry is a manifest of a repository.
type Entry struct {
	Repository string
	Digest     davit.Digest
	Tags       []string
	MediaType  string
	Size       int64     // bytes of everything it names, and of itself
	Kept       time.Time // when it was last packed or pushed
}

// List returns every manifest of every repository, sorted by repository and
// digest.
func (r *Registry) List() ([]Entry, error) {
	repos, err := r.repositories()
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, repo := range repos {
		names, err := r.tags(repo)
		if err != nil {
			return nil, err
		}
		tags := map[davit.Digest][]string{}
		for _, t := range names {
			if d, err := r.Resolve(repo, t); err == nil {
				tags[d] = append(tags[d], t)
			}
		}
		digests, err := digestsIn(r.repositoryPath(repo, "manifests"))
		if err != nil {
			return nil, err
		}
		for _, d := range digests {
			e := Entry{Repository: repo, Digest: d, Tags: tags[d]}
			info, err := os.Stat(r.repositoryPath(repo, "manifests", hexOf(d)))
			if err != nil {
				continue // collected in this moment
			}
			e.Kept = info.ModTime()
			e.MediaType, _ = r.mediaType(repo, d)
			e.Size = r.size(d)
			all = append(all, e)
		}
	}
	return all, nil
}

func (r *Registry) size(d davit.Digest) int64 {
	b, err := r.readBlob(d, maxManifest)
	if err != nil {
		return 0
	}
	m, err := parseManifest(b)
	if err != nil {
		return 0
	}
	n := int64(len(b))
	for _, p := range append(m.parts(), m.Manifests...) {
		n += p.Size
	}
	return n
}

// Has reports whether an artifact is here, whole.
func (r *Registry) Has(d davit.Digest) bool {
	if _, err := davit.ParseDigest(string(d)); err != nil {
		return false
	}
	b, err := r.readBlob(d, maxManifest)
	if err != nil {
		return false
	}
	m, err := parseManifest(b)
	return err == nil && r.missing(m) == nil
}
