package picture

import "github.com/davit-cd/davit"

// Side is what one group met in a moment, or since the first exposure.
type Side struct {
	Requests, Errors uint64
	Hist             davit.Hist
}

// Add counts requests, how many of them failed, and how long they took.
func (s *Side) Add(requests, errors uint64, h davit.Hist) {
	s.Requests += requests
	s.Errors += errors
	s.Hist = s.Hist.Merge(h)
}
