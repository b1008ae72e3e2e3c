package store

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// remembered is how long the answer to a request is kept for a repetition.
const remembered = 24 * time.Hour

// Response is the answer to a request, kept to be given again.
type Response struct {
	Status int // HTTP status, never 0
	Body   []byte
}

// Remember asks whether the request of this actor under this key was made
// before. If it was answered, that answer comes back and nothing must be done.
// If not, the key is claimed (nil comes back) and the caller does the work and
// ends with Answer or Forget. A key that another request holds, or that was
// used for another request, is a Conflict. Keys are forgotten after 24 hours,
// claims also when the store is opened anew.
func (s *Store) Remember(ctx context.Context, actor, key, requestHash string) (*Response, error) {
	var before *Response
	err := s.write(ctx, func(t *txn) error {
		before = nil
		if err := t.exec("DELETE FROM idempotency WHERE created < ?", nanos(t.now.Add(-remembered))); err != nil {
			return err
		}
		n, err := t.change(`INSERT INTO idempotency (actor, key, request, status, response, created)
			VALUES (?, ?, ?, 0, '', ?) ON CONFLICT (actor, key) DO NOTHING`, actor, key, requestHash, nanos(t.now))
		if err != nil || n == 1 {
			return err
		}
		var request, response string
		var status int
		if _, err := t.one("SELECT request, status, response FROM idempotency WHERE actor = ? AND key = ?",
			[]any{actor, key}, &request, &status, &response); err != nil {
			return err
		}
		if request != requestHash {
			return &davit.Error{
				Kind: davit.Conflict, Text: fmt.Sprintf("idempotency key %q was used for another request", key),
				Hint: "use a new key for a new request",
			}
		}
		if status == 0 {
			return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("the request with idempotency key %q is under way", key), Hint: "ask again in a moment"}
		}
		body, err := base64.StdEncoding.DecodeString(response)
		before = &Response{Status: status, Body: body}
		return err
	})
	if err != nil {
		return nil, err
	}
	return before, nil
}

// Answer keeps the answer to a claimed request.
func (s *Store) Answer(ctx context.Context, actor, key string, r Response) error {
	return s.write(ctx, func(t *txn) error { return t.answer(actor, key, r) })
}

// KeepAnswered is Keep and Answer in one transaction, so that a request whose
// answer was lost in a crash is not done twice.
func (s *Store) KeepAnswered(ctx context.Context, c davit.Change, actor, key string, r Response) ([]davit.Event, error) {
	return s.keepWith(ctx, c, func(t *txn) error { return t.answer(actor, key, r) })
}

func (t *txn) answer(actor, key string, r Response) error {
	n, err := t.change("UPDATE idempotency SET status = ?, response = ? WHERE actor = ? AND key = ? AND status = 0",
		r.Status, base64.StdEncoding.EncodeToString(r.Body), actor, key)
	if err == nil && (n == 0 || r.Status == 0) {
		return &davit.Error{Kind: davit.Conflict, Text: fmt.Sprintf("answer the request with idempotency key %q: it is not claimed, or the answer has no status", key)}
	}
	return err
}

// Forget gives up a claim, so that the request can be made again.
func (s *Store) Forget(ctx context.Context, actor, key string) error {
	return s.write(ctx, func(t *txn) error {
		return t.exec("DELETE FROM idempotency WHERE actor = ? AND key = ? AND status = 0", actor, key)
	})
}

// forgetClaims drops the claims of a process that is gone.
func (s *Store) forgetClaims(ctx context.Context) error {
	return s.write(ctx, func(t *txn) error { return t.exec("DELETE FROM idempotency WHERE status = 0") })
}
