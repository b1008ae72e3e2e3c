package flagd

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/davit-cd/davit/internal/flag"
	"github.com/davit-cd/davit/internal/flagd/evalv1"
)

// v1 is flagd.evaluation.v1. It cannot say "use the default of the code": such
// an answer has the zero value, no variant, and DISABLED or DEFAULT as reason.
type v1 struct{ *service }

// ResolveBoolean evaluates one flag.
func (s *v1) ResolveBoolean(ctx context.Context, q *connect.Request[evalv1.ResolveBooleanRequest]) (*connect.Response[evalv1.ResolveBooleanResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Bool))
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&evalv1.ResolveBooleanResponse{
		Value: r.Value.Bool(), Variant: r.Variant, Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata()),
	}), nil
}

// ResolveString evaluates one flag.
func (s *v1) ResolveString(ctx context.Context, q *connect.Request[evalv1.ResolveStringRequest]) (*connect.Response[evalv1.ResolveStringResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.String))
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&evalv1.ResolveStringResponse{
		Value: r.Value.Text(), Variant: r.Variant, Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata()),
	}), nil
}

// ResolveFloat evaluates one flag.
func (s *v1) ResolveFloat(ctx context.Context, q *connect.Request[evalv1.ResolveFloatRequest]) (*connect.Response[evalv1.ResolveFloatResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Number))
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&evalv1.ResolveFloatResponse{
		Value: r.Value.Number(), Variant: r.Variant, Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata()),
	}), nil
}

// ResolveInt evaluates one flag.
func (s *v1) ResolveInt(ctx context.Context, q *connect.Request[evalv1.ResolveIntRequest]) (*connect.Response[evalv1.ResolveIntResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), flag.Result.AsInt)
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&evalv1.ResolveIntResponse{
		Value: whole(r), Variant: r.Variant, Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata()),
	}), nil
}

// ResolveObject evaluates one flag.
func (s *v1) ResolveObject(ctx context.Context, q *connect.Request[evalv1.ResolveObjectRequest]) (*connect.Response[evalv1.ResolveObjectResponse], error) {
	r, err := s.resolve(ctx, q.Header(), q.Msg.GetFlagKey(), q.Msg.GetContext(), ofKind(flag.Object))
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&evalv1.ResolveObjectResponse{
		Value: object(r.Value), Variant: r.Variant, Reason: string(r.Reason), Metadata: metadata(r.Flag.Metadata()),
	}), nil
}

// whole is the value of a result that AsInt let through.
func whole(r flag.Result) int64 {
	n, _ := r.Value.Int()
	return n
}

// ResolveAll evaluates all flags of a set. One that cannot be evaluated is left
// out, and so is one that gives nothing: there is no way to say so here, and a
// client's own default counts for what is missing.
func (s *v1) ResolveAll(ctx context.Context, q *connect.Request[evalv1.ResolveAllRequest]) (*connect.Response[evalv1.ResolveAllResponse], error) {
	_, set, err := s.selected(ctx, q.Header(), "")
	if err != nil {
		return nil, err
	}
	c, err := flag.ContextOf(q.Msg.GetContext().AsMap())
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	defer c.Release()
	now := s.options.Now().Unix()
	all := &evalv1.ResolveAllResponse{Flags: make(map[string]*evalv1.AnyFlag, set.Len()), Metadata: metadata(set.Metadata())}
	for key, f := range set.Flags() {
		r := f.Evaluate(c, now)
		s.options.Book.Evaluated(set, r, c)
		if r.Code == "" && r.Value != nil {
			all.Flags[key] = anyFlag(r)
		}
	}
	return connect.NewResponse(all), nil
}

func anyFlag(r flag.Result) *evalv1.AnyFlag {
	one := &evalv1.AnyFlag{Reason: string(r.Reason), Variant: r.Variant, Metadata: metadata(r.Flag.Metadata())}
	switch r.Value.Kind() {
	case flag.Bool:
		one.Value = &evalv1.AnyFlag_BoolValue{BoolValue: r.Value.Bool()}
	case flag.String:
		one.Value = &evalv1.AnyFlag_StringValue{StringValue: r.Value.Text()}
	case flag.Number:
		one.Value = &evalv1.AnyFlag_DoubleValue{DoubleValue: r.Value.Number()}
	case flag.Object:
		one.Value = &evalv1.AnyFlag_ObjectValue{ObjectValue: object(r.Value)}
	case flag.None:
	}
	return one
}

// EventStream tells which flags changed.
func (s *v1) EventStream(ctx context.Context, q *connect.Request[evalv1.EventStreamRequest], out *connect.ServerStream[evalv1.EventStreamResponse]) error {
	return s.events(ctx, q.Header(), func(kind string, data *structpb.Struct) error {
		return out.Send(&evalv1.EventStreamResponse{Type: kind, Data: data})
	})
}
