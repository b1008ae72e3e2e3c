package runner

import (
	"os"
	"runtime"
	"time"
)

// Options sets bounds. Zero fields have defaults.
type Options struct {
	Places      int           // attempts at the same time; default: twice the cores, at least 4
	Path        string        // PATH of the steps; default: the server's
	Pass        []string      // variables of the server that steps see too, such as HTTPS_PROXY; default: none
	Grace       time.Duration // from asking processes to end until they are killed; default 5 s
	LogBytes    int64         // of one attempt's log; default 50 MB
	OutputBytes int64         // of one stage's outputs; default 4 GB
	OutputFiles int           // default 200 000
	CacheKept   int           // contents kept of each cached folder; default 3
}

func (o Options) withDefaults() Options {
	o.Places = orElse(o.Places, max(4, 2*runtime.NumCPU()))
	o.Path = orElse(o.Path, os.Getenv("PATH"))
	o.Path = orElse(o.Path, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	o.Grace = orElse(o.Grace, 5*time.Second)
	o.LogBytes = orElse(o.LogBytes, 50_000_000)
	o.OutputBytes = orElse(o.OutputBytes, 4_000_000_000)
	o.OutputFiles = orElse(o.OutputFiles, 200_000)
	o.CacheKept = orElse(o.CacheKept, 3)
	return o
}

func orElse[T comparable](value, other T) T {
	var zero T
	if value == zero {
		return other
	}
	return value
}
