package router

import (
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// get sends a request and returns who answered and the answer's cookies.
func (l *local) get(change func(*http.Request)) (int, string, []*http.Cookie) {
	l.t.Helper()
	res, err := http.DefaultClient.Do(newRequest(l.t, "GET", l.url, change))
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("X-Instance"), res.Cookies()
}

func two(t testing.TB) (stable, fresh []davit.Backend) {
	return []davit.Backend{instance(t, "old", nil)}, []davit.Backend{instance(t, "new", nil)}
}

func TestSplitHasNoBias(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	for i, percent := range []float64{1, 5, 10, 25} {
		r := shop(uint64(i+1), davit.Percent(percent), stable, fresh)
		r.Sticky.Header = "X-User"
		l.putRoute(r)
		got := 0
		for id := 1; id <= 1000; id++ {
			_, who, _ := l.get(func(r *http.Request) { r.Header.Set("X-User", strconv.Itoa(id)) })
			want := "old"
			if flag.Bucket(r.Salt, strconv.Itoa(id), 10_000) < uint32(davit.Percent(percent)) {
				want = "new"
			}
			if who != want {
				t.Fatalf("user %d at %v %%: %s answered, the flags say %s", id, percent, who, want)
			}
			if who == "new" {
				got++
			}
		}
		p := percent / 100
		if d := math.Abs(float64(got) - 1000*p); d > 3*math.Sqrt(1000*p*(1-p)) || percent == 1 && d > 15 {
			t.Errorf("%d of 1000 users at %v %%", got, percent)
		}
	}
}

func TestSplitRouterAndFlagAgreeOn10000Keys(t *testing.T) {
	t.Parallel()
	stable, fresh := &lane{version: &version{}, weight: 9000}, &lane{version: &version{}, weight: 1000}
	rt := &route{Route: davit.Route{Salt: "s/", Sticky: davit.Sticky{Cookie: "uid"}}, stable: stable, fresh: fresh}
	for i := range 10_000 {
		key := "user-" + strconv.Itoa(i)
		x := &exchange{r: &http.Request{Header: http.Header{"Cookie": {"a=b; uid=" + key + "; c=d"}}}}
		if got, want := rt.choose(x) == fresh, flag.Bucket("s/", key, 10_000) < 1000; got != want {
			t.Fatalf("%s: new %v, the flags say %v", key, got, want)
		}
	}
}

func TestStickyClientWithoutCookieCanBeInTheCanaryAndStays(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	l.putRoute(shop(1, 5000, stable, fresh))
	seen := map[string]int{}
	for range 60 {
		_, who, cookies := l.get(nil)
		if len(cookies) != 1 || !strings.HasPrefix(cookies[0].Name, "davit_") || !cookies[0].HttpOnly {
			t.Fatalf("cookies %v", cookies)
		}
		seen[who]++
		for range 3 {
			_, again, more := l.get(func(r *http.Request) { r.AddCookie(cookies[0]) })
			if again != who || len(more) != 0 {
				t.Fatalf("%s, then %s with cookies %v", who, again, more)
			}
		}
	}
	if seen["old"] < 10 || seen["new"] < 10 {
		t.Errorf("not about half: %v", seen)
	}
}

func TestStickyGrowsMonotonicallyAndAbortEndsEveryPin(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	in := map[int]bool{}
	for step, share := range []davit.Weight{500, 1000, 5000, 0} {
		r := shop(uint64(step+1), share, stable, fresh)
		r.Sticky.Header = "X-User"
		l.putRoute(r)
		for id := range 300 {
			_, who, _ := l.get(func(r *http.Request) {
				r.Header.Set("X-User", strconv.Itoa(id))
				r.AddCookie(&http.Cookie{Name: cookieName(place{"shop", "production"}), Value: "pinned"})
			})
			switch {
			case share == 0 && who != "old":
				t.Fatalf("user %d still reaches the new version after the abort", id)
			case share > 0 && in[id] && who != "new":
				t.Fatalf("user %d left the cohort when it grew to %s", id, share)
			}
			in[id] = who == "new"
		}
	}
}

func TestStickyNoCookieIsSetWithoutASplit(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	for i, share := range []davit.Weight{0, davit.Full} {
		l.putRoute(shop(uint64(i+1), share, stable, fresh))
		if _, _, cookies := l.get(nil); len(cookies) != 0 {
			t.Errorf("at %s: %v", share, cookies)
		}
	}
}

func TestMatchSendsToTheNewVersionWhateverTheWeight(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	stable, fresh := two(t)
	r := shop(1, 0, stable, fresh)
	r.Match = []davit.Match{{Header: "x-group", Values: []string{"beta", "staff"}}, {Cookie: "try", Path: "/new"}, {}}
	l.putRoute(r)
	for _, c := range []struct {
		path, header, cookie, want string
	}{
		{"/", "", "", "old"},
		{"/", "beta", "", "new"},
		{"/", "other", "", "old"},
		{"/", "", "try=1", "old"},
		{"/new/thing", "", "try=1", "new"},
		{"/newer", "", "try=1", "old"},
	} {
		_, who, _ := l.get(func(r *http.Request) {
			r.URL.Path = c.path
			if c.header != "" {
				r.Header.Set("X-Group", c.header)
			}
			if c.cookie != "" {
				r.Header.Set("Cookie", c.cookie)
			}
		})
		if who != c.want {
			t.Errorf("%+v: %s answered", c, who)
		}
	}
}

func TestProbeReachesADarkVersionAndIsMarked(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	var seen http.Header
	stable := []davit.Backend{instance(t, "old", nil)}
	fresh := []davit.Backend{instance(t, "new", func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		w.Header().Set("X-Instance", "new")
	})}
	l.putRoute(shop(1, 0, stable, fresh))
	probe := func(token, release string) (int, string) {
		status, who, _ := l.get(func(r *http.Request) {
			r.Header.Set(ProbeHeader, token)
			r.Header.Set(ReleaseHeader, release)
			r.Header.Set("X-Shadow", "1")
		})
		return status, who
	}
	if _, who := probe("the-token", "shop-2"); who != "new" {
		t.Fatalf("the probe reached %s", who)
	}
	for token, want := range map[string]string{"the-token": "shop-2", "a-guess": ""} {
		res, err := http.DefaultClient.Do(newRequest(t, "GET", l.url, func(r *http.Request) {
			r.Header.Set(ProbeHeader, token)
			r.Header.Set(ReleaseHeader, "shop-2")
		}))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if by := res.Header.Get(ReleaseHeader); by != want {
			t.Errorf("the answer to token %s says it is by %q, want %q", token, by, want)
		}
	}
	if seen.Get(ProbeHeader)+seen.Get(ReleaseHeader)+seen.Get("X-Shadow") != "" {
		t.Errorf("the router's own fields reached the instance: %v", seen)
	}
	if _, who := probe("a-guess", "shop-2"); who != "old" {
		t.Errorf("a forged token reached %s", who)
	}
	if status, _ := probe("the-token", "shop-99"); status != http.StatusNotFound {
		t.Errorf("a release that is not there: %d", status)
	}
	if n := l.counts("shop-2", davit.Probe).Requests; n != 2 {
		t.Errorf("%d probes were counted, want 2", n)
	}
	if n := l.counts("shop-2", davit.Live).Requests; n != 0 {
		t.Errorf("%d probes were counted as live", n)
	}
}

