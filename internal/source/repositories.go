package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// Options says how repositories are kept. Zero fields have defaults.
type Options struct {
	Git        string // the git command; default: found in PATH
	Executable string // the program the hooks call; empty: hooks call nothing
	HookURL    string // where that program finds the server
	Branch     string // the branch HEAD points at in new repositories; default "main"
	MaxInput   int64  // bytes of one push; default 2 GiB
	CheckFirst bool   // the pre-receive hook asks the server too, before anything is taken

	AloneWithin time.Duration // a push whose client is gone may go on so long; default 10 s
}

// Repositories are the bare repositories in one folder. Its methods may be
// called from several goroutines.
type Repositories struct {
	dir     string
	hooks   string
	git     string
	options Options

	making  sync.Mutex // one repository is made at a time
	pushing pushing
}

// Open prepares dir for repositories, and writes the hooks they share.
func Open(ctx context.Context, dir string, options Options) (*Repositories, error) {
	if options.Git == "" {
		found, err := exec.LookPath("git")
		if err != nil {
			return nil, &davit.Error{Kind: davit.Unavailable, Text: "open repositories: there is no git command in PATH", Hint: "install git 2.30 or later", Err: err}
		}
		options.Git = found
	}
	if options.Branch == "" {
		options.Branch = "main"
	}
	if options.AloneWithin == 0 {
		options.AloneWithin = 10 * time.Second
	}
	if options.MaxInput == 0 {
		options.MaxInput = 2 << 30
	}
	if err := CheckBranch(options.Branch); err != nil {
		return nil, fmt.Errorf("open repositories: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repositories: %w", err)
	}
	r := &Repositories{dir: dir, hooks: filepath.Join(dir, ".hooks"), git: options.Git, options: options}
	r.pushing.open = map[string]Push{}
	if err := r.writeHooks(); err != nil {
		return nil, fmt.Errorf("open repositories: %w", err)
	}
	if _, err := r.read(ctx, "", "version"); err != nil {
		return nil, fmt.Errorf("open repositories: %w", err)
	}
	return r, nil
}

// Ensure makes the repository name unless it is there.
func (r *Repositories) Ensure(ctx context.Context, name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	folder := r.folder(name)
	if exists(folder) {
		return nil
	}
	r.making.Lock()
	defer r.making.Unlock()
	if exists(folder) {
		return nil
	}
	fresh, err := os.MkdirTemp(r.dir, ".new-")
	if err != nil {
		return fmt.Errorf("make repository %s: %w", name, err)
	}
	defer os.RemoveAll(fresh)
	// Made aside and renamed: a repository that is there is whole.
	if _, err := r.read(ctx, "", "init", "--quiet", "--bare", "--template=", "--initial-branch="+r.options.Branch, "--", fresh); err != nil {
		return fmt.Errorf("make repository %s: %w", name, err)
	}
	if err := r.configure(fresh); err != nil {
		return fmt.Errorf("make repository %s: %w", name, err)
	}
	if err := os.Rename(fresh, folder); err != nil {
		return fmt.Errorf("make repository %s: %w", name, err)
	}
	return nil
}

// configure appends to the configuration that git init wrote. Three flaws that old
// tools have left in many histories, and that harm nobody, are let pass.
func (r *Repositories) configure(folder string) error {
	f, err := os.OpenFile(filepath.Join(folder, "config"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, `[core]
	logAllRefUpdates = true
	fsync = committed
[receive]
	denyNonFastForwards = true
	denyDeleteCurrent = refuse
	fsckObjects = true
	maxInputSize = %d
	autogc = false
	advertisePushOptions = false
[receive "fsck"]
	badTimezone = ignore
	missingSpaceBeforeDate = ignore
	zeroPaddedFilemode = ignore
[gc]
	auto = 0
[uploadpack]
	allowFilter = true
[pack]
	threads = 2
`, r.options.MaxInput)
	return errors.Join(err, f.Close())
}

// Exists reports whether there is a repository of that name.
func (r *Repositories) Exists(name string) bool {
	return CheckName(name) == nil && exists(r.folder(name))
}

// Names returns the names of all repositories, sorted.
func (r *Repositories) Names() ([]string, error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, fmt.Errorf("list repositories: %w", err)
	}
	var names []string
	for _, e := range entries {
		name, ok := cutGit(e.Name())
		if ok && e.IsDir() && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// Maintain packs what pushes have left and drops what has not been reachable for
// two weeks. It may run while people push.
func (r *Repositories) Maintain(ctx context.Context, name string) error {
	folder, err := r.find(name)
	if err != nil {
		return err
	}
	if _, err := r.read(ctx, folder, "-c", "gc.auto=2000", "-c", "gc.autoDetach=false", "gc", "--quiet", "--auto", "--prune=2.weeks.ago"); err != nil {
		return fmt.Errorf("maintain repository %s: %w", name, err)
	}
	return nil
}

func (r *Repositories) folder(name string) string { return filepath.Join(r.dir, name+".git") }

// find returns the folder of a repository that is there.
func (r *Repositories) find(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	if folder := r.folder(name); exists(folder) {
		return folder, nil
	}
	return "", &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no repository %s", name), Hint: "the first push makes it"}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func cutGit(s string) (string, bool) {
	if name := s[:max(0, len(s)-len(".git"))]; name+".git" == s {
		return name, true
	}
	return "", false
}
