package telemetry

import (
	"slices"

	"github.com/davit-cd/davit"
)

// Selector selects samples; zero fields do not restrict.
type Selector struct {
	Service     string
	Environment string
	Release     string
	Marks       []davit.Mark // nil: all
	From, To    int64        // unix seconds, both included; To 0: until now
}

func (s Selector) matches(k key) bool {
	return (s.Service == "" || s.Service == k.service) &&
		(s.Environment == "" || s.Environment == k.environment) &&
		(s.Release == "" || s.Release == k.release) &&
		(s.Marks == nil || slices.Contains(s.Marks, k.mark))
}
