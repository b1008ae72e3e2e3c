package router

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/bench/router/mix"
)

// underLoad runs the mix through the router while fn does something to it.
func (p *process) underLoad(rate int, fresh bool, fn func()) mix.Result {
	p.t.Helper()
	return p.underLoadOf(mix.Load{Rate: rate, Fresh: fresh}, fn)
}

func (p *process) underLoadOf(l mix.Load, fn func()) mix.Result {
	p.t.Helper()
	l.Address, l.Host = p.opts.Listen, "shop.localhost"
	ctx, cancel := context.WithCancel(p.t.Context())
	defer cancel()
	result := make(chan mix.Result, 1)
	go func() {
		result <- mix.Run(ctx, l)
	}()
	fn()
	cancel()
	return <-result
}

func (p *process) state() State {
	p.t.Helper()
	s, err := p.State(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *process) putMix() {
	p.t.Helper()
	b := instance(p.t, "a", mix.Backend("a").ServeHTTP)
	if err := p.Put(p.t.Context(), shop(1, 0, []davit.Backend{b}, nil)); err != nil {
		p.t.Fatal(err)
	}
}

// pause lets the load go on for a while.
func pause(d time.Duration) { <-time.After(d) }

func TestProcessServesAndIsAdopted(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	before := p.state()
	again, err := Ensure(t.Context(), p.opts)
	if err != nil {
		t.Fatal(err)
	}
	after, err := again.State(t.Context())
	if err != nil || after.PID != before.PID || after.Routes != 1 {
		t.Fatalf("a running router was not kept: %+v, %v", after, err)
	}
	list, err := again.Routes(t.Context())
	if err != nil || len(list) != 1 || time.Since(list[0].Put) > time.Minute {
		t.Errorf("%+v %v", list, err)
	}
	if err := Hold(t.Context(), p.opts); !errors.Is(err, ErrRunning) {
		t.Errorf("a second holder: %v", err)
	}
	for _, path := range []string{socketPath(p.opts.Data), filepath.Join(p.opts.folder(), "routes.json"), filepath.Join(p.opts.folder(), "probe.token")} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	// The control plane of the router is not public.
	for _, path := range []string{"/v1/state", "/.davit/health"} {
		res, err := http.DefaultClient.Do(newRequest(t, "GET", "http://"+p.opts.Listen+path, func(r *http.Request) { r.Host = "localhost" }))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestUpgradeLosesNothing(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]bool{"keep-alive": false, "new connections": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startProcess(t, nil)
			p.putMix()
			first := p.state().PID
			r := p.underLoad(200, fresh, func() {
				for range 3 {
					pause(300 * time.Millisecond)
					if err := p.Upgrade(t.Context(), "", nil); err != nil {
						t.Error(err)
					}
				}
				pause(600 * time.Millisecond)
			})
			if r.Failed != 0 || r.Answered == 0 {
				t.Errorf("%d of %d failed: %v", r.Failed, r.Answered+r.Failed, r.Errors)
			}
			if p.state().PID == first {
				t.Error("it is still the first worker")
			}
		})
	}
}

