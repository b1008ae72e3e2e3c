package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

const recordColumns = "kind, id, service, environment, phase, wake, created, updated, version, body"

// Record returns one record; a NotFound error if there is none.
func (s *Store) Record(ctx context.Context, kind, id string) (davit.Record, error) {
	row := s.reading.QueryRowContext(ctx, "SELECT "+recordColumns+" FROM record WHERE kind = ? AND id = ?", kind, id)
	r, err := scanRecord(row)
	if errors.Is(err, sql.ErrNoRows) {
		return r, &davit.Error{Kind: davit.NotFound, Text: fmt.Sprintf("there is no %s %q", kind, id)}
	}
	return r, plain(err)
}

// recordsOrder is an order that an index has.
func recordsOrder(q davit.Query) string {
	direction := "DESC"
	if q.Oldest {
		direction = "ASC"
	}
	switch {
	case q.ByID:
		return "id ASC"
	case q.Kind != "":
		return "created " + direction + ", id " + direction
	}
	return "created " + direction + ", kind " + direction + ", id " + direction
}

// Records returns a page of records and the cursor for the next page, "" if
// this was the last. They are sorted by Created and ID, across kinds by
// Created, Kind and ID; or by ID alone.
func (s *Store) Records(ctx context.Context, q davit.Query) ([]davit.Record, string, error) {
	where := recordsWhere(q)
	if err := where.cursor(q); err != nil {
		return nil, "", err
	}
	limit := clamp(q.Limit, 100, 1000)
	text, args := where.page(recordColumns, "record", recordsOrder(q), limit+1)
	rows, err := s.reading.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, "", plain(err)
	}
	records, err := collect(rows, scanRecord)
	if err != nil || len(records) <= limit {
		return records, "", err
	}
	records = records[:limit]
	return records, cursorOf(records[limit-1]), nil
}

// Count returns how many records q selects on all its pages.
func (s *Store) Count(ctx context.Context, q davit.Query) (int, error) {
	where := recordsWhere(q)
	var n int
	err := s.reading.QueryRowContext(ctx, "SELECT COUNT(*) FROM record"+where.text(), where.all()...).Scan(&n)
	return n, plain(err)
}

func recordsWhere(q davit.Query) *conditions {
	w := &conditions{}
	if q.Due.IsZero() {
		w.equal("kind", q.Kind)
	} else {
		// Few are due among many of a kind: keep the database from the index by kind.
		w.equal("kind || ''", q.Kind)
		w.add("wake > 0 AND wake <= ?", nanos(q.Due))
	}
	if q.Match != "" {
		w.add(`id LIKE ? ESCAPE '\'`, "%"+likeEscaped(q.Match)+"%")
	}
	if len(q.IDs) > 0 {
		w.in("id", "?", q.IDs, func(id string) []any { return []any{id} })
	}
	if len(q.LatestOf) > 0 {
		newest := "(SELECT id FROM record WHERE kind = ? AND service = ? ORDER BY created DESC, id DESC LIMIT 1)"
		w.in("id", newest, q.LatestOf, func(service string) []any { return []any{q.Kind, service} })
	}
	w.equal("service", q.Service)
	w.equal("environment", q.Environment)
	w.among("phase", q.Phases)
	return w
}

// cursor continues a listing behind its last record.
func (w *conditions) cursor(q davit.Query) error {
	if q.Before == "" {
		return nil
	}
	invalid := &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("list: %q is not a cursor of an earlier page", q.Before)}
	raw, err := base64.RawURLEncoding.DecodeString(q.Before)
	if err != nil {
		return invalid
	}
	parts := strings.SplitN(string(raw), "\n", 3)
	if len(parts) != 3 {
		return invalid
	}
	created, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return invalid
	}
	compare := "<"
	if q.Oldest {
		compare = ">"
	}
	switch {
	case q.ByID:
		w.add("id > ?", parts[2])
	case q.Kind != "":
		w.add("(created, id) "+compare+" (?, ?)", created, parts[2])
	default:
		w.add("(created, kind, id) "+compare+" (?, ?, ?)", created, parts[1], parts[2])
	}
	return nil
}

func cursorOf(r davit.Record) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d\n%s\n%s", nanos(r.Created), r.Kind, r.ID))
}

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

func scanRecord(row scanner) (davit.Record, error) {
	var r davit.Record
	var wake, created, updated int64
	err := row.Scan(&r.Kind, &r.ID, &r.Service, &r.Environment, &r.Phase, &wake, &created, &updated, &r.Version, &r.Body)
	r.Wake, r.Created, r.Updated = instant(wake), instant(created), instant(updated)
	return r, err
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) (all []T, err error) {
	defer func() { err = plain(errors.Join(err, rows.Close())) }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func clamp(n, normal, most int) int {
	if n <= 0 {
		return normal
	}
	return min(n, most)
}

// likeEscaped takes the meaning from the characters that have one in LIKE.
func likeEscaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
