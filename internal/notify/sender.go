package notify

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"
)

// Sender delivers messages of one kind. Its errors are shown to people and
// must not repeat the address.
type Sender interface {
	Send(ctx context.Context, to Address, m Message) error
}

// Builtin returns the senders by the kind of channel.
func Builtin() map[string]Sender {
	return map[string]Sender{"webhook": webhook{}, "slack": slack{}, "email": email{}}
}

// sendWithin bounds one delivery.
const sendWithin = 15 * time.Second

// bare takes the address out of a network error: it may hold a password.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New(e.Err)
	}
	return err
}
