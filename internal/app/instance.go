package app

import (
	"context"

	"github.com/davit-cd/davit/internal/target/process"
)

// Launch turns this process into the instance whose folder is given.
func Launch(folder string) error { return process.Launch(folder) }

// Static serves the files of a folder: what the instances of a static site run.
func Static(ctx context.Context, folder, address string) error {
	return process.ServeStatic(ctx, folder, address)
}
