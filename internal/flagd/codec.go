package flagd

import (
	"errors"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// withJSON is JSON in which false, 0 and "" are written out: a client that asks
// for JSON sees a value that is there.
func withJSON() connect.HandlerOption {
	return connect.WithHandlerOptions(connect.WithCodec(plainJSON{"json"}), connect.WithCodec(plainJSON{"json; charset=utf-8"}))
}

// plainJSON is a connect.Codec.
type plainJSON struct{ name string }

// Name is what stands behind application/ in the content type.
func (c plainJSON) Name() string { return c.name }

// Marshal writes a message.
func (c plainJSON) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is no message", v)
	}
	return protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(m)
}

// Unmarshal reads a message; what is not known is left out.
func (c plainJSON) Unmarshal(b []byte, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	if len(b) == 0 {
		return errors.New("nothing is not a JSON object; send {}")
	}
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(b, m)
}
