package router

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/bench/router/mix"
)

var production = place{"shop", "production"}

func TestSwitchUnderTheMixLosesNothing(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	names := []string{"shop-1", "shop-2"}
	backends := [2][]davit.Backend{}
	var after [2]atomic.Int64 // requests that reached a drained version
	var dark [2]atomic.Bool
	reached := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	for i, name := range names {
		h := mix.Backend(name)
		backends[i] = []davit.Backend{instance(t, name, func(w http.ResponseWriter, r *http.Request) {
			if dark[i].Load() {
				after[i].Add(1)
			}
			select {
			case reached[i] <- struct{}{}:
			default:
			}
			h.ServeHTTP(w, r)
		})}
	}
	l.putRoute(shop(1, 0, backends[0], backends[1]))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan mix.Result, 1)
	go func() {
		result <- mix.Run(ctx, mix.Load{Address: l.opts.address(l.url), Host: "shop.localhost", Rate: 400})
	}()
	// A switch comes in the middle of the load, however late that begins.
	for range 20 {
		<-reached[0]
	}
	for i := range 12 {
		to := (i + 1) % 2
		dark[to].Store(false)
		l.putRoute(shop(uint64(i+2), davit.Weight(to)*davit.Full, backends[0], backends[1]))
		d, err := l.drain(t.Context(), production, names[1-to], 5*time.Second)
		if err != nil || d.Cancelled != 0 {
			t.Fatalf("switch %d: %+v %v", i, d, err)
		}
		dark[1-to].Store(true)
		for range 20 {
			<-reached[to]
		}
	}
	cancel()
	r := <-result
	if r.Failed != 0 || r.Answered == 0 {
		t.Errorf("%d of %d failed: %v", r.Failed, r.Answered+r.Failed, r.Errors)
	}
	if n := after[0].Load() + after[1].Load(); n != 0 {
		t.Errorf("%d requests reached a drained version", n)
	}
	counted := l.counts("shop-1", davit.Live).Requests + l.counts("shop-2", davit.Live).Requests
	if counted != uint64(r.Answered) {
		t.Errorf("%d answered, %d counted", r.Answered, counted)
	}
}

// address returns the host:port of a URL.
func (Options) address(url string) string { return url[len("http://"):] }

func TestDrainDeadlineCutsExactlyTheLateOnes(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	begun, soon := make(chan struct{}, 8), make(chan struct{})
	slow := func(w http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		over := soon
		if r.URL.Query().Has("late") {
			over = nil // never by itself
		}
		if r.URL.Path == "/sse" {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: first\n\n")
			w.(http.Flusher).Flush()
		}
		select {
		case <-over:
			_, _ = io.WriteString(w, "done")
		case <-r.Context().Done():
		}
	}
	old := []davit.Backend{instance(t, "old", slow)}
	fresh := []davit.Backend{instance(t, "new", nil)}
	l.putRoute(shop(1, 0, old, fresh))
	paths := []string{"/", "/sse", "/?late", "/sse?late"}
	whole := make([]bool, len(paths))
	var all sync.WaitGroup
	for i, p := range paths {
		all.Go(func() {
			res, err := http.DefaultClient.Do(newRequest(t, "GET", l.url+p, nil))
			if err == nil {
				b, err := io.ReadAll(res.Body)
				res.Body.Close()
				whole[i] = err == nil && res.StatusCode == http.StatusOK && len(b) >= 4
			}
		})
	}
	for range paths {
		<-begun
	}
	if _, err := l.drain(t.Context(), production, "shop-1", time.Second); davit.KindOf(err) != davit.Conflict {
		t.Errorf("a release with traffic: %v", err)
	}
	l.putRoute(shop(2, davit.Full, old, fresh))
	time.AfterFunc(500*time.Millisecond, func() { close(soon) }) // while it drains
	const deadline = 3 * time.Second
	d, err := l.drain(t.Context(), production, "shop-1", deadline)
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	if d.Finished != 2 || d.Cancelled != 2 || d.Tunnels != 0 || d.Took < deadline {
		t.Errorf("%+v, want 2 finished, 2 cancelled", d)
	}
	if !whole[0] || !whole[1] || whole[2] || whole[3] {
		t.Errorf("whole answers: %v, want the first two", whole)
	}
	if d, err := l.drain(t.Context(), production, "shop-1", time.Second); err != nil || d.Took != 0 {
		t.Errorf("drained again: %+v %v", d, err)
	}
}

// down returns an address where nothing listens.
func down(t testing.TB, name string) davit.Backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return davit.Backend{Instance: name, Address: l.Addr().String()}
}

