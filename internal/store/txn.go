package store

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
)

// txn is one change inside the writer's transaction. It has one time.
type txn struct {
	*writer
	now  time.Time
	head Head
}

// apply writes c and returns its events as they now stand in the journal.
// Effects that are over go first, so that a change may end an effect and ask
// for the same one again.
func (t *txn) apply(c davit.Change) ([]davit.Event, error) {
	for _, r := range c.Records {
		if err := t.putRecord(r); err != nil {
			return nil, err
		}
	}
	for _, r := range c.Deleted {
		if err := t.deleteRecord(r); err != nil {
			return nil, err
		}
	}
	for _, key := range c.Done {
		if err := t.exec("DELETE FROM effect WHERE key = ?", key); err != nil {
			return nil, err
		}
	}
	for _, e := range c.Effects {
		if err := t.putEffect(e); err != nil {
			return nil, err
		}
	}
	events := make([]davit.Event, 0, len(c.Events))
	for _, e := range c.Events {
		e, err := t.appendEvent(e)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

func (t *txn) putRecord(r davit.Record) error {
	if r.Kind == "" || r.ID == "" {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("keep record %q %q: a record needs a kind and an id", r.Kind, r.ID)}
	}
	var n int64
	var err error
	if r.Version == 0 {
		created := r.Created
		if created.IsZero() {
			created = t.now
		}
		n, err = t.change(`INSERT INTO record (kind, id, service, environment, phase, wake, created, updated, version, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (kind, id) DO NOTHING`,
			r.Kind, r.ID, r.Service, r.Environment, r.Phase, nanos(r.Wake), nanos(created), nanos(t.now), string(r.Body))
	} else {
		n, err = t.change(`UPDATE record SET service = ?, environment = ?, phase = ?, wake = ?, updated = ?, version = version + 1, body = ?
			WHERE kind = ? AND id = ? AND version = ?`,
			r.Service, r.Environment, r.Phase, nanos(r.Wake), nanos(t.now), string(r.Body), r.Kind, r.ID, r.Version)
	}
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", r.Kind, r.ID, err)
	}
	if n == 0 {
		return t.conflict("keep", r)
	}
	return nil
}

func (t *txn) deleteRecord(r davit.Record) error {
	n, err := t.change("DELETE FROM record WHERE kind = ? AND id = ? AND (version = ? OR ? = 0)", r.Kind, r.ID, r.Version, r.Version)
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", r.Kind, r.ID, err)
	}
	if n == 0 && r.Version > 0 {
		return t.conflict("delete", r)
	}
	return nil
}

// conflict says which version stands in the way.
func (t *txn) conflict(verb string, r davit.Record) error {
	var there int64
	if _, err := t.one("SELECT version FROM record WHERE kind = ? AND id = ?", []any{r.Kind, r.ID}, &there); err != nil {
		return err
	}
	e := &davit.Error{Kind: davit.Conflict, Hint: "read it again and decide anew"}
	switch {
	case there == 0:
		e.Text = fmt.Sprintf("%s %s %s: version %d was expected, but it is not there", verb, r.Kind, r.ID, r.Version)
	case r.Version == 0:
		e.Text = fmt.Sprintf("%s %s %s: it should be new, but is there in version %d", verb, r.Kind, r.ID, there)
	default:
		e.Text = fmt.Sprintf("%s %s %s: version %d was expected, but it is in version %d", verb, r.Kind, r.ID, r.Version, there)
	}
	return e
}

func (t *txn) putEffect(e davit.Effect) error {
	if e.Key == "" || e.Kind == "" {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("keep effect %q of kind %q: an effect needs a key and a kind", e.Key, e.Kind)}
	}
	created := e.Created
	if created.IsZero() {
		created = t.now
	}
	err := t.exec(`INSERT INTO effect (key, ord, kind, subject, epoch, body, created)
		VALUES (?, (SELECT COALESCE(MAX(ord), 0) + 1 FROM effect), ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
		e.Key, e.Kind, e.Subject, int64(e.Epoch), string(e.Body), nanos(created))
	if err != nil {
		return fmt.Errorf("keep effect %s: %w", e.Key, err)
	}
	return nil
}

// appendEvent gives e its place in the chain and writes it.
func (t *txn) appendEvent(e davit.Event) (davit.Event, error) {
	if e.Kind == "" {
		return e, &davit.Error{Kind: davit.Invalid, Text: "keep event: an event needs a kind"}
	}
	e = audit.Clean(e)
	e.Seq = t.head.Seq + 1
	if e.At.IsZero() {
		e.At = t.now
	}
	e.At = e.At.UTC().Round(0)
	e.Prev = t.head.Hash
	e.Hash = audit.Chain(e.Prev, e)
	data, err := encodeData(e.Data)
	if err != nil {
		return e, err
	}
	err = t.exec("INSERT INTO event ("+eventColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		e.Seq, nanos(e.At), e.Kind, e.Actor, e.Service, e.Environment, e.Run, e.Release, e.Rollout,
		e.Commit, string(e.Digest), e.Text, data, e.Prev, e.Hash)
	if err != nil {
		return e, fmt.Errorf("append line %d to the journal: %w", e.Seq, err)
	}
	t.head = Head{Seq: e.Seq, Hash: e.Hash}
	return e, nil
}
