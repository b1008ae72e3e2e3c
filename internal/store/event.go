package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/davit-cd/davit"
)

const eventColumns = "seq, at, kind, actor, service, environment, run_id, release_id, rollout_id, commit_id, digest, text, data, prev, hash"

// Events returns the lines of the journal that q selects.
func (s *Store) Events(ctx context.Context, q davit.EventQuery) ([]davit.Event, error) {
	where, err := eventsWhere(q)
	if err != nil {
		return nil, err
	}
	order := "seq"
	if q.Newest {
		order = "seq DESC"
	}
	text, args := where.page(eventColumns, "event", order, clamp(q.Limit, 100, 10_000))
	rows, err := s.reading.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, plain(err)
	}
	return collect(rows, scanEvent)
}

// EventsSince calls f with each line after seq, in order, until the end of the
// journal or an error of f. It reads page by page, so that a slow f does not
// hold the database.
func (s *Store) EventsSince(ctx context.Context, seq int64, f func(davit.Event) error) error {
	const page = 1000
	for {
		events, err := s.Events(ctx, davit.EventQuery{After: seq, Limit: page})
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f(e); err != nil {
				return err
			}
			seq = e.Seq
		}
		if len(events) < page {
			return nil
		}
	}
}

func eventsWhere(q davit.EventQuery) (*conditions, error) {
	w := &conditions{}
	if q.After > 0 {
		w.add("seq > ?", q.After)
	}
	if q.Before > 0 {
		w.add("seq < ?", q.Before)
	}
	w.among("kind", q.Kinds)
	w.equalSet("service", q.Service)
	w.equal("environment", q.Environment)
	w.equalSet("run_id", q.Run)
	w.equalSet("release_id", q.Release)
	w.equalSet("rollout_id", q.Rollout)
	w.equalSet("digest", string(q.Digest))
	w.equal("actor", q.Actor)
	if !q.Since.IsZero() {
		// Times rise with the numbers, but not strictly: start at the first line
		// that is not too old, and look at the others.
		w.add("at >= ? AND seq >= (SELECT MIN(seq) FROM event WHERE at >= ?)", nanos(q.Since), nanos(q.Since))
	}
	if q.Commit != "" {
		prefix := strings.ToLower(q.Commit)
		if len(prefix) < 4 || strings.Trim(prefix, "0123456789abcdef") != "" {
			return nil, &davit.Error{
				Kind: davit.Invalid, Text: fmt.Sprintf("look for commit %q: it is not the beginning of a commit hash", q.Commit),
				Hint: "give at least 4 of its hex digits",
			}
		}
		w.add("commit_id >= ? AND commit_id < ? AND commit_id <> ''", prefix, prefix+"g")
	}
	return w, nil
}

func scanEvent(row scanner) (davit.Event, error) {
	var e davit.Event
	var at int64
	var data string
	err := row.Scan(&e.Seq, &at, &e.Kind, &e.Actor, &e.Service, &e.Environment, &e.Run, &e.Release, &e.Rollout,
		&e.Commit, &e.Digest, &e.Text, &data, &e.Prev, &e.Hash)
	if err != nil {
		return e, err
	}
	e.At = instant(at)
	if data != "" {
		if err := json.Unmarshal([]byte(data), &e.Data); err != nil {
			return e, fmt.Errorf("read line %d of the journal: %w", e.Seq, err)
		}
	}
	return e, nil
}

// encodeData returns the facts of an event for their column.
func encodeData(data map[string]string) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	b, err := json.Marshal(data)
	return string(b), err
}
