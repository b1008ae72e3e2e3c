package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/davit-cd/davit"
)

// Head is the end of the journal.
type Head struct {
	Seq  int64  // of the last line; 0 for an empty journal
	Hash string // of that line
}

// headKey is where the head stands among the named values, beside the journal
// itself, so that a journal cut at its end is noticed.
const headKey = "journal.head"

// Head returns the end of the journal.
func (s *Store) Head(ctx context.Context) (Head, error) {
	text, err := s.Meta(ctx, headKey)
	if err != nil {
		return Head{}, err
	}
	return parseHead(text)
}

func (w *writer) readHead() (Head, error) {
	var text string
	if _, err := w.one("SELECT value FROM meta WHERE key = ?", []any{headKey}, &text); err != nil {
		return Head{}, fmt.Errorf("read the head of the journal: %w", err)
	}
	return parseHead(text)
}

func (w *writer) writeHead(h Head) error {
	return w.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		headKey, strconv.FormatInt(h.Seq, 10)+" "+h.Hash)
}

func parseHead(text string) (Head, error) {
	if text == "" {
		return Head{}, nil
	}
	number, hash, _ := strings.Cut(text, " ")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return Head{}, fmt.Errorf("read the head of the journal %q: %w", text, err)
	}
	return Head{Seq: seq, Hash: hash}, nil
}

// checkHead compares the last line of the journal with the kept head. The rest
// of the chain is not read: that is what `davit audit verify` is for.
func (s *Store) checkHead(ctx context.Context) error {
	kept, err := s.Head(ctx)
	if err != nil {
		return err
	}
	last, err := s.Events(ctx, davit.EventQuery{Newest: true, Limit: 1})
	if err != nil {
		return err
	}
	var end Head
	if len(last) > 0 {
		end = Head{Seq: last[0].Seq, Hash: last[0].Hash}
	}
	if end == kept {
		return nil
	}
	what := fmt.Sprintf("the journal ends at line %d, but line %d was written", end.Seq, kept.Seq)
	if end.Seq == kept.Seq {
		what = fmt.Sprintf("line %d of the journal is not the one that was written", end.Seq)
	}
	if !s.options.AcceptHead {
		return &davit.Error{
			Kind: davit.Conflict, Text: what,
			Hint: "somebody changed the database by hand, or part of a backup was restored; restore a whole backup, or start once with: davit server --accept-journal (which is noted in it)",
		}
	}
	return s.write(ctx, func(t *txn) error {
		t.head = end
		_, err := t.apply(davit.Change{Events: []davit.Event{{
			Kind: "journal.accepted", Actor: "davit", Text: "The journal was accepted as it is: " + what + ".",
			Data: map[string]string{
				"found.seq": strconv.FormatInt(end.Seq, 10), "found.hash": end.Hash,
				"kept.seq": strconv.FormatInt(kept.Seq, 10), "kept.hash": kept.Hash,
			},
		}}})
		return err
	})
}
