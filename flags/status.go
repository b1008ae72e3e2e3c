package flags

import "time"

// Status is how a client is.
type Status struct {
	Ready     bool      // there is a set; without one, all answers are the program's own defaults
	Revision  string    // of the set
	Source    string    // where it came from: "server" or "file"; empty without one
	Connected bool      // the server is being listened to
	Heard     time.Time // when something was last heard of the server; zero: never
	Stale     bool      // nothing was heard for longer than Options.Stale: changes may be missing
	Err       error     // the last trouble; nil: all is well
}
