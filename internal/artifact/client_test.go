package artifact_test

import (
	"archive/tar"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	check "github.com/google/go-containerregistry/pkg/v1/validate"
)

// validate checks an image as a client that trusts nothing: all digests and
// sizes, and that its files can be read.
func validate(img v1.Image) error {
	files := mutate.Extract(img)
	defer files.Close()
	t := tar.NewReader(files)
	for {
		if _, err := t.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	return check.Image(img, check.Fast)
}
