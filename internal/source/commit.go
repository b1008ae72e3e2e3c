package source

import "time"

// Commit is what people want to know of a commit.
type Commit struct {
	Hash    string
	Parent  string // the first; empty for the first commit of a history
	Author  string
	Email   string
	Time    time.Time // when it was committed
	Subject string    // first line of the message, at most 200 characters
}
