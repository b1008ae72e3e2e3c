package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/davit-cd/davit"
)

// Journal is what the courier reads and where it keeps how far it is.
type Journal interface {
	Events(ctx context.Context, q davit.EventQuery) ([]davit.Event, error)
	// Changed returns a channel that is closed when the journal grows.
	Changed() <-chan struct{}
	Record(ctx context.Context, kind, id string) (davit.Record, error)
	Records(ctx context.Context, q davit.Query) ([]davit.Record, string, error)
	Keep(ctx context.Context, c davit.Change) ([]davit.Event, error)
}

// GiveUp is how long one message is tried before it is dropped.
const GiveUp = time.Hour

const (
	retryAtFirst = time.Second
	retryAtMost  = 5 * time.Minute
	page         = 500 // events read at once
)

// Courier tells every channel what it wants to know.
type Courier struct {
	Journal Journal
	Senders map[string]Sender
	Unseal  func(channel string, sealed []byte) (Address, error)
	Page    string // address of the server for people, without a slash at its end; empty: no links
	Log     *slog.Logger
}

// Run delivers until ctx ends. A channel that is added, changed or removed is
// noticed at once, because that is in the journal.
func (c *Courier) Run(ctx context.Context) {
	type round struct {
		state string // of the channel's record
		stop  context.CancelFunc
	}
	rounds := map[string]round{}
	var walking sync.WaitGroup
	defer walking.Wait()
	for ctx.Err() == nil {
		news := c.Journal.Changed()
		channels, states, err := c.channels(ctx)
		if err != nil {
			c.Log.WarnContext(ctx, "read channels", "err", err)
			wait(ctx, retryAtFirst, nil)
			continue
		}
		for name, r := range rounds {
			if states[name] != r.state {
				r.stop()
				delete(rounds, name)
			}
		}
		for _, ch := range channels {
			if _, walks := rounds[ch.Name]; !walks {
				walk, stop := context.WithCancel(ctx) //nolint:gosec // stopped above, or with ctx
				rounds[ch.Name] = round{states[ch.Name], stop}
				walking.Go(func() { c.walk(walk, ch) })
			}
		}
		wait(ctx, 0, news)
	}
	for _, r := range rounds {
		r.stop()
	}
}

// channels returns all channels, and for each what tells its record from any
// other that had its name.
func (c *Courier) channels(ctx context.Context) ([]Channel, map[string]string, error) {
	records, _, err := c.Journal.Records(ctx, davit.Query{Kind: KindChannel, Limit: 1000})
	if err != nil {
		return nil, nil, err
	}
	var channels []Channel
	states := map[string]string{}
	for _, rec := range records {
		var ch Channel
		if err := json.Unmarshal(rec.Body, &ch); err != nil {
			return nil, nil, fmt.Errorf("read channel %s: %w", rec.ID, err)
		}
		channels = append(channels, ch)
		states[rec.ID] = fmt.Sprint(rec.Created.UnixNano(), rec.Version)
	}
	return channels, states, nil
}

// walk follows the journal for one channel.
func (c *Courier) walk(ctx context.Context, ch Channel) {
	for ctx.Err() == nil {
		p, err := LoadProgress(ctx, c.Journal, ch.Name)
		if err == nil {
			err = c.follow(ctx, ch, p)
		}
		if ctx.Err() == nil {
			c.Log.WarnContext(ctx, "notify", "channel", ch.Name, "err", err)
			wait(ctx, retryAtFirst, nil)
		}
	}
}

func (c *Courier) follow(ctx context.Context, ch Channel, p Progress) error {
	for seq := p.Seq; ctx.Err() == nil; {
		news := c.Journal.Changed() // before reading: nothing is missed in between
		events, err := c.Journal.Events(ctx, davit.EventQuery{After: seq, Limit: page})
		if err != nil {
			return err
		}
		for _, e := range events {
			if ch.Wants(e) {
				if p, err = c.deliver(ctx, ch, p, e); err != nil {
					return err
				}
			}
			seq = e.Seq
		}
		if len(events) == page {
			p.Seq = seq // so that a restart does not read the whole journal again
			if err := c.keep(ctx, ch, p); err != nil {
				return err
			}
			continue
		}
		wait(ctx, 0, news)
	}
	return ctx.Err()
}

// deliver sends one event until it is accepted or given up, and keeps that.
func (c *Courier) deliver(ctx context.Context, ch Channel, p Progress, e davit.Event) (Progress, error) {
	for pause := retryAtFirst; ; pause = min(2*pause, retryAtMost) {
		err := c.send(ctx, ch, Message{Channel: ch.Name, Event: e})
		now := time.Now().UTC()
		switch {
		case ctx.Err() != nil:
			return p, ctx.Err()
		case err == nil:
			p.Seq, p.Delivered, p.Failing, p.Since = e.Seq, now, "", time.Time{}
			return p, c.keep(ctx, ch, p)
		case !p.Since.IsZero() && now.Sub(p.Since) >= GiveUp:
			p.Seq, p.Failing, p.Since, p.Dropped = e.Seq, err.Error(), time.Time{}, p.Dropped+1
			return p, c.keep(ctx, ch, p, davit.Event{
				Kind: "channel.dropped", Actor: "davit",
				Text: fmt.Sprintf("%s was not told of event %d, %s: %s", ch.Name, e.Seq, e.Kind, err),
				Data: map[string]string{"channel": ch.Name, "event": strconv.FormatInt(e.Seq, 10)},
			})
		case p.Since.IsZero():
			p.Failing, p.Since = err.Error(), now
			if err := c.keep(ctx, ch, p); err != nil {
				return p, err
			}
		}
		wait(ctx, pause, nil)
	}
}

// Try sends one message by hand.
func (c *Courier) Try(ctx context.Context, ch Channel, actor string) error {
	return c.send(ctx, ch, Message{Channel: ch.Name, Trial: true, Event: davit.Event{
		At: time.Now().UTC(), Kind: "channel.tried", Actor: actor, Text: actor + " tries whether " + ch.Name + " is heard. All is well.",
	}})
}

func (c *Courier) send(ctx context.Context, ch Channel, m Message) error {
	sender, known := c.Senders[ch.Kind]
	if !known {
		return errors.New("there is no sender of the kind " + ch.Kind)
	}
	to, err := c.Unseal(ch.Name, ch.Sealed)
	if err != nil {
		return err
	}
	if c.Page != "" {
		m.Link = c.Page + pageOf(m.Event)
	}
	return sender.Send(ctx, to, m)
}

// LoadProgress returns how far a channel has been told.
func LoadProgress(ctx context.Context, j Journal, channel string) (Progress, error) {
	var p Progress
	rec, err := j.Record(ctx, KindProgress, channel)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(rec.Body, &p)
}

// keep keeps the progress. Only the channel's own walk writes it.
func (c *Courier) keep(ctx context.Context, ch Channel, p Progress, events ...davit.Event) error {
	rec, err := c.Journal.Record(ctx, KindProgress, ch.Name)
	if err != nil {
		return err
	}
	if rec.Body, err = json.Marshal(p); err != nil {
		return err
	}
	_, err = c.Journal.Keep(ctx, davit.Change{Records: []davit.Record{rec}, Events: events})
	return err
}

// wait returns when ctx ends, the pause (if any) is over, or there is news.
func wait(ctx context.Context, pause time.Duration, news <-chan struct{}) {
	var over <-chan time.Time
	if pause > 0 {
		over = time.After(pause)
	}
	select {
	case <-ctx.Done():
	case <-over:
	case <-news:
	}
}