func TestUpgradeByEnsureWhenTheVersionDiffers(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	opts := p.opts
	opts.Version, opts.WorkerArgs = "2", []string{"worker", "2"}
	if _, err := Ensure(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	s := p.state()
	if s.Version != "2" || s.Routes != 1 {
		t.Errorf("%+v", s)
	}
	// SIGHUP replaces the worker, too.
	if err := syscall.Kill(p.holder(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "another worker serves", func() bool {
		n, err := p.State(t.Context())
		return err == nil && n.PID != s.PID && n.Version == "2"
	})
}

func TestUpgradeToASuccessorThatPanicsLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	before := p.state().PID
	r := p.underLoad(200, false, func() {
		for range 3 {
			if err := p.Upgrade(t.Context(), "", []string{"panics"}); davit.KindOf(err) != davit.Unavailable {
				t.Errorf("%v", err)
			}
			pause(100 * time.Millisecond)
		}
		if err := p.Upgrade(t.Context(), "/nowhere", nil); err == nil {
			t.Error("a program that is not there was started")
		}
	})
	if r.Failed != 0 || p.state().PID != before {
		t.Errorf("%d failed: %v", r.Failed, r.Errors)
	}
	if err := p.Put(t.Context(), shop(2, 0, []davit.Backend{instance(t, "b", nil)}, nil)); err != nil {
		t.Errorf("the old worker takes no more changes: %v", err)
	}
}

func TestKillOfTheWorkerRefusesNoConnection(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	var begun, done atomic.Int64
	atRisk := int64(0) // what was under way when the worker was killed, or began before it was dead
	r := p.underLoadOf(mix.Load{Rate: 200, Begun: &begun, Done: &done}, func() {
		for range 3 {
			pause(200 * time.Millisecond)
			s := p.state()
			over := done.Load()
			if err := syscall.Kill(s.PID, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			eventually(t, 5*time.Second, "the worker is dead", func() bool { return syscall.Kill(s.PID, 0) != nil })
			atRisk += begun.Load() - over
			eventually(t, 5*time.Second, "a new worker serves", func() bool {
				n, err := p.State(t.Context())
				return err == nil && n.PID != s.PID && n.Routes == 1
			})
		}
		pause(200 * time.Millisecond)
	})
	if r.Refused != 0 {
		t.Errorf("%d connections were refused", r.Refused)
	}
	// On idle connections a few more are sent before their end is seen.
	if int64(r.Failed) > atRisk+20 {
		t.Errorf("%d failed, %d were at risk: %v", r.Failed, atRisk, r.Errors)
	}
}

func TestKillOfTheHolderLosesNothing(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	worker := p.state().PID
	r := p.underLoad(200, true, func() {
		for range 2 {
			before := p.state().Holder
			if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
			eventually(t, 5*time.Second, "the worker has another holder", func() bool {
				s := p.state()
				return s.Holder != 0 && s.Holder != before && p.holder() == s.Holder
			})
		}
		if s := p.state(); s.PID != worker {
			t.Error("the worker did not outlive its holders")
		}
		if err := p.Upgrade(t.Context(), "", nil); err != nil {
			t.Error(err)
		}
		if s := p.state(); s.PID == worker {
			t.Error("the new holder does not replace the worker")
		}
	})
	if r.Failed != 0 {
		t.Errorf("%d failed: %v", r.Failed, r.Errors)
	}
	if err := syscall.Kill(p.state().PID, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	eventually(t, 5*time.Second, "the new holder replaces a dead worker", func() bool {
		s, err := p.State(t.Context())
		return err == nil && s.Routes == 1
	})
}

func TestControllerGoneKeepsWeightsAndRequests(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	r := p.underLoad(200, false, func() {
		for range 5 {
			c := NewClient(p.opts.Data) // a controller that dies in the middle of a call
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			_ = c.Samples(ctx, 0, func(Batch) error { return nil })
			cancel()
			c.http.CloseIdleConnections()
		}
	})
	list, err := p.Routes(t.Context())
	if err != nil || r.Failed != 0 || list[0].Route.Versions[0].Weight != davit.Full {
		t.Errorf("%d failed, %+v %v", r.Failed, list, err)
	}
}

// Every request is in the samples once, whatever happens to the workers, and
// seconds come in order without gaps.
func TestSamplesLoseNothingOverUpgrades(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	p.putMix()
	var sum davit.Sample
	var seconds []int64
	late := time.Duration(0)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	var want uint64
	ended := make(chan uint64, 1)
	go func() {
		defer close(over)
		_ = p.Samples(ctx, 0, func(b Batch) error {
			seconds = append(seconds, b.Second)
			late = max(late, time.Since(time.Unix(b.Second+1, 0)))
			for _, s := range b.Samples {
				sum = addSample(sum, s)
			}
			select {
			case want = <-ended:
			default:
			}
			if want > 0 && sum.Requests >= want {
				cancel()
			}
			return nil
		})
	}()
	r := p.underLoad(200, false, func() {
		for range 2 {
			pause(700 * time.Millisecond)
			if err := p.Upgrade(t.Context(), "", nil); err != nil {
				t.Error(err)
			}
		}
		pause(300 * time.Millisecond)
	})
	ended <- uint64(r.Answered)
	select {
	case <-over:
	case <-time.After(5 * time.Second):
		cancel()
		<-over
	}
	if sum.Requests < uint64(r.Answered) || sum.Requests > uint64(r.Answered+r.Failed) {
		t.Errorf("%d answered, %d failed %v, %d in the samples", r.Answered, r.Failed, r.Errors, sum.Requests)
	}
	for i := 1; i < len(seconds); i++ {
		if seconds[i] != seconds[i-1]+1 {
			t.Errorf("seconds %v", seconds)
		}
	}
	t.Logf("the latest batch came %s after its second", late)
	// A server that was away gets what it missed.
	again := davit.Sample{}
	short, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	_ = NewClient(p.opts.Data).Samples(short, 0, func(b Batch) error {
		for _, s := range b.Samples {
			again = addSample(again, s)
		}
		if again.Requests >= sum.Requests {
			return io.EOF
		}
		return nil
	})
	if again.Requests != sum.Requests {
		t.Errorf("fetched again: %d of %d", again.Requests, sum.Requests)
	}
}

func TestDrainDuringAnUpgradeWaitsForTheOldWorkersRequests(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	begun := make(chan struct{})
	slow := []davit.Backend{instance(t, "old", func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		pause(700 * time.Millisecond)
	})}
	fresh := []davit.Backend{instance(t, "new", nil)}
	if err := p.Put(t.Context(), shop(1, 0, slow, fresh)); err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() {
		res, err := http.DefaultClient.Do(newRequest(t, "GET", "http://"+p.opts.Listen, nil))
		if err != nil {
			status <- 0
			return
		}
		res.Body.Close()
		status <- res.StatusCode
	}()
	<-begun
	if err := p.Upgrade(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Put(t.Context(), shop(2, davit.Full, slow, fresh)); err != nil {
		t.Fatal(err)
	}
	d, err := p.Drain(t.Context(), "shop", "production", "shop-1", 5*time.Second)
	if err != nil || d.Finished != 1 || d.Cancelled != 0 || d.Took == 0 {
		t.Errorf("%+v %v: the old worker's request was not waited for", d, err)
	}
	if s := <-status; s != 200 {
		t.Errorf("status %d", s)
	}
}

func TestAccessLogIsJSONAndRotates(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) {
		o.AccessLog, o.AccessLogSize, o.AccessLogKeep = filepath.Join(o.Data, "access.log"), 2000, 2
	})
	stable, _ := two(t)
	l.putRoute(shop(1, 0, stable, nil))
	for range 4 {
		for range 5 {
			l.get(func(r *http.Request) {
				r.URL.Path, r.URL.RawQuery = "/\x01\"\\é\xff", "token=secret"
			})
		}
		if err := l.log.flush(); err != nil {
			t.Fatal(err)
		}
	}
	for _, suffix := range []string{".1", ".2"} {
		b, err := os.ReadFile(l.opts.AccessLog + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "secret") {
			t.Error("the query is in the log")
		}
		for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if got["release"] != "shop-1" || got["instance"] != "old" || got["status"] != 200.0 || len(got["trace"].(string)) != 32 {
				t.Errorf("%s", line)
			}
		}
	}
	if _, err := os.Stat(l.opts.AccessLog + ".3"); err == nil {
		t.Error("more files are kept than asked for")
	}
}
