package targettest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// Target is what the engine asks of a target.
type Target interface {
	Ensure(ctx context.Context, w davit.Workload, n int, epoch uint64) error
	Await(ctx context.Context, release, environment string, n int) ([]davit.Instance, error)
	Stop(ctx context.Context, release, environment string, epoch uint64) error
	Instances(service, environment string) []davit.Instance
}

// Bed is where a target is tried. Each test has one of its own.
type Bed struct {
	Target Target
	// Reopen puts a new server in the place of the one that works; it returns
	// the target of the new one.
	Reopen func() Target
	// Good is a workload that answers GET / with its release and a line end.
	Good davit.Workload
	// Dies is a workload that prints "boom" and exits with status 3 at once.
	Dies davit.Workload
	// Deaf is a workload that runs but never listens.
	Deaf davit.Workload
	// Kill kills an instance from outside, as the kernel would.
	Kill func(davit.Instance)
}

// Exercise runs the suite on beds that open makes.
func Exercise(t *testing.T, open func(t *testing.T) *Bed) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *Bed)
	}{
		{"ensure is idempotent", ensureTwice},
		{"grow and shrink", growAndShrink},
		{"two releases side by side", sideBySide},
		{"stop is idempotent and complete", stop},
		{"a lower epoch is refused", fence},
		{"a lower epoch is refused after a restart", fenceAfterRestart},
		{"a new server adopts", adopt},
		{"a new server finishes a stop", finishStop},
		{"a dead instance is replaced at its address", replace},
		{"await says why an instance dies", whyDies},
		{"await says why an instance is not ready", whyNotReady},
		{"await ends with its context", awaitEnds},
		{"stop overtakes a start", overtake},
		{"a stopped release comes back", comeBack},
		{"hostile names are refused", names},
		{"many callers at once", together},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

func ensureTwice(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	first := await(t, b, b.Good, 2)
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 7))
	same(t, first, await(t, b, b.Good, 2))
}

func growAndShrink(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 1))
	one := await(t, b, b.Good, 1)
	ok(t, b.Target.Ensure(t.Context(), b.Good, 3, 2))
	three := await(t, b, b.Good, 3)
	same(t, one, three[:1])
	for n, i := range three {
		if i.Ordinal != n+1 || i.Release != b.Good.Release || i.Service != b.Good.Service || i.Environment != b.Good.Environment || i.ID == "" {
			t.Errorf("instance %d: %+v", n, i)
		}
		answers(t, i)
	}
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 3))
	eventually(t, "one is left", func() bool { return len(all(b)) == 1 })
	same(t, one, await(t, b, b.Good, 1))
	ok(t, b.Target.Ensure(t.Context(), b.Good, 0, 4))
	eventually(t, "none is left", func() bool { return len(all(b)) == 0 })
}

func sideBySide(t *testing.T, b *Bed) {
	next := b.Good
	next.Release += "0"
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	ok(t, b.Target.Ensure(t.Context(), next, 1, 2))
	old, fresh := await(t, b, b.Good, 2), await(t, b, next, 1)
	ok(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 3))
	same(t, fresh, await(t, b, next, 1))
	for _, i := range old {
		silent(t, i)
	}
	if got := b.Target.Instances(b.Good.Service, "elsewhere"); len(got) != 0 {
		t.Errorf("instances of another environment: %+v", got)
	}
}

func stop(t *testing.T, b *Bed) {
	ok(t, b.Target.Stop(t.Context(), "never-was-1", b.Good.Environment, 1))
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	two := await(t, b, b.Good, 2)
	for range 2 {
		ok(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 2))
	}
	if got := all(b); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
	for _, i := range two {
		silent(t, i)
	}
}

func fence(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 5))
	refused(t, b.Target.Ensure(t.Context(), b.Good, 3, 4))
	refused(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 4))
	await(t, b, b.Good, 1)
	ok(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 6))
	refused(t, b.Target.Ensure(t.Context(), b.Good, 1, 5))
	if got := all(b); len(got) != 0 {
		t.Errorf("an old controller brought back %+v", got)
	}
}

func fenceAfterRestart(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 5))
	await(t, b, b.Good, 1)
	b.Target = b.Reopen()
	refused(t, b.Target.Ensure(t.Context(), b.Good, 0, 4))
	ok(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 6))
	b.Target = b.Reopen()
	refused(t, b.Target.Ensure(t.Context(), b.Good, 1, 5))
}

func adopt(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	before := await(t, b, b.Good, 2)
	b.Target = b.Reopen()
	same(t, before, await(t, b, b.Good, 2))
	b.Kill(before[0])
	eventually(t, "it is replaced", func() bool {
		got := all(b)
		return len(got) == 2 && got[0].Restarts == 1 && got[0].State == davit.Ready
	})
	answers(t, all(b)[0])
}

func finishStop(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 1))
	before := await(t, b, b.Good, 2)
	ok(t, b.Target.Ensure(t.Context(), b.Good, 0, 2)) // kept, and the server goes
	b.Target = b.Reopen()
	eventually(t, "none is left", func() bool { return len(all(b)) == 0 })
	for _, i := range before {
		silent(t, i)
	}
}