func TestSamplesSumToTheLoadGeneratorsOwnCount(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	fail := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Instance", "new")
		if r.URL.Query().Get("fail") != "" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, "12345")
	}
	l.putRoute(shop(1, 3000, []davit.Backend{instance(t, "old", fail)}, []davit.Backend{instance(t, "b", fail), instance(t, "c", fail)}))
	sent, failed := 0, 0
	for i := range 400 {
		status, _, _ := l.get(func(r *http.Request) {
			if i%7 == 0 {
				r.URL.RawQuery = "fail=1"
			}
		})
		sent++
		if status == 500 {
			failed++
		}
	}
	var sum davit.Sample
	eventually(t, 1e9, "all is counted", func() bool {
		sum = addSample(l.counts("shop-1", davit.Live), l.counts("shop-2", davit.Live))
		return sum.Requests == uint64(sent)
	})
	inHist := uint64(0)
	for _, b := range sum.Hist {
		inHist += b.Count
	}
	if sum.Errors != uint64(failed) || sum.Status[5] != uint64(failed) || sum.Status[2] != uint64(sent-failed) ||
		sum.Bytes != uint64(5*sent) || inHist != uint64(sent-failed) {
		t.Errorf("%d sent, %d failed; counted %+v, %d in the histogram", sent, failed, sum, inHist)
	}
}

func TestHistogramBuckets(t *testing.T) {
	t.Parallel()
	for j := range 127 {
		low := math.Exp2(float64(j)/8) * 1e6 // ns
		if got := histIndex(durationOf(math.Ceil(low) + 1)); got != j {
			t.Errorf("just above 2^(%d/8) ms: bucket %d", j, got)
		}
		if got := histIndex(durationOf(math.Floor(low) - 1)); got != max(0, j-1) {
			t.Errorf("just below 2^(%d/8) ms: bucket %d", j, got)
		}
	}
	if got := histIndex(0); got != 0 {
		t.Errorf("0: bucket %d", got)
	}
	if got := histIndex(durationOf(1e15)); got != 127 {
		t.Errorf("11 days: bucket %d", got)
	}
}
