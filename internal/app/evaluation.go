package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/flagd"
	"github.com/davit-cd/davit/internal/flagfeed"
	"github.com/davit-cd/davit/internal/ofrep"
	"github.com/davit-cd/davit/internal/server"
)

// Evaluation says how flags are served to SDKs.
type Evaluation struct {
	Origins []string // of pages that may evaluate flags from a browser; "*": all
	Rate    float64  // requests a second for each token; 0: no limit
	Strict  bool     // OFREP to the letter of its schema

	// Open are the flag sets that whoever reaches OpenHost on flagd's own ports
	// may evaluate without a token, as flagd lets him; none: the ports are not
	// listened on.
	Open     []string
	OpenHost string // default 127.0.0.1

	// Context is what every evaluation has in its context, whatever the one who
	// asks says: NAME=VALUE, or PROJECT/ENVIRONMENT:NAME=VALUE for one set.
	Context []string
}

// flagdPorts are where flagd's clients look if nobody tells them: evaluation,
// health, sync, OFREP. All of them answer everything.
var flagdPorts = []int{8013, 8014, 8015, 8016}

// streamKeyFile is the file in the data folder that holds the key which seals
// the addresses of event streams. A new key ends them, and clients then ask
// for new ones.
const streamKeyFile = "stream.key"

func (a *App) streamKey() ([]byte, error) {
	path := a.path(streamKeyFile)
	key, err := os.ReadFile(path)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the key of event streams: %w", err)
	}
	key = make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("write the key of event streams: %w", err)
	}
	return key, nil
}

// evaluation joins the protocols to the book of flags.
func (a *App) evaluation(key []byte) server.Evaluation {
	o := a.options.Evaluation
	return server.Evaluation{
		OFREP: ofrep.New(ofrep.Options{
			Book: a.flags, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping,
			StreamToken: func(ctx context.Context, set string) string { return a.server.StreamToken(ctx, set) },
			Strict:      o.Strict, Log: a.options.Log,
		}),
		Flagd: flagd.New(flagd.Options{
			Book: a.flags, Grant: server.FlagGrant, Still: server.FlagsStill, Stopping: server.FlagsStopping, Log: a.options.Log,
		}),
		Feed: flagfeed.New(flagfeed.Options{
			Book: a.flags, Select: a.fedSet, Still: server.FlagsStill, Stopping: server.FlagsStopping,
		}),
		Origins: o.Origins, Rate: o.Rate, StreamKey: key,
	}
}

// fedSet is the flag set that a request for the feed is about.
func (a *App) fedSet(r *http.Request) (string, error) {
	g, err := server.FlagGrant(r.Context())
	if err != nil {
		return "", err
	}
	return g.FlagSet(r.Header.Get("Flagd-Selector"), a.flags.Sets)
}

// openFlagdPorts listens on flagd's own ports, if that is wanted.
func (a *App) openFlagdPorts(ctx context.Context) error {
	o := a.options.Evaluation
	if len(o.Open) == 0 {
		return nil
	}
	for _, id := range o.Open {
		if err := access.CheckFlagSet(id); err != nil {
			return err
		}
	}
	host := o.OpenHost
	if host == "" {
		host = "127.0.0.1"
	}
	for _, port := range flagdPorts {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return &davit.Error{Kind: davit.Unavailable, Text: fmt.Sprintf("listen on flagd's port %d", port), Err: err, Hint: "stop what listens there, or leave --flagd-open out"}
		}
		a.opened = append(a.opened, l)
		a.closers = append(a.closers, func() error {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				return err
			}
			return nil
		})
	}
	return nil
}
