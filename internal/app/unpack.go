package app

import (
	"context"
	"fmt"
	"os"

	"github.com/davit-cd/davit"
)

// unpack writes an artifact into an empty folder. The registry takes a folder
// that is there for one it has filled before, so the empty one goes first.
func (a *App) unpack(ctx context.Context, d davit.Digest, dir string) error {
	if err := os.Remove(dir); err != nil {
		return fmt.Errorf("unpack %s: %w", d.Short(), err)
	}
	return a.registry.Unpack(ctx, d, dir)
}
