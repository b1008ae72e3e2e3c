package app

import (
	"context"
	"log/slog"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/notify"
	"github.com/davit-cd/davit/internal/secret"
)

// Channels lets the server manage who is told, and seals their addresses.
type Channels struct {
	book    notify.Book
	courier *notify.Courier
}

// sealedFor is the service that addresses are sealed for: no service can have
// this name.
const sealedFor = "davit/channel"

// NewChannels returns the channels kept in j; page is where people reach the
// server.
func NewChannels(j notify.Journal, s *secret.Sealer, page string, log *slog.Logger) Channels {
	return Channels{
		notify.Book{Journal: j, Seal: sealAddress(s)},
		&notify.Courier{Journal: j, Senders: notify.Builtin(), Unseal: unsealAddress(s), Page: page, Log: log},
	}
}

// sealName makes the name of a channel a name that the sealer accepts.
func sealName(channel string) string { return "channel." + channel }

func sealAddress(s *secret.Sealer) func(string, notify.Address) ([]byte, error) {
	return func(channel string, to notify.Address) ([]byte, error) {
		plain, err := to.Encode()
		if err != nil {
			return nil, err
		}
		return s.Seal(sealedFor, "", sealName(channel), plain)
	}
}

func unsealAddress(s *secret.Sealer) func(string, []byte) (notify.Address, error) {
	return func(channel string, sealed []byte) (notify.Address, error) {
		plain, err := s.Unseal(sealedFor, "", sealName(channel), sealed)
		if err != nil {
			return notify.Address{}, err
		}
		return notify.DecodeAddress(plain)
	}
}

// ListChannels lists who is told what.
func (c Channels) ListChannels(ctx context.Context) ([]api.Channel, error) {
	entries, err := c.book.List(ctx)
	list := make([]api.Channel, 0, len(entries))
	for _, e := range entries {
		events := e.Events
		if len(events) == 0 {
			events = notify.DefaultEvents()
		}
		list = append(list, api.Channel{
			Name: e.Name, Kind: e.Kind, Address: e.Shown, Events: events, Usual: len(e.Events) == 0, Services: e.Services, Environments: e.Environments, Actor: e.Actor,
			Created: e.Created, Delivered: e.Delivered, Failing: e.Failing, Since: e.Since, Dropped: e.Dropped,
		})
	}
	return list, err
}

// SetChannel adds or changes a channel.
func (c Channels) SetChannel(ctx context.Context, actor string, s api.SetChannel) error {
	ch := notify.Channel{Name: s.Name, Kind: s.Kind, Events: s.Events, Services: s.Services, Environments: s.Environments}
	return c.book.Set(ctx, actor, ch, notify.Address{URL: s.URL, Key: s.Key})
}

// RemoveChannel forgets a channel.
func (c Channels) RemoveChannel(ctx context.Context, actor, name string) error {
	return c.book.Remove(ctx, actor, name)
}

// TryChannel sends a message by hand.
func (c Channels) TryChannel(ctx context.Context, actor, name string) error {
	ch, err := c.book.Channel(ctx, name)
	if err != nil {
		return err
	}
	if err := c.courier.Try(ctx, ch, actor); err != nil {
		return &davit.Error{Kind: davit.Unavailable, Text: name + " could not be told: " + err.Error(), Hint: "davit notify add " + name + " sets another address"}
	}
	return nil
}
