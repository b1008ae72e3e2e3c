package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
)

func exerciseAtomic(t *testing.T, b *bench) {
	first := b.keep(t, davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "a", Body: []byte(`{"n":1}`)}},
		Events:  []davit.Event{event("run.started")},
		Effects: []davit.Effect{{Key: "old", Kind: "work"}},
	})
	_, err := b.Keep(t.Context(), davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "b"}, {Kind: "run", ID: "a", Version: 7}},
		Deleted: []davit.Record{{Kind: "run", ID: "a"}},
		Events:  []davit.Event{event("run.ended")},
		Effects: []davit.Effect{{Key: "new", Kind: "work"}},
		Done:    []string{"old"},
	})
	refused(t, err, davit.Conflict)
	_, err = b.Keep(t.Context(), davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "b"}},
		Events:  []davit.Event{event("run.ended"), {Text: "has no kind"}},
	})
	refused(t, err, davit.Invalid)

	_, err = b.Record(t.Context(), "run", "b")
	refused(t, err, davit.NotFound)
	r, err := b.Record(t.Context(), "run", "a")
	ok(t, err)
	if r.Version != 1 || string(r.Body) != `{"n":1}` {
		t.Fatal("the record was touched", r)
	}
	effects, err := b.Effects(t.Context())
	ok(t, err)
	if len(effects) != 1 || effects[0].Key != "old" {
		t.Fatal("effects were touched", effects)
	}
	events := b.keep(t, journaled("run.ended"))
	if events[0].Seq != 2 || events[0].Prev != first[0].Hash {
		t.Fatal("a change that was not kept left a gap", events)
	}
}

func exerciseVersions(t *testing.T, b *bench) {
	wake := b.now().Add(time.Hour)
	r := davit.Record{Kind: "rollout", ID: "x", Service: "shop", Environment: "production", Phase: "queued", Wake: wake, Body: []byte("{}")}
	b.keep(t, davit.Change{Records: []davit.Record{r}})
	_, err := b.Keep(t.Context(), davit.Change{Records: []davit.Record{r}})
	refused(t, err, davit.Conflict)

	created := b.now()
	b.advance(time.Minute)
	r.Version, r.Phase, r.Wake, r.Body = 1, "baking", time.Time{}, []byte(`{"step":1}`)
	b.keep(t, davit.Change{Records: []davit.Record{r}})
	_, err = b.Keep(t.Context(), davit.Change{Records: []davit.Record{r}})
	refused(t, err, davit.Conflict)
	got, err := b.Record(t.Context(), "rollout", "x")
	ok(t, err)
	want := r
	want.Version, want.Created, want.Updated = 2, created, b.now()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	_, err = b.Keep(t.Context(), davit.Change{Records: []davit.Record{{Kind: "rollout", ID: "y", Version: 1}}})
	refused(t, err, davit.Conflict)
	_, err = b.Keep(t.Context(), davit.Change{Records: []davit.Record{{Kind: "rollout"}}})
	refused(t, err, davit.Invalid)
}

func exerciseDeletion(t *testing.T, b *bench) {
	b.keep(t, davit.Change{Records: []davit.Record{{Kind: "run", ID: "a"}, {Kind: "run", ID: "b"}}})
	_, err := b.Keep(t.Context(), davit.Change{Deleted: []davit.Record{{Kind: "run", ID: "a", Version: 2}}})
	refused(t, err, davit.Conflict)
	b.keep(t, davit.Change{Deleted: []davit.Record{{Kind: "run", ID: "a", Version: 1}, {Kind: "run", ID: "b"}, {Kind: "run", ID: "c"}}})
	n, err := b.Count(t.Context(), davit.Query{})
	ok(t, err)
	if n != 0 {
		t.Fatal(n, "records are left")
	}
}

