package flagd

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd/evalv2"
)

// v2 is flagd.evaluation.v2: an answer without value and variant means "use the
// default of the code".
type v2 struct{ *service }

// ResolveBoolean evaluates one flag.
func (s *v2) ResolveBoolean(ctx context.Context, q *connect.Request[evalv2.ResolveBooleanRequest]) (*connect.Response[evalv2.ResolveBooleanResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Bool))
	if err != nil {
		return nil, err
	}
	answer := &evalv2.ResolveBooleanResponse{Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata())}
	if r.Value != nil {
		answer.Value, answer.Variant = new(r.Value.Bool()), new(r.Variant)
	}
	return connect.NewResponse(answer), nil
}

// ResolveString evaluates one flag.
func (s *v2) ResolveString(ctx context.Context, q *connect.Request[evalv2.ResolveStringRequest]) (*connect.Response[evalv2.ResolveStringResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.String))
	if err != nil {
		return nil, err
	}
	answer := &evalv2.ResolveStringResponse{Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata())}
	if r.Value != nil {
		answer.Value, answer.Variant = new(r.Value.Text()), new(r.Variant)
	}
	return connect.NewResponse(answer), nil
}

// ResolveFloat evaluates one flag.
func (s *v2) ResolveFloat(ctx context.Context, q *connect.Request[evalv2.ResolveFloatRequest]) (*connect.Response[evalv2.ResolveFloatResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Number))
	if err != nil {
		return nil, err
	}
	answer := &evalv2.ResolveFloatResponse{Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata())}
	if r.Value != nil {
		answer.Value, answer.Variant = new(r.Value.Number()), new(r.Variant)
	}
	return connect.NewResponse(answer), nil
}

// ResolveInt evaluates one flag.
func (s *v2) ResolveInt(ctx context.Context, q *connect.Request[evalv2.ResolveIntRequest]) (*connect.Response[evalv2.ResolveIntResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), flag.Result.AsInt)
	if err != nil {
		return nil, err
	}
	answer := &evalv2.ResolveIntResponse{Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata())}
	if r.Value != nil {
		answer.Value, answer.Variant = new(whole(r)), new(r.Variant)
	}
	return connect.NewResponse(answer), nil
}

// ResolveObject evaluates one flag.
func (s *v2) ResolveObject(ctx context.Context, q *connect.Request[evalv2.ResolveObjectRequest]) (*connect.Response[evalv2.ResolveObjectResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Object))
	if err != nil {
		return nil, err
	}
	answer := &evalv2.ResolveObjectResponse{Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata())}
	if r.Value != nil {
		answer.Value, answer.Variant = object(r.Value), new(r.Variant)
	}
	return connect.NewResponse(answer), nil
}

// EventStream tells which flags changed.
func (s *v2) EventStream(ctx context.Context, q *connect.Request[evalv2.EventStreamRequest], out *connect.ServerStream[evalv2.EventStreamResponse]) error {
	return s.events(ctx, q.Header(), func(kind string, data *structpb.Struct) error {
		return out.Send(&evalv2.EventStreamResponse{Type: kind, Data: data})
	})
}
