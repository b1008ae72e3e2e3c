package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Book is the list of channels.
type Book struct {
	Journal Journal
	Seal    func(channel string, a Address) ([]byte, error)
}

// Entry is a channel with how far it has been told.
type Entry struct {
	Channel
	Progress
}

// List returns all channels, newest first.
func (b Book) List(ctx context.Context) ([]Entry, error) {
	records, _, err := b.Journal.Records(ctx, davit.Query{Kind: KindChannel, Limit: 1000})
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(records))
	for _, rec := range records {
		var e Entry
		if err := json.Unmarshal(rec.Body, &e.Channel); err != nil {
			return nil, fmt.Errorf("read channel %s: %w", rec.ID, err)
		}
		if e.Progress, err = LoadProgress(ctx, b.Journal, rec.ID); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// Channel returns one channel.
func (b Book) Channel(ctx context.Context, name string) (Channel, error) {
	var ch Channel
	rec, err := b.Journal.Record(ctx, KindChannel, name)
	if err != nil {
		return ch, err
	}
	return ch, json.Unmarshal(rec.Body, &ch)
}

// Set adds a channel, or changes the one of that name. A new one hears of what
// happens from now on; a changed one goes on where it was. An empty address
// leaves the one that is kept.
func (b Book) Set(ctx context.Context, actor string, ch Channel, to Address) error {
	if err := ch.Check(); err != nil {
		return err
	}
	rec, err := b.Journal.Record(ctx, KindChannel, ch.Name)
	fresh := davit.KindOf(err) == davit.NotFound
	switch {
	case fresh:
		rec = davit.Record{Kind: KindChannel, ID: ch.Name}
	case err != nil:
		return err
	}
	if ch, err = b.addressed(ch, rec.Body, to); err != nil {
		return err
	}
	ch.Actor, ch.Created = actor, time.Now().UTC()
	if rec.Body, err = json.Marshal(ch); err != nil {
		return err
	}
	change := davit.Change{Records: []davit.Record{rec}, Events: []davit.Event{{
		Kind: "channel.set", Actor: actor, Text: fmt.Sprintf("%s set the notification channel %s: %s %s", actor, ch.Name, ch.Kind, ch.Shown),
		Data: map[string]string{"channel": ch.Name, "kind": ch.Kind},
	}}}
	if fresh {
		last, err := b.Journal.Events(ctx, davit.EventQuery{Newest: true, Limit: 1})
		if err != nil {
			return err
		}
		var p Progress
		if len(last) > 0 {
			p.Seq = last[0].Seq
		}
		body, err := json.Marshal(p)
		if err != nil {
			return err
		}
		change.Records = append(change.Records, davit.Record{Kind: KindProgress, ID: ch.Name, Body: body})
	}
	_, err = b.Journal.Keep(ctx, change)
	return err
}

// addressed returns ch with its address sealed, or with the one that is kept.
func (b Book) addressed(ch Channel, kept []byte, to Address) (Channel, error) {
	if to.URL == "" && kept != nil {
		var old Channel
		if err := json.Unmarshal(kept, &old); err != nil {
			return ch, err
		}
		if old.Kind != ch.Kind {
			return ch, &davit.Error{Kind: davit.Invalid, Text: "a channel of another kind needs an address of its own"}
		}
		ch.Sealed, ch.Shown = old.Sealed, old.Shown
		return ch, nil
	}
	if err := CheckAddress(ch.Kind, to); err != nil {
		return ch, err
	}
	sealed, err := b.Seal(ch.Name, to)
	ch.Sealed, ch.Shown = sealed, to.Shown()
	return ch, err
}

// Remove forgets a channel.
func (b Book) Remove(ctx context.Context, actor, name string) error {
	rec, err := b.Journal.Record(ctx, KindChannel, name)
	if err != nil {
		return err
	}
	_, err = b.Journal.Keep(ctx, davit.Change{
		Deleted: []davit.Record{rec, {Kind: KindProgress, ID: name}},
		Events: []davit.Event{{
			Kind: "channel.removed", Actor: actor, Text: fmt.Sprintf("%s removed the notification channel %s", actor, name), Data: map[string]string{"channel": name},
		}},
	})
	return err
}
