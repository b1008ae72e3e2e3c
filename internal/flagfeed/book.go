package flagfeed

import "github.com/davit-cd/davit/internal/flag"

// Book holds the flag sets.
type Book interface {
	// Set returns a set as it is now; NotFound if there is none with this id.
	Set(id string) (*flag.Set, error)
	// Changed returns a channel that is closed at the next change of any set.
	Changed() <-chan struct{}
}
