package cli

import (
	"context"
	"io"
	"net/netip"
	"time"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/app"
	"github.com/davit-cd/davit/internal/spec"
)

// Programs are the parts that a command starts in its own process. One that is
// nil is not in this build.
type Programs struct {
	Serve   func(ctx context.Context, o ServeOptions) error
	Router  func(ctx context.Context, o RouterOptions) error
	Demo    func(ctx context.Context, o DemoOptions) (exit int, err error)
	Down    func(ctx context.Context, data string) error                   // stops services and router
	Launch  func(folder string) error                                      // becomes an instance
	Static  func(ctx context.Context, folder, address string) error        // serves files
	Known   func() spec.Known                                              // what davit.yaml may name
	Outline func(s spec.Service, commit string, changed []string) api.Plan // what davit.yaml alone says of a commit
	Version func() api.Version
}

// ServeOptions are the flags of `davit server`.
type ServeOptions struct {
	Data      string
	Listen    string         // host:port of API, git endpoint, registry and page
	Router    string         // host:port where services are reached
	Hosts     []string       // further names the server may be called by
	PublicURL string         // where people reach the server; empty: where it listens
	Pass      []string       // variables of the server that stages see too
	Trusted   []netip.Prefix // peers whom the router believes for whom they speak
	Accept    bool           // a journal that does not end where it should, after somebody has looked at it
	Flags     app.Evaluation // how SDKs evaluate flags
	Out       io.Writer
	Err       io.Writer
}

// RouterOptions are the flags of `davit router`.
type RouterOptions struct {
	Data    string
	Listen  string
	Trusted []netip.Prefix // peers who may say for whom they speak
	Worker  bool           // the process of a holder that serves; only a holder starts it
	Out     io.Writer
	Err     io.Writer
}

// DemoOptions are the flags of `davit demo`.
type DemoOptions struct {
	Exit     bool // end after the closing table
	Rate     int  // requests a second
	Within   time.Duration
	Data     string
	JSON     bool
	Terminal bool
	Out      io.Writer
	Err      io.Writer
}
