package app

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/store"
)

// folderWithin is how long the lock of a data folder may outlive its holder: a
// server that was just killed may have been forking, and the child has the lock
// until it executes its program.
const folderWithin = time.Second

// takeFolder locks a data folder. One that is in use is refused after a moment.
func takeFolder(ctx context.Context, dir string) (*store.FolderLock, error) {
	deadline := time.Now().Add(folderWithin)
	for {
		lock, err := store.Lock(dir)
		if davit.KindOf(err) != davit.Conflict || time.Now().After(deadline) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
