package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/davit-cd/davit"
)

const (
	maxLaunching = 8   // starts at a time
	maxProbing   = 256 // checks at a time
)

// Target keeps releases running as processes. Make it with New, then call
// Recover.
type Target struct {
	opt       Options
	dir       string // <data>/instances
	agenda    *agenda
	ports     *ports
	artifacts *artifacts
	cgroups   *cgroups
	hub       hub
	events    *events
	launching chan struct{}
	probing   chan struct{}
	ctx       context.Context // over when the target is closed
	cancel    context.CancelFunc
	secrets   string            // folder of secret files
	release   func()            // gives the data folder back
	passed    func(step string) // told of each durable step; tests crash there

	opened sync.Once
	openAs error

	mu     sync.Mutex
	groups map[string]*group
	news   chan struct{} // closed and replaced on every change
}

// New makes a target that works in o.Data; it does nothing before Recover.
func New(o Options) *Target {
	if abs, err := filepath.Abs(o.Data); err == nil {
		o.Data = abs
	}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // instances run until Close, whoever asked for them
	return &Target{
		opt: o.withDefaults(), dir: filepath.Join(o.Data, "instances"),
		launching: make(chan struct{}, maxLaunching), probing: make(chan struct{}, maxProbing),
		ctx: ctx, cancel: cancel, release: func() {}, passed: func(string) {},
		groups: map[string]*group{}, news: make(chan struct{}),
	}
}

// Ensure makes exactly n instances of w wanted; those beyond are stopped
// gracefully. It returns when that is kept on disk and does not wait. An epoch
// lower than the highest seen for the release is a Conflict.
func (t *Target) Ensure(ctx context.Context, w davit.Workload, n int, epoch uint64) error {
	if err := checkNames(w.Service, w.Release, w.Environment); err != nil {
		return err
	}
	if n < 0 {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("ensure %d instances of %s: fewer than none", n, w.Release)}
	}
	if n > 0 && len(w.Command) == 0 && w.Static == "" {
		return &davit.Error{Kind: davit.Invalid, Text: "run " + w.Release + ": neither a command nor a static folder is given"}
	}
	if err := t.Recover(ctx); err != nil {
		return err
	}
	return t.group(w.Release, w.Environment).ensure(ctx, w, n, epoch)
}

// Stop stops all instances of a release and returns when they are gone.
func (t *Target) Stop(ctx context.Context, release, environment string, epoch uint64) error {
	if err := checkNames("s", release, environment); err != nil {
		return err
	}
	if err := t.Recover(ctx); err != nil {
		return err
	}
	g := t.group(release, environment)
	if err := g.ensure(ctx, davit.Workload{Release: release, Environment: environment}, 0, epoch); err != nil {
		return err
	}
	for {
		news := t.newsChan()
		left := g.count()
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("stop %s in %s: %d instances still run", release, environment, left), Err: context.Cause(ctx)}
		case <-t.ctx.Done():
			return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("stop %s in %s: the server is stopping", release, environment)}
		case <-news:
		}
	}
}

// Await returns the ready instances of a release once there are n. It fails as
// soon as one of them is known not to come up; the error then says why, with
// the last checks and the last lines of its log.
func (t *Target) Await(ctx context.Context, release, environment string, n int) ([]davit.Instance, error) {
	if err := t.Recover(ctx); err != nil {
		return nil, err
	}
	g := t.group(release, environment)
	for {
		news := t.newsChan()
		var ready []davit.Instance
		var waiting *instance
		for _, i := range g.list() {
			if text, hint := i.failure(); text != "" {
				return ready, &davit.Error{Kind: davit.Invalid, Text: text, Hint: hint}
			}
			if i.isReady() {
				ready = append(ready, i.snapshot())
			} else if waiting == nil && i.isWanted() {
				waiting = i
			}
		}
		if len(ready) >= n {
			return ready, nil
		}
		select {
		case <-ctx.Done():
			text := fmt.Sprintf("%d of %d instances of %s are ready in %s", len(ready), n, release, environment)
			if waiting != nil {
				v := waiting.snapshot()
				text += fmt.Sprintf("; %s is %s: %s", v.ID, v.State, v.Reason)
			}
			return ready, &davit.Error{Kind: davit.Unavailable, Text: text, Err: context.Cause(ctx)}
		case <-t.ctx.Done():
			return ready, &davit.Error{Kind: davit.Unavailable, Text: "await " + release + ": the server is stopping"}
		case <-news:
		}
	}
}

// Instances returns the instances of a service in an environment, by release
// and ordinal; an empty string stands for all.
func (t *Target) Instances(service, environment string) []davit.Instance {
	var all []davit.Instance
	for _, i := range t.matching(service, environment) {
		all = append(all, i.snapshot())
	}
	slices.SortFunc(all, func(a, b davit.Instance) int {
		if c := strings.Compare(a.Release, b.Release); c != 0 {
			return c
		}
		return a.Ordinal - b.Ordinal
	})
	return all
}

// Limits says which limits hold on this machine, for people.
func (t *Target) Limits() string {
	return newCgroups(cgroupRoot, t.opt.Data).limits.String() // the folder may be in use: it stays
}

// Close ends the supervision and leaves all processes running.
func (t *Target) Close() {
	t.cancel()
	t.opened.Do(func() { t.openAs = errClosed }) // it may never have been recovered
	defer func() { t.release() }()
	if t.agenda == nil {
		return
	}
	t.agenda.close()
	for _, i := range t.matching("", "") {
		if i.proc != nil {
			i.proc.cancel()
		}
		i.spool.close()
	}
	t.ports.close()
	t.events.close()
	t.cgroups.close()
	_ = os.Remove(t.secrets) // if no instance has secret files
}

func (t *Target) matching(service, environment string) []*instance {
	t.mu.Lock()
	groups := slices.Collect(maps.Values(t.groups))
	t.mu.Unlock()
	var all []*instance
	for _, g := range groups {
		for _, i := range g.list() {
			if v := i.snapshot(); (service == "" || v.Service == service) && (environment == "" || v.Environment == environment) {
				all = append(all, i)
			}
		}
	}
	return all
}

func (t *Target) group(release, environment string) *group {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := groupKey(release, environment)
	if t.groups[key] == nil {
		t.groups[key] = t.newGroup(release, environment)
	}
	return t.groups[key]
}

// artifactsInUse returns what some intent names.
func (t *Target) artifactsInUse() map[davit.Digest]bool {
	t.mu.Lock()
	groups := slices.Collect(maps.Values(t.groups))
	t.mu.Unlock()
	used := map[davit.Digest]bool{}
	for _, g := range groups {
		g.mu.Lock()
		if g.want.Count > 0 || len(g.instances) > 0 {
			used[g.want.Workload.Artifact] = true
		}
		g.mu.Unlock()
	}
	return used
}

// changed wakes whoever waits for something to happen.
func (t *Target) changed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.news)
	t.news = make(chan struct{})
}

func (t *Target) newsChan() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.news
}

func (t *Target) logPath(w intent) string {
	return filepath.Join(t.opt.Data, "logs", w.Service, w.Environment, w.Release, strconv.Itoa(w.Ordinal)+".log")
}

// secretDir returns the folder of the secret files of an instance.
func (t *Target) secretDir(id string) string { return filepath.Join(t.secrets, id) }

// shortHash tells data folders apart in names that all of them share.
func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