func replace(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 1))
	before := await(t, b, b.Good, 1)[0]
	b.Kill(before)
	eventually(t, "it is replaced", func() bool {
		got := all(b)
		return len(got) == 1 && got[0].Restarts == 1 && got[0].State == davit.Ready
	})
	if after := all(b)[0]; after.Address != before.Address {
		t.Errorf("moved from %s to %s", before.Address, after.Address)
	}
}

func whyDies(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Dies, 1, 1))
	_, err := b.Target.Await(t.Context(), b.Dies.Release, b.Dies.Environment, 1)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
	eventually(t, "the crash loop shows", func() bool { return all(b)[0].State == davit.CrashLoop })
	ok(t, b.Target.Stop(t.Context(), b.Dies.Release, b.Dies.Environment, 2))
}

func whyNotReady(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Deaf, 1, 1))
	_, err := b.Target.Await(t.Context(), b.Deaf.Release, b.Deaf.Environment, 1)
	if err == nil || !strings.Contains(err.Error(), "nothing listens") {
		t.Errorf("got %v", err)
	}
	ok(t, b.Target.Stop(t.Context(), b.Deaf.Release, b.Deaf.Environment, 2))
}

func awaitEnds(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 1, 1))
	await(t, b, b.Good, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	got, err := b.Target.Await(ctx, b.Good.Release, b.Good.Environment, 2)
	if davit.KindOf(err) != davit.Unavailable || len(got) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func overtake(t *testing.T, b *Bed) {
	ok(t, b.Target.Ensure(t.Context(), b.Good, 3, 1))
	ok(t, b.Target.Stop(t.Context(), b.Good.Release, b.Good.Environment, 2))
	if got := all(b); len(got) != 0 {
		t.Errorf("left: %+v", got)
	}
}

func comeBack(t *testing.T, b *Bed) {
	for epoch := uint64(1); epoch < 6; epoch += 2 {
		ok(t, b.Target.Ensure(t.Context(), b.Good, 2, epoch))
		for _, i := range await(t, b, b.Good, 2) {
			answers(t, i)
		}
		ok(t, b.Target.Ensure(t.Context(), b.Good, 0, epoch+1)) // does not wait: the next round overtakes the stop
	}
}

func names(t *testing.T, b *Bed) {
	for _, change := range []func(*davit.Workload){
		func(w *davit.Workload) { w.Release = "../x-1" },
		func(w *davit.Workload) { w.Environment = "" },
		func(w *davit.Workload) { w.Service = "a/b" },
		func(w *davit.Workload) { w.Release = "shop@1" },
		func(w *davit.Workload) { w.Command, w.Static = nil, "" },
	} {
		w := b.Good
		change(&w)
		if err := b.Target.Ensure(t.Context(), w, 1, 1); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%q %q %q: %v", w.Service, w.Environment, w.Release, err)
		}
	}
	if err := b.Target.Ensure(t.Context(), b.Good, -1, 1); davit.KindOf(err) != davit.Invalid {
		t.Errorf("fewer than none: %v", err)
	}
}

func together(t *testing.T, b *Bed) {
	var callers sync.WaitGroup
	for epoch := range uint64(8) {
		callers.Go(func() {
			err := b.Target.Ensure(t.Context(), b.Good, 1+int(epoch)%3, epoch)
			if err != nil && davit.KindOf(err) != davit.Conflict {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	ok(t, b.Target.Ensure(t.Context(), b.Good, 2, 9))
	await(t, b, b.Good, 2)
	eventually(t, "two are left", func() bool { return len(all(b)) == 2 })
}

func all(b *Bed) []davit.Instance { return b.Target.Instances(b.Good.Service, b.Good.Environment) }

func await(t *testing.T, b *Bed, w davit.Workload, n int) []davit.Instance {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := b.Target.Await(ctx, w.Release, w.Environment, n)
	ok(t, err)
	if len(got) < n {
		t.Fatalf("%d instances, want %d", len(got), n)
	}
	return got
}

// same checks that instances were not touched.
func same(t *testing.T, before, after []davit.Instance) {
	t.Helper()
	for n, i := range before {
		if n >= len(after) || after[n].ID != i.ID || after[n].Address != i.Address || after[n].Restarts != i.Restarts {
			t.Errorf("instance %d was %+v, now %+v", n, i, after)
			return
		}
	}
}

func answers(t *testing.T, i davit.Instance) {
	t.Helper()
	if got, err := get(t, i); err != nil || got != i.Release+"\n" {
		t.Errorf("%s answers %q, %v", i.ID, got, err)
	}
}

func silent(t *testing.T, i davit.Instance) {
	t.Helper()
	if got, err := get(t, i); err == nil && got == i.Release+"\n" {
		t.Errorf("%s still answers", i.ID)
	}
}

func get(t *testing.T, i davit.Instance) (string, error) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s/", i.Address), nil)
	if err != nil {
		return "", err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error) {
	t.Helper()
	if davit.KindOf(err) != davit.Conflict {
		t.Errorf("a lower epoch was not refused: %v", err)
	}
}

// eventually waits until is true: real instances take their time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline.C:
			t.Fatalf("did not come about: %s", what)
		case <-tick.C:
		}
	}
}
