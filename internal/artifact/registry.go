package artifact

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/davit-cd/davit"
)

// Registry is the store of artifacts. Its methods may be called at the same
// time from several goroutines.
type Registry struct {
	dir     string
	options Options

	mu      sync.Mutex           // taken to let a blob or a name appear, and to collect
	held    map[davit.Digest]int // blobs that a pack under way has written or found; not to be collected
	uploads map[string]bool      // upload ids a request is writing to
}

// Open opens the registry in dir and makes the folder if there is none.
func Open(dir string, o Options) (*Registry, error) {
	r := &Registry{dir: dir, options: o.withDefaults(), held: map[davit.Digest]int{}, uploads: map[string]bool{}}
	for _, d := range []string{"blobs/sha256", "repositories", "uploads"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("open registry %s: %w", dir, err)
		}
	}
	if err := r.clearUploads(); err != nil {
		return nil, fmt.Errorf("open registry %s: %w", dir, err)
	}
	return r, nil
}

var (
	repositoryName = regexp.MustCompile(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagName        = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)
)

func checkRepository(name string) error {
	if len(name) > 200 || !repositoryName.MatchString(name) {
		return &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("repository name %q is not allowed", name),
			Hint: "use lower-case letters, digits, and . _ - / between them, at most 200 characters",
		}
	}
	return nil
}

func checkTag(tag string) error {
	if !tagName.MatchString(tag) {
		return &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("tag %q is not allowed", tag),
			Hint: "use letters, digits and . _ -, beginning with a letter, a digit or _, at most 128 characters",
		}
	}
	return nil
}

func (r *Registry) blobPath(d davit.Digest) string {
	return filepath.Join(r.dir, "blobs", "sha256", hexOf(d))
}

// repositoryPath returns the folder of a repository, or what lies below it. A
// name may contain slashes; on disk it is one folder, so that no name can run
// into another's files.
func (r *Registry) repositoryPath(name string, below ...string) string {
	return filepath.Join(append([]string{r.dir, "repositories", url.PathEscape(name)}, below...)...)
}

func hexOf(d davit.Digest) string { return strings.TrimPrefix(string(d), "sha256:") }

// repositories lists the names of all repositories, sorted.
func (r *Registry) repositories() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.dir, "repositories"))
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, err := url.PathUnescape(e.Name()); err == nil && checkRepository(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// digestsIn lists a folder whose files are named by the hex digits of digests.
func digestsIn(dir string) ([]davit.Digest, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []davit.Digest
	for _, e := range entries {
		if d, err := davit.ParseDigest("sha256:" + e.Name()); err == nil {
			all = append(all, d)
		}
	}
	return all, nil
}

func invalid(format string, args ...any) error {
	return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf(format, args...)}
}
