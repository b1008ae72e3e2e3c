package davit

import "time"

// Record is a thing as the store keeps it: a few columns to find it by, and
// its body. Kinds are "service", "run", "release", "rollout", "quarantine" ….
type Record struct {
	Kind        string
	ID          string
	Service     string
	Environment string
	Phase       string
	Wake        time.Time // when the engine must look at it again; zero: when something happens
	Created     time.Time
	Updated     time.Time
	Version     int64  // counts writes; a write names the version it replaces, 0 for a new record
	Body        []byte // JSON
}
