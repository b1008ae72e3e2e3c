package app

import (
	"context"
	"path/filepath"

	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/router"
)

// RouterOptions returns how the router of a data folder is run: the same for
// the server that starts it and for the process itself.
func RouterOptions(data, listen, executable string, v api.Version) router.Options {
	args := []string{"router", "--data", data, "--listen", listen}
	return router.Options{
		Data: data, Listen: listen, Executable: executable, Version: v.Version + " " + v.Commit,
		AccessLog: filepath.Join(data, "logs", "access.log"), HolderArgs: args, WorkerArgs: append(args[:len(args):len(args)], "--worker"),
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
