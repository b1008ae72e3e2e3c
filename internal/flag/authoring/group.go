package authoring

import (
	"slices"

	"github.com/davit-cd/davit"
)

// Group keeps experiments apart, or users out of them. Exclusive: a user takes
// part in one of the flags at most, each of which has its share of the users.
// Holdout: a share of the users gets the off variant of all the flags.
type Group struct {
	Name    string
	Project string
	Purpose string                `json:",omitempty"`
	Shares  Ordered[davit.Weight] `json:",omitempty"` // exclusive: flag to its share; together at most davit.Full
	Holdout davit.Weight          `json:",omitempty"` // holdout: the share that is kept out …
	Flags   []string              `json:",omitempty"` // … of these flags
}

// gates reports whether the group has a word on a flag.
func (g Group) gates(flag string) bool {
	return g.Shares.Has(flag) || slices.Contains(g.Flags, flag)
}
