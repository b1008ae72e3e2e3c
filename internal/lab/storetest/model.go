package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
)

// model is the slow and obvious store that a real one is compared with.
type model struct {
	versions map[string]int64
	effects  []string
	lines    int64
}

// keep does what Keep should do and reports whether it conflicts.
func (m *model) keep(c davit.Change) bool {
	next := model{versions: map[string]int64{}, effects: slices.Clone(m.effects), lines: m.lines + int64(len(c.Events))}
	maps.Copy(next.versions, m.versions)
	for _, r := range c.Records {
		if next.versions[r.ID] != r.Version {
			return false
		}
		next.versions[r.ID]++
	}
	for _, r := range c.Deleted {
		if r.Version > 0 && next.versions[r.ID] != r.Version {
			return false
		}
		delete(next.versions, r.ID)
	}
	next.effects = slices.DeleteFunc(next.effects, func(k string) bool { return slices.Contains(c.Done, k) })
	for _, e := range c.Effects {
		if !slices.Contains(next.effects, e.Key) {
			next.effects = append(next.effects, e.Key)
		}
	}
	*m = next
	return true
}

// exerciseModel keeps random changes and compares after each.
func exerciseModel(t *testing.T, b *bench) {
	names := rapid.SampledFrom([]string{"a", "b", "c"})
	m := &model{versions: map[string]int64{}}
	rapid.Check(t, func(rt *rapid.T) {
		record := rapid.Custom(func(rt *rapid.T) davit.Record {
			id := names.Draw(rt, "id")
			return davit.Record{Kind: "run", ID: id, Version: max(m.versions[id]+rapid.SampledFrom([]int64{0, 0, 0, 0, -1, 1}).Draw(rt, "off"), 0)}
		})
		c := davit.Change{
			Records: rapid.SliceOfN(record, 0, 3).Draw(rt, "records"),
			Deleted: rapid.SliceOfN(record, 0, 1).Draw(rt, "deleted"),
			Done:    rapid.SliceOfN(names, 0, 2).Draw(rt, "done"),
		}
		for _, k := range rapid.SliceOfN(names, 0, 3).Draw(rt, "effects") {
			c.Effects = append(c.Effects, davit.Effect{Key: k, Kind: "work"})
		}
		for i := range rapid.IntRange(0, 2).Draw(rt, "events") {
			c.Events = append(c.Events, event(fmt.Sprint("e", i)))
		}
		want := m.keep(c)
		events, err := b.Keep(t.Context(), c)
		if (err == nil) != want || err != nil && davit.KindOf(err) != davit.Conflict || want && len(events) != len(c.Events) {
			rt.Fatalf("%+v: kept %v, want %v: %v", c, err == nil, want, err)
		}
		m.compare(rt, t, b)
	})
	exerciseWhole(t, b, m.lines)
}

func (m *model) compare(rt *rapid.T, t *testing.T, b *bench) {
	records, _, err := b.Records(t.Context(), davit.Query{})
	if err != nil || len(records) != len(m.versions) {
		rt.Fatal(records, m.versions, err)
	}
	for _, r := range records {
		if m.versions[r.ID] != r.Version {
			rt.Fatalf("%s is in version %d, want %d", r.ID, r.Version, m.versions[r.ID])
		}
	}
	effects, err := b.Effects(t.Context())
	if err != nil || !slices.EqualFunc(effects, m.effects, func(e davit.Effect, k string) bool { return e.Key == k }) {
		rt.Fatal(effects, m.effects, err)
	}
	head, err := b.Head(t.Context())
	if err != nil || head.Seq != m.lines {
		rt.Fatal(head, m.lines, err)
	}
}
