package flagd

import (
	"context"
	"errors"
	"net/http"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/flag"
)

// selectorHeader names the flag set a request is about.
const selectorHeader = "Flagd-Selector"

// service is what all protocols share.
type service struct{ options Options }

// selected returns the set a request is about. body is a selector from before
// there was the header, which wins.
func (s *service) selected(ctx context.Context, head http.Header, body string) (string, *flag.Set, error) {
	g, err := s.options.Grant(ctx)
	if err != nil {
		return "", nil, s.failed(ctx, err)
	}
	selector := body
	if values := head[selectorHeader]; len(values) > 0 {
		if len(values) > 1 {
			return "", nil, connect.NewError(connect.CodeInvalidArgument, errors.New("there is more than one header "+selectorHeader+"; send one"))
		}
		selector = values[0]
	}
	id, err := g.FlagSet(selector, s.options.Book.Sets)
	if err != nil {
		return "", nil, s.failed(ctx, err)
	}
	set, err := s.options.Book.Set(id)
	if err != nil {
		return "", nil, s.failed(ctx, err)
	}
	return id, set, nil
}

// resolve evaluates one flag, which must give a value that as lets through.
func (s *service) resolve(ctx context.Context, head http.Header, key string, about *structpb.Struct, as func(flag.Result) flag.Result) (flag.Result, error) {
	_, set, err := s.selected(ctx, head, "")
	if err != nil {
		return flag.Result{}, err
	}
	c, err := flag.ContextOf(about.AsMap())
	if err != nil {
		return flag.Result{}, s.failed(ctx, err)
	}
	defer c.Release()
	r := as(set.Evaluate(key, c, s.options.Now().Unix()))
	s.options.Book.Evaluated(set, r, c)
	if r.Code != "" {
		return r, connect.NewError(codeOf(r.Code), errors.New(string(r.Code)+": "+r.Detail))
	}
	return r, nil
}

// ofKind lets a value of that kind through.
func ofKind(k flag.Kind) func(flag.Result) flag.Result {
	return func(r flag.Result) flag.Result { return r.As(k) }
}

// codeOf is how flagd's clients are told what went wrong with a flag.
func codeOf(c flag.Code) connect.Code {
	switch c {
	case flag.FlagNotFound:
		return connect.CodeNotFound
	case flag.TypeMismatch, flag.InvalidContext, flag.TargetingKeyMissing:
		return connect.CodeInvalidArgument
	case flag.ParseError:
		return connect.CodeDataLoss
	case flag.General:
	}
	return connect.CodeUnknown
}

// failed is an error as a client may see it; one without a kind is logged.
func (s *service) failed(ctx context.Context, err error) error {
	code := connect.CodeInternal
	switch davit.KindOf(err) {
	case davit.Unauthorized:
		code = connect.CodeUnauthenticated
	case davit.Forbidden:
		code = connect.CodePermissionDenied
	case davit.NotFound:
		code = connect.CodeNotFound
	case davit.Invalid:
		code = connect.CodeInvalidArgument
	case davit.TooLarge:
		code = connect.CodeResourceExhausted
	case davit.Unavailable:
		code = connect.CodeUnavailable
	case davit.Conflict, davit.Denied:
		code = connect.CodeFailedPrecondition
	case davit.Internal:
		if ctx.Err() == nil {
			s.options.Log.ErrorContext(ctx, "evaluate flags", "error", err)
		}
		err = errors.New("the server could not do this; its log says why")
	}
	if e, ok := errors.AsType[*davit.Error](err); ok && e.Hint != "" {
		err = errors.New(e.Error() + "; " + e.Hint)
	}
	return connect.NewError(code, err)
}

// ended says why a stream is over: the client's own deadline, the server's
// stop, or nothing.
func ended(ctx context.Context, stopping bool) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, errors.New("the stream's deadline is over"))
	case stopping:
		return connect.NewError(connect.CodeUnavailable, errors.New("the server is stopping"))
	}
	return nil
}

// metadata is the metadata of a result as a message.
func metadata(m flag.Metadata) *structpb.Struct {
	s := &structpb.Struct{Fields: make(map[string]*structpb.Value, m.Len())}
	for name, v := range m.All() {
		s.Fields[name], _ = structpb.NewValue(v) // bool, string or number
	}
	return s
}

// object is the value of an object flag as a message; empty if there is none.
func object(v *flag.Value) *structpb.Struct {
	fields, _ := v.Any().(map[string]any)
	s, err := structpb.NewStruct(fields)
	if err != nil { // not from JSON
		return &structpb.Struct{}
	}
	return s
}
