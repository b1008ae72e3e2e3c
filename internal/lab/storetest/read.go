package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
)

func exerciseFilters(t *testing.T, b *bench) {
	now := b.now()
	var c davit.Change
	for i, r := range []davit.Record{
		{Kind: "run", Service: "shop", Phase: "running"},
		{Kind: "run", Service: "shop", Phase: "done", Wake: now},
		{Kind: "run", Service: "blog", Phase: "done"},
		{Kind: "rollout", Service: "shop", Environment: "staging", Phase: "baking", Wake: now.Add(-time.Second)},
		{Kind: "rollout", Service: "shop", Environment: "production", Phase: "queued", Wake: now.Add(time.Second)},
	} {
		r.ID = fmt.Sprint(i)
		c.Records = append(c.Records, r)
	}
	b.keep(t, c)
	for name, test := range map[string]struct {
		query davit.Query
		want  []string
	}{
		"all":         {davit.Query{Oldest: true}, []string{"3", "4", "0", "1", "2"}}, // one Created: by kind and id
		"kind":        {davit.Query{Kind: "run"}, []string{"2", "1", "0"}},
		"service":     {davit.Query{Service: "shop", Kind: "run", Oldest: true}, []string{"0", "1"}},
		"environment": {davit.Query{Environment: "staging"}, []string{"3"}},
		"phases":      {davit.Query{Phases: []string{"done", "baking"}, Oldest: true}, []string{"3", "1", "2"}},
		"due":         {davit.Query{Due: now, Oldest: true}, []string{"3", "1"}},
		"due of kind": {davit.Query{Kind: "run", Due: now}, []string{"1"}},
		"match":       {davit.Query{Kind: "run", Match: "1"}, []string{"1"}},
		"match %":     {davit.Query{Match: "%"}, nil},
		"match _":     {davit.Query{Match: "_"}, nil},
		"ids":         {davit.Query{Kind: "run", IDs: []string{"2", "0", "4", "9"}}, []string{"2", "0"}},
		"by id":       {davit.Query{Kind: "run", IDs: []string{"2", "0"}, ByID: true}, []string{"0", "2"}},
		"latest of":   {davit.Query{Kind: "run", LatestOf: []string{"blog", "shop", "nobody"}, ByID: true}, []string{"1", "2"}},
		"latest of 1": {davit.Query{Kind: "run", LatestOf: []string{"shop"}}, []string{"1"}},
		"none":        {davit.Query{Kind: "release"}, nil},
	} {
		records, cursor, err := b.Records(t.Context(), test.query)
		ok(t, err)
		var got []string
		for _, r := range records {
			got = append(got, r.ID)
		}
		n, err := b.Count(t.Context(), test.query)
		ok(t, err)
		if !slices.Equal(got, test.want) || n != len(test.want) || cursor != "" {
			t.Errorf("%s: got %v (%d, cursor %q), want %v", name, got, n, cursor, test.want)
		}
	}
}

func exercisePages(t *testing.T, b *bench) {
	const all = 53
	for i := range all {
		if i%3 == 0 {
			b.advance(time.Nanosecond)
		}
		b.keep(t, davit.Change{Records: []davit.Record{{Kind: []string{"run", "rollout"}[i%2], ID: fmt.Sprintf("%02d", i)}}})
	}
	q, named := davit.Query{Kind: "run", Limit: 7, ByID: true}, []string{}
	for {
		page, cursor, err := b.Records(t.Context(), q)
		ok(t, err)
		for _, r := range page {
			named = append(named, r.ID)
		}
		if q.Before = cursor; cursor == "" {
			break
		}
	}
	if !slices.IsSorted(named) || len(named) != (all+1)/2 {
		t.Fatal("by id:", named)
	}
	for _, kind := range []string{"", "run"} {
		for _, oldest := range []bool{false, true} {
			q := davit.Query{Kind: kind, Limit: 7, Oldest: oldest}
			var paged []davit.Record
			for {
				page, cursor, err := b.Records(t.Context(), q)
				ok(t, err)
				paged = append(paged, page...)
				if q.Before = cursor; cursor == "" {
					break
				}
				// What comes in meanwhile at the other end neither doubles nor hides anything.
				if !oldest {
					b.advance(time.Second)
					b.keep(t, davit.Change{Records: []davit.Record{{Kind: "run", ID: "late" + fmt.Sprint(len(paged), kind)}}})
				}
			}
			want := all
			if kind == "run" {
				want = (all + 1) / 2
			}
			seen := map[string]bool{}
			for i, r := range paged {
				seen[r.ID] = true
				if i > 0 && oldest == r.Created.Before(paged[i-1].Created) && !r.Created.Equal(paged[i-1].Created) {
					t.Fatal("out of order at", i)
				}
			}
			for i := range all {
				if id := fmt.Sprintf("%02d", i); (kind == "" || i%2 == 0) != seen[id] {
					t.Fatalf("kind %q oldest %v: %s seen: %v", kind, oldest, id, seen[id])
				}
			}
			if len(seen) != len(paged) || len(paged) < want {
				t.Fatal("doubled", len(seen), len(paged))
			}
		}
	}
	for _, cursor := range []string{"x", "!!", "MTIz"} {
		_, _, err := b.Records(t.Context(), davit.Query{Before: cursor})
		refused(t, err, davit.Invalid)
	}
}

