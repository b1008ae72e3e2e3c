package runner

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// preset sets the variables by which a tool finds its cache. The tools
// themselves see to several runs using it at once.
func (r *Runner) preset(service, name string, env map[string]string) error {
	dir := func(tool string) string { return filepath.Join(r.data, "cache", service, tool) }
	switch name {
	case "":
		return nil
	case "go":
		env["GOCACHE"], env["GOMODCACHE"] = dir("go-build"), dir("go-mod")
	case "npm":
		env["npm_config_cache"] = dir("npm")
	case "pip":
		env["PIP_CACHE_DIR"] = dir("pip")
	case "yarn":
		env["YARN_CACHE_FOLDER"], env["YARN_GLOBAL_FOLDER"] = dir("yarn"), dir("yarn-global")
	case "pnpm":
		env["npm_config_store_dir"], env["npm_config_cache"] = dir("pnpm"), dir("npm")
	default:
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("there is no cache preset %.40q", name), Hint: "use go, npm, pip, yarn or pnpm, or a path with keys"}
	}
	return os.MkdirAll(filepath.Join(r.data, "cache", service), 0o700)
}

// keyed is a cached folder of the attempt under way.
type keyed struct {
	path string // below the service's folder
	all  string // folder of all contents of this path
	kept string // folder of this content
	hit  bool
	live bool // no key: always the last success's content
}

// restoreCaches copies the contents that the keys name into the checkout.
func (a *attempt) restoreCaches(ctx context.Context) ([]keyed, error) {
	var caches []keyed
	for _, c := range a.job.Stage.Cache {
		if c.Path == "" {
			continue
		}
		rel := path.Clean("/" + c.Path)[1:]
		if rel == "" {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "a cache needs the path of a folder below the service's"}
		}
		key, err := a.cacheKey(ctx, c.Key)
		if err != nil {
			return nil, fmt.Errorf("key of cache %s: %w", rel, err)
		}
		where := sha256.Sum256([]byte(rel))
		k := keyed{path: rel, all: filepath.Join(a.runner.data, "cache", a.job.Service, "paths", hex.EncodeToString(where[:8]))}
		k.kept, k.live = filepath.Join(k.all, key), len(c.Key) == 0
		if k.hit, err = a.runner.restore(k, filepath.Join(a.folder(), filepath.FromSlash(rel))); err != nil {
			return nil, fmt.Errorf("restore cache %s: %w", rel, err)
		}
		said := "nothing is cached yet"
		if k.hit {
			said = "restored"
		}
		a.log.say("", fmt.Sprintf("cache %s: %s (key %.12s)", rel, said, key))
		caches = append(caches, k)
	}
	return caches, nil
}

func (r *Runner) restore(k keyed, to string) (hit bool, err error) {
	r.caches.RLock()
	defer r.caches.RUnlock()
	if _, err := os.Stat(k.kept); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	now := time.Now()
	_ = os.Chtimes(k.kept, now, now) // used last
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return false, err
	}
	return true, copyTree(k.kept, to)
}

// cacheKey is the digest of the names and contents of the key files.
func (a *attempt) cacheKey(ctx context.Context, globs []string) (string, error) {
	root, err := os.OpenRoot(a.folder())
	if err != nil {
		return "", err
	}
	defer root.Close()
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", globs)
	var names []string
	if len(globs) > 0 {
		err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || ctx.Err() != nil {
				return errors.Join(err, context.Cause(ctx))
			}
			if d.Type().IsRegular() && slices.ContainsFunc(globs, func(g string) bool { return spec.Match(path.Clean(g), name) }) {
				names = append(names, name)
			}
			return nil
		})
	}
	if err != nil {
		return "", err
	}
	for _, name := range names { // WalkDir goes in order
		content := sha256.New()
		f, err := root.Open(name)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(content, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%q %x\n", name, content.Sum(nil))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// keepCaches saves, after success, the folders that were not restored, and those
// without a key. What
// cannot be saved costs time, not correctness: it is said in the log.
func (a *attempt) keepCaches(caches []keyed) {
	for _, k := range caches {
		if k.hit && !k.live {
			continue
		}
		if err := a.runner.save(k, filepath.Join(a.folder(), filepath.FromSlash(k.path))); err != nil {
			a.log.say("", fmt.Sprintf("cache %s: not saved: %v", k.path, err))
		}
	}
}

// save moves a folder of the checkout, which is not needed any more, to where
// its content is kept, and drops the contents used longest ago.
func (r *Runner) save(k keyed, from string) error {
	info, err := os.Lstat(from)
	if err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder")
	}
	if err := os.MkdirAll(k.all, 0o700); err != nil {
		return err
	}
	if k.live {
		if err := r.replace(k.kept); err != nil {
			return err
		}
	}
	if err := os.Rename(from, k.kept); err != nil && !errors.Is(err, fs.ErrExist) {
		return err // a run beside this one may have been first: the same key, the same content
	}
	now := time.Now()
	_ = os.Chtimes(k.kept, now, now)
	return r.dropOld(k.all)
}

// replace makes room where a content is kept.
func (r *Runner) replace(kept string) error {
	r.caches.Lock()
	defer r.caches.Unlock()
	if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	aside := filepath.Join(filepath.Dir(filepath.Dir(kept)), rand.Text()+gone)
	if err := os.Rename(kept, aside); err != nil {
		return err
	}
	r.tidying.Go(func() { _ = removeAll(aside) })
	return nil
}

func (r *Runner) dropOld(dir string) error {
	r.caches.Lock()
	defer r.caches.Unlock()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	used := func(e fs.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return used(b).Compare(used(a)) })
	for _, e := range entries[min(r.options.CacheKept, len(entries)):] {
		if err := removeAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
