package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/davit-cd/davit"
)

var errClosed = errors.New("the target is closed")

// cgroupRoot is where Linux mounts its control groups.
const cgroupRoot = "/sys/fs/cgroup"

// tombstone is how long the epoch of a release that is gone is remembered.
const tombstone = 30 * 24 * time.Hour

// Recover takes over what an earlier server left: it adopts what runs, starts
// what should run, stops what should not. At most one target works in a data
// folder; for another one Recover is Unavailable. Every other method calls it
// if need be.
func (t *Target) Recover(ctx context.Context) error {
	t.opened.Do(func() { t.openAs = t.open(ctx) })
	return t.openAs
}

func (t *Target) open(ctx context.Context) error {
	for _, dir := range []string{"groups", "artifacts"} {
		if err := os.MkdirAll(filepath.Join(t.dir, dir), 0o700); err != nil {
			return fmt.Errorf("open the instances: %w", err)
		}
	}
	l, err := t.lockFolder(ctx)
	if errors.Is(err, errHeld) {
		return &davit.Error{Kind: davit.Unavailable, Text: "open the instances: another server works in " + t.dir}
	}
	if err != nil {
		return fmt.Errorf("open the instances: %w", err)
	}
	t.release = func() { unlock(l) }
	if t.ports, err = newPorts(t.opt.Data, t.opt.FirstPort, t.opt.LastPort); err != nil {
		return err
	}
	if t.secrets, err = secretRoot(t.opt.Data); err != nil {
		return err
	}
	t.artifacts = &artifacts{dir: filepath.Join(t.dir, "artifacts"), unpack: t.opt.Unpack}
	t.artifacts.sweep()
	t.cgroups = newCgroups(cgroupRoot, t.opt.Data)
	t.opt.Log.InfoContext(ctx, "limits", "text", t.cgroups.limits.String())
	t.agenda, t.events = newAgenda(), newEvents()
	if err := t.loadGroups(); err != nil {
		return err
	}
	if err := t.loadInstances(); err != nil {
		return err
	}
	return t.settle(ctx)
}

// lockFolder takes the lock of the folder. It waits for a moment: a server that
// was just killed may have been forking, and the child has the lock until it
// executes the launcher.
func (t *Target) lockFolder(ctx context.Context) (*os.File, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 50 {
		l, err := lock(filepath.Join(t.dir, "lock"), true)
		if !errors.Is(err, errHeld) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil, errHeld
}

// loadGroups reads what was asked for last.
func (t *Target) loadGroups() error {
	dir := filepath.Join(t.dir, "groups")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the intents: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		release, environment, ok := splitKey(e.Name())
		if !ok || strings.HasPrefix(e.Name(), ".") {
			_ = os.Remove(path) // half written
			continue
		}
		var want groupIntent
		if err := readJSON(path, &want); err != nil {
			return err
		}
		if want.Count == 0 && time.Since(want.At) > tombstone {
			_ = os.Remove(path)
			continue
		}
		t.group(release, environment).want = want
	}
	return nil
}

// loadInstances takes up every instance that has a folder.
func (t *Target) loadInstances() error {
	entries, err := os.ReadDir(t.dir)
	if err != nil {
		return fmt.Errorf("read the intents: %w", err)
	}
	for _, e := range entries {
		dir := filepath.Join(t.dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), ".trash-"):
			_ = os.RemoveAll(dir)
			continue
		case !e.IsDir() || e.Name() == "groups" || e.Name() == "artifacts" || e.Name() == "secrets":
			continue
		}
		var want intent
		if err := readJSON(filepath.Join(dir, "intent.json"), &want); missing(err) {
			_ = os.RemoveAll(dir) // made, but not yet meant: nothing can have been started
			continue
		} else if err != nil {
			return err
		}
		if want.ID != e.Name() || checkNames(want.Service, want.Release, want.Environment) != nil {
			return fmt.Errorf("read the intent of %s: it is that of %q", e.Name(), want.ID)
		}
		t.load(want)
	}
	return nil
}

// load takes up one instance with what the last server knew of it.
func (t *Target) load(want intent) {
	g := t.group(want.Release, want.Environment)
	i := newInstance(t, g, want)
	t.ports.keep(want.Port)
	var known facts
	if readJSON(filepath.Join(i.dir, "facts.json"), &known) == nil {
		i.view.Restarts, i.view.Started, i.deaths = known.Restarts, known.Started, known.Deaths
		if known.State != "" {
			i.view.State, i.view.Reason = known.State, known.Reason
		}
	}
	// Its first turn adopts it if it runs, else starts or removes it. Output
	// that is left over waits until the secrets are known.
	i.expected = known.State == davit.Ready || known.State == davit.NotReady || known.State == davit.Starting
	if _, ok := i.running(); !ok && i.expected {
		i.view.State = davit.BackOff
	}
	g.instances[want.Ordinal] = i
}

// settle makes the instances agree with the groups and begins to supervise.
func (t *Target) settle(ctx context.Context) error {
	for _, g := range t.groups {
		g.mu.Lock()
		for _, i := range g.instances {
			g.add(i)
		}
		err := g.reconcile(ctx, false)
		g.mu.Unlock()
		if err != nil {
			return err
		}
	}
	t.artifacts.collect(t.artifactsInUse)
	return nil
}

// secretsOf returns the secrets that an adopted process was started with, as
// far as the system shows them: they may have been changed since, but it still
// prints the old ones.
func (t *Target) secretsOf(id identity, instance string, w davit.Workload) map[string]string {
	values := map[string]string{}
	var environ []byte
	if runtime.GOOS == "linux" {
		environ, _ = os.ReadFile("/proc/" + strconv.Itoa(id.PID) + "/environ")
	}
	for _, s := range w.Secrets {
		if s.File != "" {
			if r, err := os.OpenRoot(t.secretDir(instance)); err == nil {
				if b, err := r.ReadFile(s.File); err == nil {
					values["file "+s.File] = string(b)
				}
				_ = r.Close()
			}
			continue
		}
		for e := range strings.SplitSeq(string(environ), "\x00") {
			if v, ok := strings.CutPrefix(e, s.Env+"="); ok {
				values["env "+s.Env] = v
			}
		}
	}
	return values
}
