package rollout

import "github.com/davit-cd/davit"

// Side is one of the two versions of a rollout.
type Side struct {
	Release  string // empty: there is no such version
	Commit   string
	Artifact davit.Digest
	Config   davit.Digest
}

// Same reports whether two sides would run the very same thing.
func (s Side) Same(o Side) bool {
	return s.Release != "" && o.Release != "" && s.Artifact == o.Artifact && s.Config == o.Config
}
