package artifact

import (
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// platform returns the platform that artifacts run on: images are for Linux
// wherever Davit itself runs.
func platform() string { return "linux/" + runtime.GOARCH }

// fitting returns the manifest of an index that runs on this machine. One
// without a platform fits everywhere.
func fitting(all []v1.Descriptor) (v1.Descriptor, bool) {
	for _, d := range all {
		if d.Platform != nil && d.Platform.OS == "linux" && d.Platform.Architecture == runtime.GOARCH {
			return d, true
		}
	}
	for _, d := range all {
		if d.Platform == nil {
			return d, true
		}
	}
	return v1.Descriptor{}, false
}
