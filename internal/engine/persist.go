package engine

import (
	"context"
	"time"

	"github.com/davit-cd/davit"
)

// persist does something until it succeeds, or until trying again cannot help:
// a full disk, or a store that does not answer, must not lose what has
// happened. It returns the last error; what is reported as what.
func (e *Engine) persist(ctx context.Context, what, about string, do func() error) error {
	wait := retryAtFirst
	for {
		err := do()
		if err == nil || !passing(err) || ctx.Err() != nil {
			return err
		}
		e.Log.WarnContext(ctx, "tried again", "what", what, "about", about, "in", wait, "err", err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
		wait = min(2*wait, retryAtMost)
	}
}

// passing reports whether the same may succeed a little later.
func passing(err error) bool {
	switch davit.KindOf(err) {
	case davit.Unavailable, davit.Internal:
		return true
	case davit.Invalid, davit.NotFound, davit.Conflict, davit.Denied, davit.Unauthorized, davit.Forbidden, davit.TooLarge:
	}
	return false
}

// afterwards does something that a decision has left to be done, in the
// background and until it succeeds. The next process does it, too, if this one
// ends.
func (e *Engine) afterwards(what, about string, do func() error) {
	e.doing.Go(func() {
		locked := func() error {
			e.deciding.Lock()
			defer e.deciding.Unlock()
			return do()
		}
		if err := e.persist(e.ctx, what, about, locked); err != nil && e.ctx.Err() == nil {
			e.Log.ErrorContext(e.ctx, "given up", "what", what, "about", about, "err", err)
		}
	})
}
