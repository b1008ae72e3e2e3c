package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// group is all instances of one release in one environment.
type group struct {
	t    *Target
	path string // of its intent

	mu        sync.Mutex // held while the intent is changed, on disk too
	want      groupIntent
	instances map[int]*instance // by ordinal
	leaving   int               // forgotten, but their last traces are still being removed
}

func (t *Target) newGroup(release, environment string) *group {
	return &group{t: t, path: filepath.Join(t.dir, "groups", release+"@"+environment+".json"), instances: map[int]*instance{}}
}

// ensure makes n instances wanted.
func (g *group) ensure(ctx context.Context, w davit.Workload, n int, epoch uint64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if epoch < g.want.Epoch {
		return &davit.Error{
			Kind: davit.Conflict, Text: fmt.Sprintf("ensure %d instances of %s in %s at epoch %d: epoch %d has already acted", n, w.Release, w.Environment, epoch, g.want.Epoch),
			Hint: "another controller has taken over",
		}
	}
	raised := epoch > g.want.Epoch
	want := groupIntent{Workload: w, Count: n, Epoch: epoch, At: time.Now()}
	if n == 0 {
		want.Workload = g.want.Workload // what still runs is stopped as its workload says
		if want.Workload.Release == "" {
			want.Workload = w
		}
	}
	same := want
	same.At = g.want.At
	if reflect.DeepEqual(same, g.want) {
		return g.reconcile(ctx, false)
	}
	if err := writeDurable(g.path, want); err != nil {
		return fmt.Errorf("ensure %d instances of %s: %w", n, w.Release, err)
	}
	g.want = want
	g.t.passed("group-kept")
	return g.reconcile(ctx, raised)
}

// reconcile makes the intents of the instances agree with that of the group.
// What a crash cuts short, the next server does.
func (g *group) reconcile(ctx context.Context, fresh bool) error {
	for ordinal := 1; ordinal <= g.want.Count; ordinal++ {
		i := g.instances[ordinal]
		if i == nil {
			if _, err := g.create(ctx, ordinal); err != nil {
				return fmt.Errorf("make instance %d of %s: %w", ordinal, g.want.Workload.Release, err)
			}
			continue
		}
		if err := i.keep(func(want *intent) { want.Stopping = false }); err != nil {
			return err
		}
		if fresh {
			i.pardon.Store(true)
		}
		i.wake()
	}
	for ordinal, i := range g.instances {
		if ordinal <= g.want.Count {
			continue
		}
		if err := i.keep(func(want *intent) { want.Stopping = true }); err != nil {
			return err
		}
		g.t.passed("stop-kept")
		i.wake()
	}
	return nil
}

// create makes a new instance and its folder.
func (g *group) create(ctx context.Context, ordinal int) (*instance, error) {
	w := g.want.Workload
	want := intent{ID: instanceID(w.Release, w.Environment, ordinal), Service: w.Service, Environment: w.Environment, Release: w.Release, Ordinal: ordinal}
	dir := filepath.Join(g.t.dir, want.ID)
	var other intent
	if err := readJSON(filepath.Join(dir, "intent.json"), &other); err == nil && (other.Release != want.Release || other.Environment != want.Environment) {
		return nil, &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the name %s belongs to release %s in %s", want.ID, other.Release, other.Environment)}
	}
	port, err := g.t.ports.take(ctx)
	if err != nil {
		return nil, err
	}
	want.Port = port
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		g.t.ports.give(port)
		return nil, err
	}
	l, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDONLY, 0o600)
	if err == nil {
		_ = l.Close()
		g.t.passed("folder-made")
		err = writeDurable(filepath.Join(dir, "intent.json"), want)
	}
	if err != nil {
		g.t.ports.give(port)
		return nil, err
	}
	g.t.passed("intent-kept")
	i := newInstance(g.t, g, want)
	g.t.opt.Report(i.snapshot()) // before the first turn, so that reports come in order
	g.add(i)
	return i, nil
}

// add takes up an instance and begins to supervise it.
func (g *group) add(i *instance) {
	g.instances[i.intent().Ordinal] = i
	g.t.agenda.add(&i.turn, time.Now())
	g.t.agenda.add(&i.logTurn, time.Now().Add(collectSoon))
}

// forget takes an instance out that has ended, unless it is wanted again;
// remove makes its folder disappear.
func (g *group) forget(i *instance, remove func() error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i.isWanted() {
		return false
	}
	if err := remove(); err != nil && !missing(err) {
		g.t.opt.Log.Warn("folder not removed", "instance", i.id, "error", err)
	}
	if o := i.intent().Ordinal; g.instances[o] == i {
		delete(g.instances, o)
	}
	g.leaving++
	return true
}

// left says that nothing remains of an instance that was forgotten.
func (g *group) left() {
	g.mu.Lock()
	g.leaving--
	g.mu.Unlock()
	g.t.changed()
}

// count returns how many instances there are, those that are leaving included.
func (g *group) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.instances) + g.leaving
}

func (g *group) workload() davit.Workload {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.want.Workload
}

// list returns the instances by ordinal.
func (g *group) list() []*instance {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*instance, 0, len(g.instances))
	for _, i := range g.instances {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b *instance) int { return a.view.Ordinal - b.view.Ordinal })
	return all
}

// groupKey names a group; neither part can hold an '@'.
func groupKey(release, environment string) string { return release + "@" + environment }

// splitKey is the reverse of groupKey for the name of an intent file.
func splitKey(file string) (release, environment string, ok bool) {
	base, isJSON := strings.CutSuffix(file, ".json")
	release, environment, ok = strings.Cut(base, "@")
	return release, environment, ok && isJSON
}