func exerciseEventQueries(t *testing.T, b *bench) {
	now := b.now()
	b.keep(t, davit.Change{Events: []davit.Event{
		{Kind: "run.started", Actor: "ann", Service: "shop", Run: "r1", Commit: "abcd1234ef"},
		{Kind: "run.ended", Actor: "davit", Service: "shop", Run: "r1", Release: "shop-1", Commit: "abcd1234ef", Digest: "sha256:1"},
		{Kind: "rollout.shifted", Actor: "davit", Service: "shop", Environment: "staging", Rollout: "o1", Release: "shop-1", At: now.Add(time.Hour)},
		{Kind: "rollout.shifted", Actor: "davit", Service: "blog", Environment: "staging", Rollout: "o2", Commit: "abce000000"},
	}})
	for name, test := range map[string]struct {
		query davit.EventQuery
		want  []int64
	}{
		"all":         {davit.EventQuery{}, []int64{1, 2, 3, 4}},
		"newest":      {davit.EventQuery{Newest: true, Limit: 2}, []int64{4, 3}},
		"after":       {davit.EventQuery{After: 2}, []int64{3, 4}},
		"before":      {davit.EventQuery{Before: 3, Newest: true}, []int64{2, 1}},
		"kinds":       {davit.EventQuery{Kinds: []string{"run.started", "run.ended"}}, []int64{1, 2}},
		"service":     {davit.EventQuery{Service: "blog"}, []int64{4}},
		"environment": {davit.EventQuery{Service: "shop", Environment: "staging"}, []int64{3}},
		"run":         {davit.EventQuery{Run: "r1"}, []int64{1, 2}},
		"release":     {davit.EventQuery{Release: "shop-1"}, []int64{2, 3}},
		"rollout":     {davit.EventQuery{Rollout: "o2"}, []int64{4}},
		"digest":      {davit.EventQuery{Digest: "sha256:1"}, []int64{2}},
		"actor":       {davit.EventQuery{Actor: "ann"}, []int64{1}},
		"since":       {davit.EventQuery{Since: now.Add(time.Minute)}, []int64{3}},
		"commit":      {davit.EventQuery{Commit: "ABCD1234ef"}, []int64{1, 2}},
		"prefix":      {davit.EventQuery{Commit: "abcd"}, []int64{1, 2}},
		"no commit":   {davit.EventQuery{Commit: "ffff"}, nil},
	} {
		events, err := b.Events(t.Context(), test.query)
		ok(t, err)
		var got []int64
		for _, e := range events {
			got = append(got, e.Seq)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	for _, prefix := range []string{"abc", "abcx", "%%%%"} {
		_, err := b.Events(t.Context(), davit.EventQuery{Commit: prefix})
		refused(t, err, davit.Invalid)
	}
}

func exerciseEventsSince(t *testing.T, b *bench) {
	c := davit.Change{}
	for range 2500 {
		c.Events = append(c.Events, event("x"))
	}
	b.keep(t, c)
	next := int64(7)
	ok(t, b.EventsSince(t.Context(), 6, func(e davit.Event) error {
		if e.Seq != next {
			t.Fatal("got", e.Seq, "want", next)
		}
		next++
		return nil
	}))
	if next != 2501 {
		t.Fatal("stopped at", next)
	}
	stop := errors.New("enough")
	if err := b.EventsSince(t.Context(), 0, func(davit.Event) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

func exerciseChain(t *testing.T, b *bench) {
	for range 5 {
		b.keep(t, davit.Change{Events: []davit.Event{event("a"), {Kind: "b", Seq: 99, Prev: "x", Hash: "y", Data: map[string]string{"k": "v"}}}})
	}
	exerciseWhole(t, b, 10)
}

// exerciseWhole verifies the journal against its kept head.
func exerciseWhole(t *testing.T, b *bench, lines int64) {
	t.Helper()
	head, err := b.Head(t.Context())
	ok(t, err)
	v := audit.NewVerifier(audit.Checkpoint{Seq: head.Seq, Hash: head.Hash})
	ok(t, b.EventsSince(t.Context(), 0, func(e davit.Event) error { v.Event(e); return nil }))
	if r := v.Finish(); !r.OK() || r.Lines != lines {
		t.Fatal(r, "want lines:", lines)
	}
}

func exerciseNews(t *testing.T, b *bench) {
	news := b.Changed()
	b.keep(t, davit.Change{Records: []davit.Record{{Kind: "run", ID: "a"}}})
	select {
	case <-news:
		t.Fatal("news without a line in the journal")
	default:
	}
	b.keep(t, journaled("x"))
	select {
	case <-news:
	case <-time.After(5 * time.Second):
		t.Fatal("no news")
	}
}
