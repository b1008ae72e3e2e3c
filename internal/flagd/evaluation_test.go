package flagd_test

import (
	"context"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/davit-cd/davit/internal/flagd/evalv1"
	"github.com/davit-cd/davit/internal/flagd/evalv2"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func about(t *testing.T, v map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// result is an answer of any method; nil stands for what is not there.
type result struct {
	value    any
	reason   string
	variant  any
	metadata map[string]any
	code     connect.Code
}

type answering interface {
	GetReason() string
	GetMetadata() *structpb.Struct
}

func resultOf[T answering](msg T, value, variant any, err error) result {
	if err != nil {
		return result{code: connect.CodeOf(err)}
	}
	return result{value, msg.GetReason(), variant, msg.GetMetadata().AsMap(), 0}
}

func pointed[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// resolve2 asks v2 for a value of the given kind.
func resolve2(ctx context.Context, c evalv2.ServiceClient, kind, key string, s *structpb.Struct) result {
	switch kind {
	case "bool":
		r, err := c.ResolveBoolean(ctx, as(&evalv2.ResolveBooleanRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, pointed(r.Msg.Value), pointed(r.Msg.Variant), err)
	case "string":
		r, err := c.ResolveString(ctx, as(&evalv2.ResolveStringRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, pointed(r.Msg.Value), pointed(r.Msg.Variant), err)
	case "float":
		r, err := c.ResolveFloat(ctx, as(&evalv2.ResolveFloatRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, pointed(r.Msg.Value), pointed(r.Msg.Variant), err)
	case "int":
		r, err := c.ResolveInt(ctx, as(&evalv2.ResolveIntRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, pointed(r.Msg.Value), pointed(r.Msg.Variant), err)
	}
	r, err := c.ResolveObject(ctx, as(&evalv2.ResolveObjectRequest{FlagKey: key, Context: s}, "bound", ""))
	if err != nil {
		return result{code: connect.CodeOf(err)}
	}
	var value any
	if r.Msg.Value != nil {
		value = r.Msg.GetValue().AsMap()
	}
	return resultOf(r.Msg, value, pointed(r.Msg.Variant), err)
}

// resolve1 asks v1 for a value of the given kind.
func resolve1(ctx context.Context, c evalv1.ServiceClient, kind, key string, s *structpb.Struct) result {
	switch kind {
	case "bool":
		r, err := c.ResolveBoolean(ctx, as(&evalv1.ResolveBooleanRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, r.Msg.GetValue(), r.Msg.GetVariant(), err)
	case "string":
		r, err := c.ResolveString(ctx, as(&evalv1.ResolveStringRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, r.Msg.GetValue(), r.Msg.GetVariant(), err)
	case "float":
		r, err := c.ResolveFloat(ctx, as(&evalv1.ResolveFloatRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, r.Msg.GetValue(), r.Msg.GetVariant(), err)
	case "int":
		r, err := c.ResolveInt(ctx, as(&evalv1.ResolveIntRequest{FlagKey: key, Context: s}, "bound", ""))
		if err != nil {
			return result{code: connect.CodeOf(err)}
		}
		return resultOf(r.Msg, r.Msg.GetValue(), r.Msg.GetVariant(), err)
	}
	r, err := c.ResolveObject(ctx, as(&evalv1.ResolveObjectRequest{FlagKey: key, Context: s}, "bound", ""))
	if err != nil {
		return result{code: connect.CodeOf(err)}
	}
	return resultOf(r.Msg, r.Msg.GetValue().AsMap(), r.Msg.GetVariant(), err)
}

func TestEvaluation(t *testing.T) {
	w := newWorld(t, nil)
	set, err := w.book.Set(id)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]any{"team": "shop", "flagSetId": id, "version": set.Revision()}
	owned := map[string]any{"team": "shop", "flagSetId": id, "version": set.Revision(), "owner": "ann", "count": 3.0, "live": true}
	pro := about(t, map[string]any{"plan": "pro", "targetingKey": "u1"})
	object := map[string]any{"a": []any{1.0, map[string]any{"b": nil}}, "c": "d"}
	for _, c := range []struct {
		kind, key string
		context   *structpb.Struct
		want      result
		zero      any // what v1 says where v2 says nothing
	}{
		{"bool", "bool", nil, result{false, "STATIC", "no", of, 0}, nil},
		{"string", "text", nil, result{"", "DEFAULT", "empty", owned, 0}, nil},
		{"string", "text", pro, result{"x", "TARGETING_MATCH", "full", owned, 0}, nil},
		{"float", "float", pro, result{0.5, "STATIC", "half", of, 0}, nil},
		{"float", "int", pro, result{9007199254740991.0, "STATIC", "big", of, 0}, nil},
		{"int", "int", pro, result{int64(9007199254740991), "STATIC", "big", of, 0}, nil},
		{"int", "a/b", pro, result{int64(1), "STATIC", "v", of, 0}, nil},
		{"object", "object", pro, result{object, "STATIC", "o", of, 0}, nil},
		{"bool", "disabled", nil, result{nil, "DISABLED", nil, of, 0}, false},
		{"bool", "code", nil, result{nil, "DEFAULT", nil, of, 0}, false},
		{"string", "disabled", nil, result{nil, "DISABLED", nil, of, 0}, ""},
		{"int", "disabled", nil, result{nil, "DISABLED", nil, of, 0}, int64(0)},
		{"float", "disabled", nil, result{nil, "DISABLED", nil, of, 0}, 0.0},
		{"object", "disabled", nil, result{nil, "DISABLED", nil, of, 0}, map[string]any{}},
		{"int", "float", nil, result{code: connect.CodeInvalidArgument}, nil}, // nothing is rounded
		{"string", "bool", nil, result{code: connect.CodeInvalidArgument}, nil},
		{"object", "bool", nil, result{code: connect.CodeInvalidArgument}, nil},
		{"bool", "nowhere", nil, result{code: connect.CodeNotFound}, nil},
		{"bool", "", nil, result{code: connect.CodeNotFound}, nil},
		{"bool", "parse", nil, result{code: connect.CodeDataLoss}, nil},
		{"bool", "general", nil, result{code: connect.CodeUnknown}, nil},
	} {
		for _, way := range ways() {
			second := resolve2(t.Context(), evalv2.NewServiceClient(way.client(t), w.url, way.options...), c.kind, c.key, c.context)
			if !reflect.DeepEqual(second, c.want) {
				t.Errorf("v2 %s %s %s: %+v, want %+v", way.name, c.kind, c.key, second, c.want)
			}
			want := c.want
			if want.value == nil && want.code == 0 {
				want.value, want.variant = c.zero, ""
			}
			first := resolve1(t.Context(), evalv1.NewServiceClient(way.client(t), w.url, way.options...), c.kind, c.key, c.context)
			if !reflect.DeepEqual(first, want) {
				t.Errorf("v1 %s %s %s: %+v, want %+v", way.name, c.kind, c.key, first, want)
			}
		}
	}
	if !slices.Contains(w.book.counted, "DISABLED") || !slices.Contains(w.book.counted, "ERRORFLAG_NOT_FOUND") {
		t.Error("not counted")
	}
}

func TestResolveAll(t *testing.T) {
	w := newWorld(t, nil)
	for _, way := range ways() {
		c := evalv1.NewServiceClient(way.client(t), w.url, way.options...)
		r, err := c.ResolveAll(t.Context(), as(&evalv1.ResolveAllRequest{Context: about(t, map[string]any{"plan": "pro"})}, "bound", ""))
		if err != nil {
			t.Fatal(way.name, err)
		}
		got := map[string]any{}
		for key, f := range r.Msg.GetFlags() {
			switch v := f.GetValue().(type) {
			case *evalv1.AnyFlag_BoolValue:
				got[key] = v.BoolValue
			case *evalv1.AnyFlag_StringValue:
				got[key] = v.StringValue
			case *evalv1.AnyFlag_DoubleValue:
				got[key] = v.DoubleValue
			case *evalv1.AnyFlag_ObjectValue:
				got[key] = v.ObjectValue.AsMap()
			}
		}
		want := map[string]any{"bool": false, "text": "x", "float": 0.5, "int": 9007199254740991.0, "a/b": 1.0, "object": map[string]any{"a": []any{1.0, map[string]any{"b": nil}}, "c": "d"}}
		if !reflect.DeepEqual(got, want) || r.Msg.GetMetadata().AsMap()["flagSetId"] != id || r.Msg.GetFlags()["text"].GetReason() != "TARGETING_MATCH" {
			t.Errorf("%s: %v, want %v", way.name, got, want)
		}
	}
}

func TestWhoMay(t *testing.T) {
	w := newWorld(t, nil)
	for _, way := range ways() {
		c := evalv2.NewServiceClient(way.client(t), w.url, way.options...)
		for _, q := range []struct {
			token, selector string
			want            connect.Code
		}{
			{"bound", "", 0},
			{"bound", "flagSetId=shop/production", 0},
			{"bound", "source=shop/staging", connect.CodePermissionDenied},
			{"bound", "colour=red", connect.CodeInvalidArgument},
			{"all", "flagSetId=shop/staging", connect.CodeNotFound},
			{"nobody", "", connect.CodeUnauthenticated},
		} {
			_, err := c.ResolveBoolean(t.Context(), as(&evalv2.ResolveBooleanRequest{FlagKey: "bool"}, q.token, q.selector))
			if got := code(err); got != q.want {
				t.Errorf("%s %+v: %v", way.name, q, err)
			}
		}
	}
}

func code(err error) connect.Code {
	if err == nil {
		return 0
	}
	return connect.CodeOf(err)
}

// TestLargeContext holds that a request beyond the limit is refused and that
// the server goes on.
func TestLargeContext(t *testing.T) {
	w := newWorld(t, nil)
	for _, way := range ways() {
		if strings.Contains(way.name, "gzip") {
			continue // 5 MB of one letter are small on the wire, and large again behind it
		}
		c := evalv2.NewServiceClient(way.client(t), w.url, way.options...)
		_, err := c.ResolveBoolean(t.Context(), as(&evalv2.ResolveBooleanRequest{FlagKey: "bool", Context: about(t, map[string]any{"a": strings.Repeat("x", 5<<20)})}, "bound", ""))
		if connect.CodeOf(err) != connect.CodeResourceExhausted && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "broken pipe") {
			t.Errorf("%s: %v", way.name, err)
		}
		if _, err := c.ResolveBoolean(t.Context(), as(&evalv2.ResolveBooleanRequest{FlagKey: "bool"}, "bound", "")); err != nil {
			t.Errorf("%s: %v", way.name, err)
		}
	}
}
