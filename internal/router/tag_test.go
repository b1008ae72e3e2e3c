package router

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

func checkoutTags(epoch uint64, share davit.Weight) davit.Tagging {
	return davit.Tagging{Service: "shop", Environment: "production", Epoch: epoch, Tags: []davit.Tag{{Flag: "new/checkout", Salt: "shop/new-checkout/", Share: share}}}
}

// TestTagsTellExposedRequestsApart holds that a request is counted with the arm
// that the flag would give its user, and in the live traffic as before.
func TestTagsTellExposedRequestsApart(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	sick := instance(t, "old", func(w http.ResponseWriter, r *http.Request) {
		if n, _ := strconv.Atoi(r.Header.Get("X-User")); n%7 == 0 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	r := shop(1, 0, []davit.Backend{sick}, nil)
	r.Sticky.Header = "X-User"
	l.putRoute(r)
	if err := l.tag(checkoutTags(1, 2500)); err != nil {
		t.Fatal(err)
	}
	var want [2]struct{ requests, errors uint64 }
	for id := range 400 {
		l.get(func(r *http.Request) { r.Header.Set("X-User", strconv.Itoa(id)) })
		i := armIndex(flag.Bucket("shop/new-checkout/", strconv.Itoa(id), 10_000) < 2500)
		want[i].requests++
		if id%7 == 0 {
			want[i].errors++
		}
	}
	l.get(nil) // nobody knows who this is
	l.get(func(r *http.Request) {
		r.Header.Set("X-User", "1")
		r.Header.Set(ProbeHeader, "the-token")
	})
	if s := l.counts("shop-1", davit.Live); s.Requests != 401 {
		t.Errorf("%d live requests", s.Requests)
	}
	for i, exposed := range []bool{false, true} {
		s := l.counts("shop-1", davit.ArmMark("new/checkout", exposed))
		if s.Requests != want[i].requests || s.Errors != want[i].errors || s.Instance != "" && s.Instance != "old" {
			t.Errorf("exposed %v: %d requests, %d errors, want %+v", exposed, s.Requests, s.Errors, want[i])
		}
		if s.Hist.Total() != want[i].requests-want[i].errors {
			t.Errorf("exposed %v: %d latencies", exposed, s.Hist.Total())
		}
	}
}

// TestTagsNeedTheSameKeyAsTheFlag holds which key a request is told apart by.
func TestTagsNeedTheSameKeyAsTheFlag(t *testing.T) {
	for _, c := range []struct {
		sticky davit.Sticky
		header http.Header
		want   string
	}{
		{davit.Sticky{Header: "X-User"}, http.Header{"X-User": {"ann"}}, "ann"},
		{davit.Sticky{Header: "X-User"}, http.Header{"Cookie": {"davit_1=pin"}}, ""}, // the service knows nothing of the router's cookie then
		{davit.Sticky{Cookie: "sid"}, http.Header{"Cookie": {"a=b; sid=42"}}, "42"},
		{davit.Sticky{Header: "X-User", Cookie: "sid"}, http.Header{"Cookie": {"sid=42"}}, "42"},
		{davit.Sticky{}, http.Header{"Cookie": {"davit_1=pin"}}, "pin"},
		{davit.Sticky{}, http.Header{}, ""},
		{davit.Sticky{Header: "X-User"}, http.Header{"X-User": {string(make([]byte, keyLimit+1))}}, ""},
	} {
		x := &exchange{r: &http.Request{Header: c.header}}
		if got := x.user(&route{Route: davit.Route{Sticky: c.sticky}, cookie: "davit_1"}); got != c.want {
			t.Errorf("%+v %v: %q, want %q", c.sticky, c.header, got, c.want)
		}
	}
}

// TestTagsAreFencedAndKept holds that an older tagging never replaces a newer
// one, not even after the worker was replaced.
func TestTagsAreFencedAndKept(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	l.putRoute(shop(1, 0, nil, nil))
	for _, ok := range []davit.Tagging{checkoutTags(3, 100), checkoutTags(3, 100), checkoutTags(4, 0)} {
		if err := l.tag(ok); err != nil {
			t.Fatal(err)
		}
	}
	again := startLocal(t, func(o *Options) { o.Data = l.opts.Data })
	for _, p := range []*local{l, again} {
		for _, late := range []davit.Tagging{checkoutTags(3, 10_000), checkoutTags(4, 10_000)} {
			if err := p.tag(late); davit.KindOf(err) != davit.Conflict {
				t.Errorf("epoch %d share %s: %v, want a conflict", late.Epoch, late.Tags[0].Share, err)
			}
		}
	}
	at := place{"shop", "production"}
	if got := again.table.Load().routes[at].tags.Load(); got == nil || got.Epoch != 4 || got.Tags[0].Share != 0 {
		t.Errorf("found again: %+v", got)
	}
	for name, change := range map[string]func(*davit.Tagging){
		"no flag":    func(t *davit.Tagging) { t.Tags[0].Flag = "" },
		"share":      func(t *davit.Tagging) { t.Tags[0].Share = 10_001 },
		"twice":      func(t *davit.Tagging) { t.Tags = append(t.Tags, t.Tags[0]) },
		"no service": func(t *davit.Tagging) { t.Service = "" },
		"too many": func(t *davit.Tagging) {
			for i := range davit.MostTags {
				t.Tags = append(t.Tags, davit.Tag{Flag: fmt.Sprint(i)})
			}
		},
	} {
		bad := checkoutTags(5, 100)
		change(&bad)
		if err := l.tag(bad); davit.KindOf(err) != davit.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTagsAreForgotten holds that flags which are not told apart any more take
// no room.
func TestTagsAreForgotten(t *testing.T) {
	t.Parallel()
	l := startLocal(t, nil)
	r := shop(1, 0, []davit.Backend{instance(t, "old", nil)}, nil)
	r.Sticky.Header = "X-User"
	l.putRoute(r)
	for epoch := range uint64(20) {
		tags := checkoutTags(epoch+1, 5000)
		tags.Tags[0].Flag = fmt.Sprintf("flag-%d", epoch)
		if err := l.tag(tags); err != nil {
			t.Fatal(err)
		}
		l.get(func(r *http.Request) { r.Header.Set("X-User", "1") })
	}
	l.meter.collect(time.Now().Unix())
	l.forget()
	n := 0
	for _, v := range l.known() {
		v.each(func(b *backend) { b.arms.each(func(davit.Mark, *cell) { n++ }) })
	}
	if n != 2 {
		t.Errorf("%d cells are kept for one flag", n)
	}
}

// TestTagsInProcess goes the way of the server: over the control socket, and
// through an upgrade of the worker.
func TestTagsInProcess(t *testing.T) {
	t.Parallel()
	p := startProcess(t, nil)
	if err := p.Tag(t.Context(), checkoutTags(7, 500)); err != nil {
		t.Fatal(err)
	}
	if err := p.Upgrade(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	all, err := p.Taggings(t.Context())
	if err != nil || len(all) != 1 || all[0].Epoch != 7 || all[0].Tags[0].Share != 500 {
		t.Errorf("after an upgrade: %+v, %v", all, err)
	}
	if err := p.Tag(t.Context(), checkoutTags(6, 10_000)); davit.KindOf(err) != davit.Conflict {
		t.Errorf("an older tagging: %v", err)
	}
}

// BenchmarkCountArms is what a request costs more with so many flags to be told
// apart; without one it is a load of a pointer that is nil.
func BenchmarkCountArms(b *testing.B) {
	for _, flags := range []int{0, 1, davit.MostTags} {
		b.Run(strconv.Itoa(flags), func(b *testing.B) {
			rt := &route{Route: davit.Route{Sticky: davit.Sticky{Header: "X-User"}}, tags: &tagging{}}
			if flags > 0 {
				t := davit.Tagging{}
				for i := range flags {
					t.Tags = append(t.Tags, davit.Tag{Flag: fmt.Sprintf("flag-%d", i), Salt: "salt/", Share: 500})
				}
				rt.tags.Store(&t)
			}
			x := &exchange{r: &http.Request{Header: http.Header{"X-User": {"user-4711"}}}, route: rt, lane: &lane{version: newVersion(place{}, "r")}, backend: newBackend(davit.Backend{})}
			o := outcome{status: 200, took: 12 * time.Millisecond}
			b.ReportAllocs()
			for b.Loop() {
				x.cell().count(o)
				if t := x.route.tags.Load(); t != nil && x.mark == live {
					x.countArms(t, o)
				}
			}
		})
	}
}
