package davit

import "time"

// Query selects records; zero fields do not restrict.
type Query struct {
	Kind        string
	Service     string
	Environment string
	Phases      []string
	Match       string    // only records whose ID contains it
	IDs         []string  // only records with one of these IDs
	LatestOf    []string  // only the newest record of each of these services
	Due         time.Time // only records whose Wake is set and not after Due
	Before      string    // cursor: continue after the last record of a page
	Limit       int       // default 100, at most 1000
	Oldest      bool      // oldest first instead of newest first
	ByID        bool      // by ID instead of by age; needs a Kind
}

// EventQuery selects events; zero fields do not restrict.
type EventQuery struct {
	After       int64 // sequence number to continue behind
	Before      int64 // only events with a lower sequence number
	Kinds       []string
	Service     string
	Environment string
	Run         string
	Release     string
	Rollout     string
	Commit      string // prefix of at least 4 characters
	Digest      Digest
	Actor       string
	Since       time.Time
	Limit       int  // default 100, at most 10 000
	Newest      bool // newest first
}
