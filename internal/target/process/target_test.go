package process

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// world is a data folder and the target that works in it.
type world struct {
	t    *testing.T
	data string
	opt  Options
	*Target

	mu      sync.Mutex
	reports []davit.Instance
}

func newWorld(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, data: t.TempDir()}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.opt = Options{Data: w.data, Executable: exe, Report: w.report}
	for _, c := range change {
		c(&w.opt)
	}
	w.reopen()
	t.Cleanup(func() {
		for _, i := range w.Instances("", "") {
			if err := w.Stop(context.Background(), i.Release, i.Environment, 1<<40); err != nil {
				t.Error(err)
			}
		}
		w.Close()
	})
	return w
}

// reopen makes a new target in the same folder, as a new server does.
func (w *world) reopen() {
	w.t.Helper()
	if w.Target != nil {
		w.Close()
	}
	w.Target = New(w.opt)
	if err := w.Recover(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) report(i davit.Instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, i)
}

// load returns a workload that runs a service of the given character.
func (w *world) load(mode string, args ...string) davit.Workload {
	return davit.Workload{
		Service: "shop", Environment: "production", Release: "shop-1",
		Command:     append([]string{w.opt.Executable, "service", mode}, args...),
		Ready:       davit.Check{HTTP: "/ready", Interval: 50 * time.Millisecond, Timeout: time.Second},
		StartWithin: patience(10 * time.Second), StopWithin: 5 * time.Second,
	}
}

func (w *world) ensure(l davit.Workload, n int, epoch uint64) {
	w.t.Helper()
	if err := w.Ensure(w.t.Context(), l, n, epoch); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) await(l davit.Workload, n int) []davit.Instance {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience(20*time.Second))
	defer cancel()
	got, err := w.Await(ctx, l.Release, l.Environment, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *world) stop(l davit.Workload, epoch uint64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience(20*time.Second))
	defer cancel()
	if err := w.Stop(ctx, l.Release, l.Environment, epoch); err != nil {
		w.t.Fatal(err)
	}
}

// pid returns the process of an instance.
func (w *world) pid(id string) identity {
	w.t.Helper()
	var p identity
	if err := readJSON(w.dir+"/"+id+"/process.json", &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// log returns the log of an instance as a reader sees it.
func (w *world) log(ordinal int) string {
	var b strings.Builder
	for l, err := range w.Logs(w.t.Context(), LogQuery{Service: "shop", Environment: "production", Ordinal: ordinal, Tail: maxTail}) {
		if err != nil {
			w.t.Fatal(err)
		}
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func TestEnsureGrowsShrinksAndStops(t *testing.T) {
	w := newWorld(t)
	l := w.load("good")
	w.ensure(l, 3, 1)
	three := w.await(l, 3)
	seen := map[string]bool{}
	for _, i := range three {
		if status, body := fetch(t, "http://"+i.Address); status != 200 || body != "shop-1\n" {
			t.Errorf("%s answers %d %q", i.ID, status, body)
		}
		seen[i.Address] = true
	}
	if len(seen) != 3 || three[2].ID != "shop-1-production-3" {
		t.Errorf("instances: %+v", three)
	}
	before := w.pid("shop-1-production-1")
	w.ensure(l, 1, 2)
	eventually(t, "one is left", func() bool { return len(w.Instances("shop", "production")) == 1 })
	w.ensure(l, 1, 2)
	if after := w.pid("shop-1-production-1"); after != before || !after.alive() {
		t.Errorf("the first instance was touched: %v, then %v", before, after)
	}
	err := w.Ensure(t.Context(), l, 2, 1)
	if davit.KindOf(err) != davit.Conflict {
		t.Errorf("an old epoch: %v", err)
	}
	w.stop(l, 3)
	w.stop(l, 3)
	if before.alive() || len(w.Instances("", "")) != 0 {
		t.Errorf("still there: %v", w.Instances("", ""))
	}
	if err := w.Stop(t.Context(), l.Release, l.Environment, 2); davit.KindOf(err) != davit.Conflict {
		t.Errorf("an old epoch: %v", err)
	}
}

func TestAdoptsAfterRestart(t *testing.T) {
	w := newWorld(t)
	l := w.load("good")
	w.ensure(l, 2, 1)
	w.await(l, 2)
	before := w.pid("shop-1-production-1")
	if err := New(w.opt).Recover(t.Context()); davit.KindOf(err) != davit.Unavailable {
		t.Errorf("a second target in one folder: %v", err)
	}
	w.reopen()
	got := w.await(l, 2)
	if after := w.pid("shop-1-production-1"); after != before || !after.alive() {
		t.Errorf("not adopted: %v, then %v", before, after)
	}
	if got[0].Restarts != 0 {
		t.Errorf("counted as a restart: %+v", got[0])
	}
	if err := w.Ensure(t.Context(), l, 2, 0); davit.KindOf(err) != davit.Conflict {
		t.Errorf("the epoch was forgotten: %v", err)
	}
	w.stop(l, 2)
	if before.alive() {
		t.Error("an adopted process was not stopped")
	}
}
