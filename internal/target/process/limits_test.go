package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/lab/uml"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	exerciseLimits(t)
}

// TestLimitsVersion2 tries the limits in a machine of its own, whose control
// groups are of version 2 with every controller.
func TestLimitsVersion2(t *testing.T) {
	t.Parallel()
	if !uml.Inside() {
		uml.Run(t, uml.Machine{Slow: true, Within: 10 * time.Minute})
		return
	}
	w := newWorld(t)
	if w.cgroups.v2 == "" || w.Limits() != "limits on memory, cpu and processes hold" {
		t.Fatalf("%q: %s", w.cgroups.v2, w.Limits())
	}
	exerciseLimits(t)
	exerciseChildren(t, true)
}

func exerciseLimits(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		w := newLimited(t)
		l := w.load("eat")
		l.Memory = 32 << 20
		w.ensure(l, 1, 1)
		_, err := w.Await(t.Context(), l.Release, l.Environment, 1)
		if err == nil || !strings.Contains(err.Error(), "out of memory, the limit is 32 MiB") {
			t.Errorf("got %v", err)
		}
		w.stop(l, 2)
		w.noGroups()
	})
	t.Run("processes", func(t *testing.T) {
		w := newLimited(t)
		l := w.load("")
		l.Command = []string{"sh", "-c", "i=0; while [ $i -lt 500 ]; do sleep 1000 & i=$((i+1)); done; wait"}
		w.ensure(l, 1, 1)
		most := 0
		eventually(t, "a fork is refused", func() bool {
			most = max(most, len(w.cgroups.members("shop-1-production-1")))
			return strings.Contains(strings.ToLower(w.log(1)), "fork")
		})
		if most > 64 {
			t.Errorf("%d processes", most)
		}
		w.stop(l, 2)
		w.noGroups()
	})
	t.Run("cpu", func(t *testing.T) {
		w := newLimited(t)
		l := w.load("spin")
		l.CPU = 0.1
		w.ensure(l, 1, 1)
		eventually(t, "the kernel holds it back", func() bool { return w.throttled("shop-1-production-1") > 0 })
		w.stop(l, 2)
		w.noGroups()
	})
}

// newLimited is a world in which limits hold, or the end of the test.
func newLimited(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(o *Options) { o.Pids = 64 })
	if l := w.cgroups.limits; !l.Memory || !l.Pids || !l.CPU {
		t.Skip("NOT TESTED: " + w.Limits())
	}
	return w
}

// noGroups holds that no instance has left a control group behind.
func (w *world) noGroups() {
	w.t.Helper()
	for _, dir := range w.cgroups.dirs("") {
		if left, _ := filepath.Glob(dir + "/*-production-*"); len(left) > 0 {
			w.t.Errorf("control groups left: %v", left)
		}
	}
}

// throttled returns how often the kernel has held an instance back.
func (w *world) throttled(id string) int {
	for _, dir := range w.cgroups.dirs(id) {
		b, _ := os.ReadFile(filepath.Join(dir, "cpu.stat"))
		for line := range strings.Lines(string(b)) {
			if n, ok := strings.CutPrefix(strings.TrimSpace(line), "nr_throttled "); ok {
				times, _ := strconv.Atoi(n)
				return times
			}
		}
	}
	return 0
}

func TestChildrenGoWithTheService(t *testing.T) {
	for _, withGroups := range []bool{true, false} {
		t.Run(fmt.Sprintf("cgroups %v", withGroups), func(t *testing.T) {
			t.Parallel()
			exerciseChildren(t, withGroups)
		})
	}
}

func exerciseChildren(t *testing.T, withGroups bool) {
	t.Helper()
	w := newWorld(t)
	if !withGroups {
		w.cgroups = &cgroups{}
	}
	l := w.load("forks")
	w.ensure(l, 1, 1)
	w.await(l, 1)
	var children []int
	eventually(t, "children are known", func() bool {
		children = nil
		for line := range strings.Lines(w.log(1)) {
			if n, ok := strings.CutPrefix(line, "child "); ok {
				pid, _ := strconv.Atoi(strings.TrimSpace(n))
				children = append(children, pid)
			}
		}
		return len(children) == 3
	})
	w.stop(l, 2)
	for _, pid := range children {
		if _, runs := startTime(pid); runs && (withGroups || pid != children[2]) {
			t.Errorf("child %d still runs", pid)
		} else if runs {
			_ = syscall.Kill(-pid, syscall.SIGKILL) // without cgroups a child that closes its files and leaves the session gets away
		}
	}
}
