package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/davit-cd/davit"
)

// buildImage builds a Dockerfile with the docker of this machine and saves the
// image as a tarball. The tag is only there while this runs.
func buildImage(ctx context.Context, folder, dockerfile, tag, tarball string) error {
	if !filepath.IsLocal(dockerfile) {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("package.image %q leads out of the service's folder", dockerfile)}
	}
	if _, err := exec.LookPath("docker"); err != nil {
		return &davit.Error{
			Kind: davit.Unavailable, Text: fmt.Sprintf("build %s: there is no docker on this machine", dockerfile),
			Hint: "install docker, or build the image in a stage and name its layout: package: {image: oci-layout:DIR}",
		}
	}
	if err := docker(ctx, "build", "--quiet", "--tag", tag, "--file", filepath.Join(folder, dockerfile), folder); err != nil {
		return err
	}
	err := docker(ctx, "save", "--output", tarball, tag)
	// The image stays even if the run is over meanwhile; the tag must not.
	return errors.Join(err, docker(context.WithoutCancel(ctx), "rmi", tag))
}

// docker runs one docker command; what it complains of is the error.
func docker(ctx context.Context, args ...string) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		text := bytes.TrimSpace(said.Bytes())
		if n := len(text); n > 2000 {
			text = text[n-2000:]
		}
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("docker %s: %s", args[0], text), Err: err}
	}
	return nil
}
