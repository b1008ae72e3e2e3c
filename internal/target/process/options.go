package process

import (
	"context"
	"log/slog"

	"github.com/davit-cd/davit"
)

// Options says what a Target works with.
type Options struct {
	Data       string // the data folder
	Executable string // the davit binary: `davit launch DIR` and `davit static DIR`

	// Unpack writes the files of an artifact into dir, which exists and is empty.
	Unpack func(ctx context.Context, d davit.Digest, dir string) error
	// Secrets returns the values of the named secrets. It may be nil if no
	// workload names one.
	Secrets func(ctx context.Context, service, environment string, names []string) (map[string]string, error)
	// Report is called on every change of state, one call at a time for each
	// instance. It must not call back into the Target. It may be nil.
	Report func(davit.Instance)
	Log    *slog.Logger // nil: nowhere

	FirstPort, LastPort int   // ports handed to instances; default 20000 to 29999
	Pids                int   // most processes and threads of one instance, where cgroups are at hand; default 4096
	LogRate             int64 // bytes a second of one instance's output that are kept; default 1 MiB
	LogSize             int64 // bytes of a log file before it is rotated; default 8 MiB
	LogFiles            int   // rotated files kept for each instance; default 3
}

// withDefaults returns o with every gap filled.
func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(davit.Instance) {}
	}
	fill(&o.FirstPort, 20000)
	fill(&o.LastPort, 29999)
	fill(&o.Pids, 4096)
	fill(&o.LogRate, 1<<20)
	fill(&o.LogSize, 8<<20)
	fill(&o.LogFiles, 3)
	return o
}

// fill sets *v to fallback if it is zero.
func fill[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}
