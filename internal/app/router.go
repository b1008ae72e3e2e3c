package app

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/router"
)

// RouterOptions returns how the router of a data folder is run: the same for
// the server that starts it and for the process itself. Whom it trusts is a part
// of its version: where that changes, a new worker takes over.
func RouterOptions(data, listen, executable string, v api.Version, trusted []netip.Prefix) router.Options {
	args := []string{"router", "--data", data, "--listen", listen}
	var version strings.Builder
	version.WriteString(v.Version + " " + v.Commit)
	for _, p := range trusted {
		args = append(args, "--trusted", p.String())
		version.WriteString(" trusts " + p.String())
	}
	return router.Options{
		Data: data, Listen: listen, Executable: executable, Version: version.String(), Trusted: trusted,
		AccessLog: filepath.Join(data, "logs", "access.log"), HolderArgs: args, WorkerArgs: append(slices.Clip(args), "--worker"),
	}
}

// Route runs the data plane: the holder of its sockets, or the worker that
// serves.
func Route(ctx context.Context, o router.Options, worker bool) error {
	if worker {
		return router.Work(ctx, o)
	}
	return router.Hold(ctx, o)
}
