package flagd

import "github.com/davit-cd/davit/internal/flag"

// Book holds the flag sets and counts what is evaluated.
type Book interface {
	// Set returns a set as it is now; NotFound if there is none with this id.
	Set(id string) (*flag.Set, error)
	// Sets returns the ids of all sets.
	Sets() []string
	// Changed returns a channel that is closed at the next change of any set.
	Changed() <-chan struct{}
	// Evaluated counts one evaluation. It does not block.
	Evaluated(set *flag.Set, r flag.Result, c *flag.Context)
}
