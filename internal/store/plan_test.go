package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// What people and the engine look up must neither scan a table nor sort all
// that matches.
func TestQueriesUseIndexes(t *testing.T) {
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	phases := []string{"queued", "baking"}
	for _, test := range []struct {
		query davit.Query
		index string
	}{
		{davit.Query{Kind: "run"}, "record_by_age (kind=?)"},
		{davit.Query{Kind: "run", Before: cursorOf(davit.Record{Kind: "run", ID: "x"})}, "record_by_age (kind=? AND (created,id)<(?,?))"},
		{davit.Query{Kind: "run", Service: "shop"}, "record_by_service (kind=? AND service=?)"},
		{davit.Query{Kind: "run", Service: "shop", Environment: "staging"}, "record_by_service (kind=? AND service=?)"},
		{davit.Query{Kind: "run", Phases: phases[:1]}, "record_by_phase (kind=? AND phase=?)"},
		{davit.Query{Kind: "run", Phases: phases}, "record_by_phase (kind=? AND phase=?)"},
		{davit.Query{Kind: "run", Phases: phases, Oldest: true}, "record_by_phase (kind=? AND phase=?)"},
		{davit.Query{Kind: "run", ByID: true}, "autoindex_record_1 (kind=?)"},
		{davit.Query{Kind: "run", ByID: true, Before: cursorOf(davit.Record{Kind: "run", ID: "x"})}, "autoindex_record_1 (kind=? AND id>?)"},
		{davit.Query{Kind: "run", ByID: true, IDs: phases}, "autoindex_record_1 (kind=? AND id=?)"},
		{davit.Query{Kind: "run", ByID: true, LatestOf: phases}, "autoindex_record_1 (kind=? AND id=?)"},
		{davit.Query{Due: time.Unix(1, 0)}, "record_by_wake"},
		{davit.Query{Kind: "run", Due: time.Unix(1, 0)}, "record_by_wake"},
	} {
		w := recordsWhere(test.query)
		if err := w.cursor(test.query); err != nil {
			t.Fatal(err)
		}
		text, args := w.page(recordColumns, "record", recordsOrder(test.query), 10)
		sorts := !test.query.Due.IsZero() // few are due
		checkPlan(t, s, text, args, test.index, sorts)
	}
	for _, test := range []struct {
		query davit.EventQuery
		index string
	}{
		{davit.EventQuery{}, "autoindex_event"},
		{davit.EventQuery{After: 5}, "autoindex_event_1 (seq>?)"},
		{davit.EventQuery{Since: time.Unix(1, 0)}, "autoindex_event_1 (seq>?)"},
		{davit.EventQuery{Kinds: phases[:1]}, "event_by_kind (kind=?)"},
		{davit.EventQuery{Kinds: phases, After: 5}, "event_by_kind (kind=? AND seq>?)"},
		{davit.EventQuery{Service: "shop", After: 5}, "event_by_service (service=? AND seq>?)"},
		{davit.EventQuery{Service: "shop", Environment: "staging"}, "event_by_service (service=?)"},
		{davit.EventQuery{Run: "x"}, "event_by_run"},
		{davit.EventQuery{Release: "x"}, "event_by_release"},
		{davit.EventQuery{Rollout: "x"}, "event_by_rollout"},
		{davit.EventQuery{Digest: "x"}, "event_by_digest"},
		{davit.EventQuery{Actor: "x"}, "event_by_actor"},
		{davit.EventQuery{Commit: "abcd"}, "event_by_commit"},
	} {
		w, err := eventsWhere(test.query)
		if err != nil {
			t.Fatal(err)
		}
		text, args := w.page(eventColumns, "event", "seq DESC", 10)
		checkPlan(t, s, text, args, test.index, test.query.Commit != "") // few lines share a commit
	}
}

func checkPlan(t *testing.T, s *Store, text string, args []any, index string, sorts bool) {
	t.Helper()
	rows, err := s.reading.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatal(text, err)
	}
	plan, err := collect(rows, func(row scanner) (line string, err error) {
		var ignore int
		return line, row.Scan(&ignore, &ignore, &ignore, &line)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(plan, "\n")
	merged := strings.Contains(text, "UNION") // its last step sorts the few rows that its parts stopped at
	if !strings.Contains(all, index) || !sorts && !merged && strings.Contains(all, "TEMP B-TREE") || strings.Contains(all, "SCAN record\n") {
		t.Errorf("%s\n→ want %s\n%s", text, index, all)
	}
}
