package server

import (
	"context"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/rollout"
)

// PictureIn says how much of a picture is there already.
type PictureIn struct {
	After int64 `query:"after" minimum:"0" doc:"Only moments from this unix second on, to go on where a picture ended"`
	Step  int64 `query:"step" minimum:"0" doc:"Step of that picture: if it has become another, the picture comes whole"`
}

func (s *Server) getPicture(ctx context.Context, in *struct {
	RolloutIn
	PictureIn
},
) (*answer[api.Picture], error) {
	if s.options.Measures == nil {
		return nil, absent("telemetry")
	}
	if _, _, err := thing[rollout.State](ctx, s, kindRollout, in.Rollout); err != nil {
		return nil, err
	}
	p, err := s.options.Measures.Picture(ctx, in.Rollout, in.After, in.Step)
	return &answer[api.Picture]{p}, err
}
