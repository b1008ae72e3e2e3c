package flagd

import (
	"context"

	"connectrpc.com/connect"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd/syncv1"
)

// sync is flagd.sync.v1, for clients that evaluate by themselves. Flags that
// only this server can evaluate are there as disabled ones.
type sync struct{ *service }

// SyncFlags sends the whole set, at once and after each change.
func (s *sync) SyncFlags(ctx context.Context, q *connect.Request[syncv1.SyncFlagsRequest], out *connect.ServerStream[syncv1.SyncFlagsResponse]) error {
	id, set, err := s.selected(ctx, q.Header(), q.Msg.GetSelector())
	if err != nil {
		return err
	}
	send := func(set *flag.Set) error {
		return out.Send(&syncv1.SyncFlagsResponse{FlagConfiguration: string(set.JSON()), SyncContext: metadata(set.Static())})
	}
	if err := send(set); err != nil {
		return err
	}
	return s.follow(ctx, id, set, send, nil)
}

// FetchAllFlags gives the whole set once.
func (s *sync) FetchAllFlags(ctx context.Context, q *connect.Request[syncv1.FetchAllFlagsRequest]) (*connect.Response[syncv1.FetchAllFlagsResponse], error) {
	_, set, err := s.selected(ctx, q.Header(), q.Msg.GetSelector())
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&syncv1.FetchAllFlagsResponse{FlagConfiguration: string(set.JSON())}), nil
}

// GetMetadata gives what older clients ask for instead of the sync context.
func (s *sync) GetMetadata(ctx context.Context, q *connect.Request[syncv1.GetMetadataRequest]) (*connect.Response[syncv1.GetMetadataResponse], error) {
	_, set, err := s.selected(ctx, q.Header(), "")
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&syncv1.GetMetadataResponse{Metadata: metadata(set.Static())}), nil
}
