package artifact

import "time"

// Options bound what a registry takes in. Zero fields have defaults.
type Options struct {
	MaxBlob     int64         // bytes of one pushed blob; default 4 GiB
	MaxUnpacked int64         // bytes of a packed or unpacked folder; default 4 GiB
	MaxFiles    int           // entries of a packed or unpacked folder; default 200 000
	Grace       time.Duration // what is younger is never collected; default 1 h, negative: none
}

// maxManifest is the most bytes of a manifest, as other registries have it.
const maxManifest = 4 << 20

func (o Options) withDefaults() Options {
	if o.MaxBlob <= 0 {
		o.MaxBlob = 4 << 30
	}
	if o.MaxUnpacked <= 0 {
		o.MaxUnpacked = 4 << 30
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = 200_000
	}
	if o.Grace == 0 {
		o.Grace = time.Hour
	}
	return o
}
