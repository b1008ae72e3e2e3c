package main

import (
	"context"
	"os"
	"strings"
)

// measureSize builds what `make cross` builds.
func measureSize(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/arm64"} {
		system, arch, _ := strings.Cut(platform, "/")
		path, err := b.build(ctx, "davit-"+system+"-"+arch, "./cmd/davit", "GOOS="+system, "GOARCH="+arch)
		if err != nil {
			return rows, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row{"binary for " + platform, megabytes(info.Size()), "< 80 MB", yes(info.Size() < 80e6)})
		_ = os.Remove(path)
	}
	return rows, nil
}
