package telemetry

import (
	"fmt"
	"time"

	"github.com/davit-cd/davit"
)

// Options says how much is kept.
type Options struct {
	Memory    time.Duration    // served without reading the disk; default 15 min
	Retention time.Duration    // kept on disk; default 7 days
	Now       func() time.Time // default time.Now

	// Trouble hears of what goes wrong in the background (sealing, deleting);
	// nothing is lost by it and it is tried again in the next hour.
	Trouble func(error)
}

func (o Options) defaults() (Options, error) {
	if o.Memory == 0 {
		o.Memory = 15 * time.Minute
	}
	if o.Retention == 0 {
		o.Retention = 7 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trouble == nil {
		o.Trouble = func(error) {}
	}
	if o.Memory < time.Minute || o.Retention < o.Memory || o.Retention < time.Hour {
		return o, &davit.Error{
			Kind: davit.Invalid, Text: fmt.Sprintf("keep telemetry %v in memory and %v on disk", o.Memory, o.Retention),
			Hint: "in memory at least a minute, on disk at least an hour and not less than in memory",
		}
	}
	return o, nil
}
