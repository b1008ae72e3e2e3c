package server

import (
	"context"

	"github.com/davit-cd/davit/internal/api"
)

// channelIn names a channel.
type channelIn struct {
	Channel string `path:"channel" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
}

func (s *Server) serveChannels() {
	register(s, "list-channels", func(ctx context.Context, _ *none) (*answer[api.Page[api.Channel]], error) {
		if s.options.Channels == nil {
			return nil, absent("notifying")
		}
		list, err := s.options.Channels.ListChannels(ctx)
		return &answer[api.Page[api.Channel]]{api.Page[api.Channel]{Items: orEmpty(list)}}, err
	})
	register(s, "set-channel", func(ctx context.Context, in *struct{ Body api.SetChannel }) (*answer[api.Done], error) {
		if s.options.Channels == nil {
			return nil, absent("notifying")
		}
		return done(in.Body.Name+" is told from now on", s.options.Channels.SetChannel(ctx, who(ctx).Name, in.Body))
	})
	register(s, "remove-channel", func(ctx context.Context, in *channelIn) (*answer[api.Done], error) {
		if s.options.Channels == nil {
			return nil, absent("notifying")
		}
		return done(in.Channel+" is told no more", s.options.Channels.RemoveChannel(ctx, who(ctx).Name, in.Channel))
	})
	register(s, "try-channel", func(ctx context.Context, in *channelIn) (*answer[api.Done], error) {
		if s.options.Channels == nil {
			return nil, absent("notifying")
		}
		return done(in.Channel+" has accepted a message", s.options.Channels.TryChannel(ctx, who(ctx).Name, in.Channel))
	})
}
