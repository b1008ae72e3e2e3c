package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/store"
)

// New opens an empty store whose time is now(); the test's cleanup closes it.
type New func(t *testing.T, now func() time.Time) *store.Store

// Exercise runs the whole suite, each test in a store of its own.
func Exercise(t *testing.T, open New) {
	for name, test := range map[string]func(*testing.T, *bench){
		"keep/all or nothing":             exerciseAtomic,
		"keep/compare and set":            exerciseVersions,
		"keep/deletion":                   exerciseDeletion,
		"keep/effects":                    exerciseEffects,
		"keep/one time":                   exerciseOneTime,
		"keep/canceled":                   exerciseCanceled,
		"keep/strange text":               exerciseStrangeText,
		"keep/concurrent":                 exerciseConcurrent,
		"keep/as the model does":          exerciseModel,
		"records/filters":                 exerciseFilters,
		"records/pages":                   exercisePages,
		"events/queries":                  exerciseEventQueries,
		"events/since":                    exerciseEventsSince,
		"events/chain":                    exerciseChain,
		"events/news":                     exerciseNews,
		"tokens":                          exerciseTokens,
		"sessions":                        exerciseSessions,
		"secrets":                         exerciseSecrets,
		"idempotency":                     exerciseIdempotency,
		"idempotency/answer with the act": exerciseKeepAnswered,
		"meta":                            exerciseMeta,
		"lease":                           exerciseLease,
		"lease/one holder":                exerciseLeaseRace,
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{time: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)}
			b.Store = open(t, b.now)
			test(t, b)
		})
	}
}

// bench is a store and the time it believes in.
type bench struct {
	*store.Store
	mu   sync.Mutex
	time time.Time
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.time
}

func (b *bench) advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time = b.time.Add(d)
}

// keep is Keep for what must succeed.
func (b *bench) keep(t *testing.T, c davit.Change) []davit.Event {
	t.Helper()
	events, err := b.Keep(t.Context(), c)
	ok(t, err)
	return events
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that err is of a kind.
func refused(t *testing.T, err error, kind davit.ErrorKind) {
	t.Helper()
	if err == nil || davit.KindOf(err) != kind {
		t.Fatalf("want an error of kind %q, got %v", kind, err)
	}
}

func event(kind string) davit.Event {
	return davit.Event{Kind: kind, Actor: "ann", Text: "It happened."}
}

func journaled(kind string) davit.Change { return davit.Change{Events: []davit.Event{event(kind)}} }