func TestRetryDeadCanaryCountsAsCanaryErrors(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, _ := two(t)
	l.putRoute(shop(1, 5000, stable, []davit.Backend{down(t, "x"), down(t, "y")}))
	failed := 0
	for range 60 {
		status, who, _ := l.get(nil)
		if status == http.StatusBadGateway {
			failed++
		} else if who != "old" {
			t.Fatalf("%d %s", status, who)
		}
	}
	n := l.counts("shop-2", davit.Live)
	if n.Errors != uint64(failed) || failed < 10 || n.Refused < uint64(failed) {
		t.Errorf("%d failed, counted %+v", failed, n)
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 0 || n.Retries != 0 {
		t.Errorf("the stable version paid: %+v", n)
	}
}

func TestRetryNoStormWithAllUpstreamsDown(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	l.putRoute(shop(1, 0, []davit.Backend{down(t, "x"), down(t, "y"), down(t, "z")}, nil))
	const requests = 300
	for range requests {
		if status, _, _ := l.get(nil); status != http.StatusBadGateway {
			t.Fatalf("status %d", status)
		}
	}
	if n := l.counts("shop-1", davit.Live); n.Retries > requests/10+retryRoom/10+1 || n.Refused != requests+n.Retries {
		t.Errorf("more than a tenth was tried again: %+v", n)
	}
}

func TestRetryAnotherInstanceAndPassiveHealth(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	good := instance(t, "good", nil)
	l.putRoute(shop(1, 0, []davit.Backend{down(t, "bad"), good}, nil))
	for range 50 {
		if status, who, _ := l.get(nil); who != "good" {
			t.Fatalf("%d %s", status, who)
		}
	}
	if n := l.counts("shop-1", davit.Live); n.Errors != 0 || n.Refused == 0 || n.Refused > 4 {
		t.Errorf("the instance that is down was not left alone: %+v", n)
	}
}

// An instance may close an idle connection just as it is used again. What can
// be sent twice is; a POST is not, if the instance may have acted on it.
func TestRetryOnlyWhatMayBeSentTwice(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	var seen, posts atomic.Int64
	b := instance(t, "a", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost && r.URL.Path == "/die" {
			posts.Add(1)
			panic(http.ErrAbortHandler)
		}
		if seen.Add(1) == 2 { // the second request on the first connection
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("X-Instance", "a")
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	for range 3 {
		if status, _, _ := l.get(nil); status != 200 {
			t.Fatalf("a GET was not tried again: %d", status)
		}
	}
	status, _, _ := l.get(func(r *http.Request) { r.Method, r.URL.Path = http.MethodPost, "/die" })
	if status != http.StatusBadGateway || posts.Load() != 1 {
		t.Errorf("a POST was sent %d times, answered %d", posts.Load(), status)
	}
}

func TestAnswerThatDoesNotComeIs504(t *testing.T) {
	t.Parallel()
	l := startLocal(t, func(o *Options) { o.AnswerWithin = 150 * time.Millisecond })
	b := instance(t, "a", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	if status, _, _ := l.get(nil); status != http.StatusGatewayTimeout {
		t.Errorf("status %d", status)
	}
}

func TestClientThatLeavesIsNoErrorOfTheVersion(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	begun, told := make(chan struct{}), make(chan struct{})
	b := instance(t, "a", func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(told)
	})
	l.putRoute(shop(1, 0, []davit.Backend{b}, nil))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := http.DefaultClient.Do(newRequest(t, "GET", l.url, nil).WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-told // the instance hears that nobody waits
	eventually(t, time.Second, "it is counted", func() bool { return l.counts("shop-1", davit.Live).Requests == 1 })
	if n := l.counts("shop-1", davit.Live); n.Errors != 0 || n.Status[0] != 1 {
		t.Errorf("%+v", n)
	}
}

func TestMirrorCopiesWhatIsSafeAndMarksIt(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	type copied struct{ method, shadow, body string }
	got := make(chan copied, 64)
	stable := []davit.Backend{instance(t, "old", nil)}
	shadow := []davit.Backend{instance(t, "shadow", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- copied{r.Method, r.Header.Get("X-Shadow"), string(b)}
		w.WriteHeader(http.StatusInternalServerError)
	})}
	r := shop(1, 0, stable, shadow)
	r.Versions[1].Mirror, r.Mirror = true, davit.Full
	l.putRoute(r)
	for range 5 {
		if status, who, _ := l.get(nil); status != 200 || who != "old" {
			t.Fatalf("%d %s", status, who)
		}
		l.get(func(r *http.Request) { r.Method = http.MethodPost })
	}
	for range 5 {
		if c := <-got; c.method != "GET" || c.shadow != "1" {
			t.Errorf("copied %+v", c)
		}
	}
	eventually(t, time.Second, "the copies are counted", func() bool { return l.counts("shop-2", davit.Mirror).Requests == 5 })
	if n := l.counts("shop-2", davit.Live); n.Requests != 0 {
		t.Errorf("copies count as live: %+v", n)
	}
	if len(got) != 0 {
		t.Error("a POST was copied")
	}
}

func TestMirrorStuckShadowAddsNothingToUserLatency(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	hang := make(chan struct{})
	stable := []davit.Backend{instance(t, "old", nil)}
	shadow := []davit.Backend{instance(t, "shadow", func(http.ResponseWriter, *http.Request) { <-hang })}
	t.Cleanup(func() { close(hang) })
	r := shop(1, 0, stable, shadow)
	r.Versions[1].Mirror, r.Mirror = true, davit.Full
	l.putRoute(r)
	begun := time.Now()
	for range 2 * mirrorQueue {
		if status, _, _ := l.get(nil); status != 200 {
			t.Fatal(status)
		}
	}
	if took := time.Since(begun); took > mirrorTimeout/2 {
		t.Errorf("users waited: %s", took)
	}
	if l.mirror.dropped.Load() == 0 {
		t.Error("nothing was dropped, so something waits")
	}
}