func exerciseEffects(t *testing.T, b *bench) {
	want := davit.Effect{Key: "z", Kind: "router", Subject: "rollout/x", Epoch: 3, Body: []byte(`{"weight":1}`), Created: b.now()}
	b.keep(t, davit.Change{Effects: []davit.Effect{want, {Key: "a", Kind: "target"}}})
	b.keep(t, davit.Change{Effects: []davit.Effect{{Key: "z", Kind: "other"}, {Key: "m", Kind: "target"}}})
	effects, err := b.Effects(t.Context())
	ok(t, err)
	keys := func() (all []string) {
		effects, err := b.Effects(t.Context())
		ok(t, err)
		for _, e := range effects {
			all = append(all, e.Key)
		}
		return all
	}
	if !reflect.DeepEqual(effects[0], want) {
		t.Fatalf("got  %+v\nwant %+v", effects[0], want)
	}
	if got := keys(); !slices.Equal(got, []string{"z", "a", "m"}) {
		t.Fatal("effects do not come in the order in which they were asked for:", got)
	}
	b.keep(t, davit.Change{Done: []string{"z", "unknown"}, Effects: []davit.Effect{{Key: "z", Kind: "router"}}})
	if got := keys(); !slices.Equal(got, []string{"a", "m", "z"}) {
		t.Fatal("an effect that is over cannot be asked for again in the same change:", got)
	}
}

func exerciseOneTime(t *testing.T, b *bench) {
	at := b.now()
	other := at.Add(-time.Hour)
	events := b.keep(t, davit.Change{
		Records: []davit.Record{{Kind: "run", ID: "a"}, {Kind: "run", ID: "b", Created: other}},
		Events:  []davit.Event{event("one"), {Kind: "two", At: other}},
		Effects: []davit.Effect{{Key: "k", Kind: "work"}},
	})
	r, err := b.Record(t.Context(), "run", "a")
	ok(t, err)
	if !events[0].At.Equal(at) || !events[1].At.Equal(other) || !r.Created.Equal(at) || !r.Updated.Equal(at) {
		t.Fatal(events, r)
	}
	if r, err = b.Record(t.Context(), "run", "b"); err != nil || !r.Created.Equal(other) {
		t.Fatal(r, err)
	}
}

func exerciseCanceled(t *testing.T, b *bench) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		events, err := b.Keep(ctx, journaled("x"))
		if err == nil && len(events) != 1 {
			t.Fatal("neither kept nor refused")
		}
	}
	all, err := b.Events(t.Context(), davit.EventQuery{})
	ok(t, err)
	next := b.keep(t, journaled("y"))
	if next[0].Seq != int64(len(all)+1) {
		t.Fatal("a gap", next[0].Seq, len(all))
	}
}

func exerciseStrangeText(t *testing.T, b *bench) {
	strange := "'; DROP TABLE event; --\x00\xff\u2028<>&\"\\\n😀"
	kept := b.keep(t, davit.Change{Events: []davit.Event{{
		Kind: "run.started", Actor: strange, Service: strange, Text: strange, Data: map[string]string{strange: strange, "": ""},
	}}})
	read, err := b.Events(t.Context(), davit.EventQuery{})
	ok(t, err)
	if !reflect.DeepEqual(kept, read) {
		t.Fatalf("kept %#v\nread %#v", kept, read)
	}
	line, err := audit.ParseLine(audit.Line(read[0]))
	ok(t, err)
	if audit.Chain("", line) != read[0].Hash {
		t.Fatal("the exported line does not prove itself")
	}
	id := "a\nb%_'\""
	b.keep(t, davit.Change{Records: []davit.Record{{Kind: id, ID: id, Service: id, Body: []byte(`{"x":"😀"}`)}}})
	r, err := b.Record(t.Context(), id, id)
	ok(t, err)
	if string(r.Body) != `{"x":"😀"}` {
		t.Fatal(r)
	}
}

func exerciseConcurrent(t *testing.T, b *bench) {
	const writers, each = 16, 20
	b.keep(t, davit.Change{Records: []davit.Record{{Kind: "counter", ID: "c"}}})
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				for version := int64(1); ; {
					_, err := b.Keep(t.Context(), davit.Change{
						Records: []davit.Record{{Kind: "counter", ID: "c", Version: version}, {Kind: "write", ID: fmt.Sprint(w, "-", i)}},
						Events:  []davit.Event{event("counted")},
					})
					if err == nil {
						break
					}
					if davit.KindOf(err) != davit.Conflict {
						t.Error(err)
						return
					}
					r, err := b.Record(t.Context(), "counter", "c")
					if err != nil {
						t.Error(err)
						return
					}
					version = r.Version
				}
			}
		})
	}
	group.Wait()
	r, err := b.Record(t.Context(), "counter", "c")
	ok(t, err)
	n, err := b.Count(t.Context(), davit.Query{Kind: "write"})
	ok(t, err)
	if r.Version != writers*each+1 || n != writers*each {
		t.Fatal("lost or doubled writes:", r.Version, n)
	}
	exerciseWhole(t, b, writers*each)
}
